"""What the projector is to look at again."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class ChangeSet(models.Model):
    """People whose copy in ClickHouse and whose live segments are to be looked at again.

    `people` had events come in; `profiles` (a subset) also had traits, identifiers, consents or a merge.
    `after_block` is the spool block that must have reached ClickHouse before it makes sense to look.
    Rows are only added and, when dealt with, removed: writers never wait for one another.
    """

    id = models.BigAutoField(primary_key=True)
    people = ArrayField(models.UUIDField())
    profiles = ArrayField(models.UUIDField(), default=list)
    after_block = models.BigIntegerField(default=0, db_default=0)
    since = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{len(self.people)} people"
