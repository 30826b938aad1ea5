"""How far the stream has read a log that lies outside of PostgreSQL, and what it is trying now."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class LogPosition(models.Model):
    """The last message of a partition whose effects are committed; moved in the transaction of the effects.

    `log` is which log the number belongs to (a stream that was made anew counts from 1 again).
    """

    partition = models.SmallIntegerField(primary_key=True)
    log = models.CharField(max_length=100, default="")
    sequence = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.partition}: {self.sequence}"


class StreamTry(models.Model):
    """The batch of a partition that was begun last, from `first` to `last` of its log, and how often since `since`.

    Written beside the batch's own transaction, so that a try which ended with its process counts as well. Up to
    `alone_to`, entries are taken one by one because a batch with them failed. Where events are tried one by one,
    `event` is the place of the one in hand, tried `event_tries` times; those at `given_up` are not tried any more.
    """

    partition = models.SmallIntegerField(primary_key=True)
    log = models.CharField(max_length=100, default="")
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    tries = models.IntegerField(default=1)
    since = models.DateTimeField()
    alone_to = models.BigIntegerField(default=0, db_default=0)
    event = models.IntegerField(default=-1, db_default=-1)
    event_tries = models.IntegerField(default=0, db_default=0)
    given_up = ArrayField(models.IntegerField(), default=list, db_default=[])

    def __str__(self) -> str:
        return f"{self.partition}: {self.first}, tried {self.tries} times"
