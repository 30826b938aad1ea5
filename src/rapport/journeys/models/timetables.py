"""When a journey that starts by dates or by the calendar looks again, and crowds that are let in little by little."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from rapport.journeys.models.journeys import Journey, JourneyVersion
from rapport.segments.models import Segment


class Timetable(models.Model):
    """Of a live journey: everything until `looked_until` was seen to; at `due_at` it is looked at again."""

    journey = models.OneToOneField(
        Journey, on_delete=models.CASCADE, primary_key=True, related_name="timetable"
    )
    looked_until = models.DateTimeField()
    due_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.journey_id} {self.due_at}"


class Intake(models.Model):
    """The members of a segment, let in one after the other: `after` is the last membership looked at.

    At most `per_hour`, if it says so. Each comes in by a run called `key`; `looked_at` counts who had a turn, `entered`
    who was let in.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        ENDED = "ended", _("Ended")
        STOPPED = "stopped", _("Stopped")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="intakes")
    version = models.ForeignKey(JourneyVersion, on_delete=models.CASCADE, related_name="+")
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200, blank=True, default="")
    per_hour = models.IntegerField(null=True, blank=True)
    after = models.BigIntegerField(default=0)
    looked_at = models.IntegerField(default=0)
    entered = models.IntegerField(default=0)
    state = models.CharField(max_length=7, choices=State, default=State.RUNNING)
    due_at = models.DateTimeField()
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=254)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["journey", "segment", "key"], name="journeys_intake_once")
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="running"), name="journeys_intake_due")
        ]

    def __str__(self) -> str:
        return f"{self.journey_id} {self.key}"
