"""Who is on a journey, where they went, and the events that are still to be looked at."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from rapport.journeys.models.journeys import Journey, JourneyVersion
from rapport.people.models import Person


class Enrolment(models.Model):
    """One run of a journey for a person. `key` tells several runs of one person apart (an order, a deal).

    `step` is where they stand; it is run when `due_at` comes, or when `awaited` happens;
    `is_waiting` says that it was run before and asked for that. `data` is
    {"trigger": {...}, name of a step: its answer}. `moves` counts the steps taken. `is_bulk` is true of those
    who came in great number at once, so that they hold up nobody who came alone. One whose step fails again and
    again stands still with `error` until somebody tries again or takes them out.
    """

    class Outcome(models.TextChoices):
        COMPLETED = "completed", _("Went to the end")
        GOAL = "goal", _("Reached the goal")
        EXIT = "exit", _("Left by a rule")
        OUTSIDE = "outside", _("No longer in the audience")
        REMOVED = "removed", _("Taken out by hand")
        LATE = "late", _("Too late to go on")
        MERGED = "merged", _("Was on it twice after a merge")
        ENDLESS = "endless", _("Went round without end")
        HOLDOUT = "holdout", _("Held back, so that the effect shows")

    id = models.BigAutoField(primary_key=True)
    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="enrolments", db_index=False)
    version = models.ForeignKey(
        JourneyVersion, on_delete=models.PROTECT, related_name="enrolments", db_index=False
    )
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=200, blank=True, default="")
    step = models.CharField(max_length=40)
    due_at = models.DateTimeField(null=True, blank=True)
    awaited = models.CharField(max_length=200, blank=True, default="")
    is_waiting = models.BooleanField(default=False)
    is_bulk = models.BooleanField(default=False)
    data = models.JSONField(default=dict)
    moves = models.IntegerField(default=0)
    entered_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True, default="")
    attempts = models.IntegerField(default=0)
    error = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["journey", "person", "key"],
                condition=Q(ended_at=None),
                name="journeys_live_enrolment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["journey", "is_bulk", "due_at"],
                condition=Q(ended_at=None, due_at__isnull=False),
                name="journeys_due",
            ),
            models.Index(fields=["person", "journey"], name="journeys_person"),
            models.Index(fields=["journey", "step"], condition=Q(ended_at=None), name="journeys_standing"),
            models.Index(fields=["journey", "-entered_at", "id"], name="journeys_newest"),
            models.Index(
                fields=["journey"], condition=Q(ended_at=None) & ~Q(error=""), name="journeys_failing"
            ),
        ]

    def __str__(self) -> str:
        return f"enrolment {self.pk}"


class Passage(models.Model):
    """Somebody passed a step: when, by which branch, and why."""

    id = models.BigAutoField(primary_key=True)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="passages")
    step = models.CharField(max_length=40)
    branch = models.CharField(max_length=40, blank=True, default="")
    at = models.DateTimeField()
    because = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.step} {self.branch}"


class HeardEvent(models.Model):
    """An event some journey listens to, noted in the stream's transaction and deleted when it has been acted on."""

    id = models.BigAutoField(primary_key=True)
    shard = models.SmallIntegerField()
    key = models.CharField(max_length=64)
    event = models.CharField(max_length=200)
    person = models.UUIDField()
    at = models.DateTimeField()
    properties = models.BinaryField()
    is_public = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["shard", "id"], name="journeys_heard")]

    def __str__(self) -> str:
        return f"{self.event} {self.key}"
