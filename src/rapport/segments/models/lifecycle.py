"""Lifecycle stages: the rules, who went from where to where, and how many stood where each day."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from rapport.people.models import Person
from rapport.segments.models.computation import Backfill


class Lifecycle(Backfill):
    """The one lifecycle of the installation, once it is in use. `stages` are its rules, first match wins."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    only = models.BooleanField(default=True, unique=True)
    moves_with_time = models.BooleanField(default=False)
    started_by = models.CharField(max_length=254, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "lifecycles"

    def __str__(self) -> str:
        return "Lifecycle"

    @property
    def state(self) -> str:
        """`stopped`, `failed` (and being retried), `computing` or `ready`."""
        return "stopped" if self.stopped_at else self.progress


class Stage(models.Model):
    """One stage: who fits `rule` (segment language) and the rule of no stage above (smaller `position`)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    key = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=80)
    description = models.TextField(blank=True, default="")
    tone = models.CharField(max_length=16, blank=True, default="")
    rule = models.JSONField()
    position = models.IntegerField()

    class Meta:
        ordering = ["position", "key"]

    def __str__(self) -> str:
        return self.name


class StageChange(models.Model):
    """A person came into a stage: since when, from where ("" at first), and why (event, time, definition)."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="stage_changes")
    stage = models.CharField(max_length=64)
    previous = models.CharField(max_length=64, blank=True, default="")
    since = models.DateTimeField()
    reason = models.CharField(max_length=16)
    version = models.IntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["person", "-since", "-id"], name="segments_stage_person"),
            models.Index(fields=["since", "previous", "stage"], name="segments_stage_moves"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.previous} → {self.stage}"


class StageDay(models.Model):
    """How many persons stood in a stage at the end of a day (or now, for today)."""

    id = models.BigAutoField(primary_key=True)
    day = models.DateField()
    stage = models.CharField(max_length=64)
    people = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "stage"], name="segments_stage_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.stage}: {self.people}"
