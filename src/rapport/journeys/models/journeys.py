"""Journeys, their published versions, and which events these listen to."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Journey(models.Model):
    """A person's automated path. `draft` is the definition being written, `revision` counts its changes.

    `live` is the version that new people enter, None until the first is published. While `paused_at` is set nobody
    enters or moves; what comes due meanwhile waits. A rule is a journey without waits: it acts at once. Home tells of
    a journey that nobody enters for `quiet_days`; never for 0.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        LIVE = "live", _("Live")
        PAUSED = "paused", _("Paused")
        ARCHIVED = "archived", _("Archived")

    class Kind(models.TextChoices):
        JOURNEY = "journey", _("Journey")
        RULE = "rule", _("Rule")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=7, choices=Kind, default=Kind.JOURNEY)
    name = models.CharField(max_length=120)
    draft = models.JSONField(default=dict)
    revision = models.IntegerField(default=1)
    live = models.ForeignKey(
        "JourneyVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    quiet_days = models.IntegerField(default=7)
    paused_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=254)

    class Meta:
        indexes = [models.Index(fields=["-created_at", "id"], name="journeys_recent")]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        if self.archived_at:
            return self.State.ARCHIVED
        if self.live_id is None:
            return self.State.DRAFT
        return self.State.PAUSED if self.paused_at else self.State.LIVE

    @property
    def state_label(self) -> str:
        return str(self.State(self.state).label)


class JourneyVersion(models.Model):
    """A definition as it was published; it never changes. Those who entered by it finish by it."""

    id = models.BigAutoField(primary_key=True)
    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="versions")
    number = models.IntegerField()
    definition = models.JSONField()
    published_at = models.DateTimeField(db_default=Now())
    published_by = models.CharField(max_length=254)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["journey", "number"], name="journeys_version_number")]

    def __str__(self) -> str:
        return f"{self.journey_id} {self.number}"


class ListenedEvent(models.Model):
    """An event by which somebody enters, leaves, reaches the goal, or goes on from a step that waits for it."""

    class Role(models.TextChoices):
        ENTRY = "entry", _("Enters")
        GOAL = "goal", _("Reaches the goal")
        EXIT = "exit", _("Leaves")
        STEP = "step", _("Goes on")

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey(JourneyVersion, on_delete=models.CASCADE, related_name="listened")
    event = models.CharField(max_length=200, db_index=True)
    role = models.CharField(max_length=5, choices=Role)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "event", "role"], name="journeys_listened_once")
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.role}"
