"""Computed traits: their definitions, and whose value is still to be renewed after one changed."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from rapport.segments.models.computation import Backfill


class ComputedTrait(Backfill):
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
        return self.progress


class StaleValue(models.Model):
    """A person whose stored value is not what it should be; `owner` is the computed trait or the lifecycle.

    The row goes when the person is marked as changed, so that live evaluation renews the value.
    """

    id = models.BigAutoField(primary_key=True)
    owner = models.UUIDField()
    person_id = models.UUIDField()

    class Meta:
        indexes = [models.Index(fields=["owner", "id"], name="segments_stale_owner")]

    def __str__(self) -> str:
        return f"{self.person_id} for {self.owner}"
