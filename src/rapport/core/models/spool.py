"""The spool: rows on their way to ClickHouse."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class SpoolBlock(models.Model):
    """One block of rows on its way to a ClickHouse table, written in the transaction of what it tells of.

    `token` makes a block that is sent twice be stored once. Small blocks of events are joined before they are
    sent; `sealed` ones never again, because they may have been sent. `payload` is zstd(JSONEachRow lines).
    """

    id = models.BigAutoField(primary_key=True)
    table = models.CharField(max_length=32)
    rows = models.IntegerField()
    payload = models.BinaryField()
    token = models.UUIDField()
    sealed = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.table} {self.rows}"
