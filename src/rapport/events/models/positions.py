"""How far the stream has read a log that lies outside of PostgreSQL."""

from __future__ import annotations

from django.db import models


class LogPosition(models.Model):
    """The last message of a partition whose effects are committed; moved in the transaction of the effects.

    `log` is which log the number belongs to (a stream that was made anew counts from 1 again). `attempts` counts
    how often what follows failed, and up to `tried_to` messages are taken one by one because a batch with them failed.
    """

    partition = models.SmallIntegerField(primary_key=True)
    log = models.CharField(max_length=100, default="")
    sequence = models.BigIntegerField(default=0)
    attempts = models.SmallIntegerField(default=0)
    tried_to = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.partition}: {self.sequence}"
