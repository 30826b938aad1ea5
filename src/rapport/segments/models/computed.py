"""Computed traits: their definitions, and whom is still to be looked at after one changed."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone


class Upkeep(models.Model):
    """What is kept of something that is computed for everybody, and again as time passes.

    `requested_at` asks for a look at everybody, since when; `next_at` is when time alone may change values.
    `total` persons were found to differ by the look that began at `started_at`; `last_change_set` is the last
    change set their ids went out in. A worker that dies leaves a lease that runs out.
    """

    version = models.IntegerField(default=1)
    computed_at = models.DateTimeField(null=True, blank=True)
    computed_version = models.IntegerField(default=0)
    requested_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    attempts = models.SmallIntegerField(default=0)
    problem = models.TextField(blank=True, default="")
    total = models.IntegerField(default=0)
    last_change_set = models.BigIntegerField(default=0)
    took_ms = models.IntegerField(default=0)

    class Meta:
        abstract = True


class ComputedTrait(Upkeep):
    """A trait that Rapport works out of a person's events; `definition` follows the published JSON schema.

    Archived: it is taken off everybody, which is done at `removed_at`. `statistics` tells how many have it
    (`covered` of `people`), and its smallest, median and largest or its most frequent values.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    key = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True, default="")
    definition = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=254, blank=True, default="")
    updated_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    statistics = models.JSONField(default=dict)
    covered = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=models.Q(archived_at=None), name="segments_computed_key"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        """`archived`, `removing`, `failed` (and being retried), `computing` or `ready`."""
        if self.archived_at:
            return "archived" if self.removed_at else "removing"
        if self.problem:
            return "failed"
        return "computing" if self.requested_at or self.computed_version < self.version else "ready"


class StaleValue(models.Model):
    """A person whose value, computed anew, will be another; `owner` is the computed trait or the lifecycle.

    `handed`: he is with live upkeep now, which can tell from this row why it looks at him.
    """

    id = models.BigAutoField(primary_key=True)
    owner = models.UUIDField()
    person_id = models.UUIDField()
    handed = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes = [
            models.Index(fields=["owner", "handed", "id"], name="segments_stale_owner"),
            models.Index(
                fields=["owner", "person_id"], name="segments_stale_handed", condition=models.Q(handed=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} for {self.owner}"
