"""Merged persons whose stored events are rewritten to the survivor's id."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone


class Squashed(models.Model):
    """Events at home with `home` are stored under `into`, so that no override needs to be joined for them.

    While it is `moving` or `returning`, months are rewritten one after another; every month is right before and
    after. `mark` and `until_block` tell when no block with the old id can come any more.
    """

    class State(models.TextChoices):
        MOVING = "moving"
        DONE = "done"
        RETURNING = "returning"

    home = models.UUIDField(primary_key=True, default=uuid.uuid4)
    into = models.UUIDField(db_index=True)
    state = models.CharField(max_length=10, choices=State, default=State.MOVING)
    since = models.DateTimeField(default=timezone.now)
    check_again = models.BooleanField(default=False)
    mark = models.BigIntegerField()
    until_block = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.home} in {self.into}"
