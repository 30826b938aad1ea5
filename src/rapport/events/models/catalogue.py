"""The tracking plan: every event name and property seen or declared, what is wanted of it, and what broke the plan."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rapport.events.models.sources import Source


class EventType(models.Model):
    """One event name. Counts are those of the daily roll-up; `recent` is the last 30 days.

    `renamed_to` says under which name events that still arrive under this one are kept.
    """

    class State(models.TextChoices):
        SEEN = "seen", _("Undeclared")
        DECLARED = "declared", _("Declared")
        DEPRECATED = "deprecated", _("Deprecated")

    class Mode(models.TextChoices):
        OBSERVE = "observe", _("Count violations")
        QUARANTINE = "quarantine", _("Put violating events into quarantine")

    name = models.CharField(max_length=200, unique=True)
    description = models.TextField(blank=True, default="")
    category = models.CharField(max_length=60, blank=True, default="")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    state = models.CharField(max_length=12, choices=State, default=State.SEEN)
    sources = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    total = models.BigIntegerField(default=0)
    recent = models.BigIntegerField(default=0)
    sampled = models.BigIntegerField(default=0)
    first_seen_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    schema = models.JSONField(null=True, blank=True)
    schema_version = models.IntegerField(default=0)
    mode = models.CharField(max_length=12, choices=Mode, default=Mode.OBSERVE)
    violations = models.BigIntegerField(default=0)
    renamed_to = models.CharField(max_length=200, blank=True, default="")
    similar_to = models.CharField(max_length=200, blank=True, default="")
    similar_why = models.CharField(max_length=20, blank=True, default="")
    is_its_own = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["-recent", "id"], name="events_type_recent"),
            models.Index(fields=["-total", "id"], name="events_type_total"),
            models.Index(fields=["-violations", "id"], name="events_type_violations"),
        ]

    def __str__(self) -> str:
        return self.name


class EventProperty(models.Model):
    """A property by its path (`total`, `address.city`, `products[].sku`); `types` counts sampled values by type.

    `suggested` is what kind of personal data it looks like, `personal` what a colleague decided.
    """

    class Personal(models.TextChoices):
        UNDECIDED = "", _("Not decided")
        YES = "yes", _("Personal")
        NO = "no", _("Not personal")

    event = models.ForeignKey(EventType, on_delete=models.CASCADE, related_name="properties")
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="")
    types = models.JSONField(default=dict)
    seen = models.BigIntegerField(default=0)
    first_seen_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    suggested = models.CharField(max_length=20, blank=True, default="")
    personal = models.CharField(max_length=3, choices=Personal, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "name"], name="events_property_unique")]
        indexes = [models.Index(fields=["personal"], name="events_property_personal")]

    def __str__(self) -> str:
        return self.name

    @property
    def shares(self) -> list[tuple[str, float]]:
        """(type, share of the values sampled), most frequent first."""
        total = sum(self.types.values()) or 1
        return sorted(((kind, n / total) for kind, n in self.types.items()), key=lambda pair: -pair[1])


class EventSchema(models.Model):
    """One version of an event's schema, as it was declared; an empty one means it was taken away."""

    event = models.ForeignKey(EventType, on_delete=models.CASCADE, related_name="versions")
    version = models.IntegerField()
    schema = models.JSONField(null=True, blank=True)
    mode = models.CharField(max_length=12, choices=EventType.Mode)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=254, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "version"], name="events_schema_unique")]

    def __str__(self) -> str:
        return f"{self.event_id} v{self.version}"


class Violation(models.Model):
    """How often a property of an event broke the schema on a day. The stream only adds rows; a loop joins them.

    `message_id` is the last such event, which is found by it in the event store or in quarantine.
    """

    id = models.BigAutoField(primary_key=True)
    event = models.ForeignKey(EventType, on_delete=models.CASCADE)
    day = models.DateField()
    source = models.CharField(max_length=120)
    property = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=200)
    count = models.IntegerField()
    last_at = models.DateTimeField()
    message_id = models.CharField(max_length=100)

    class Meta:
        indexes = [models.Index(fields=["event", "day"], name="events_violation_day")]

    def __str__(self) -> str:
        return f"{self.property} {self.reason}"


class SourcePlan(models.Model):
    """What is done with undeclared events of a source."""

    source = models.OneToOneField(Source, on_delete=models.CASCADE, related_name="plan")
    blocks_undeclared = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.source_id)


class PlanState(models.Model):
    """One row: `stamp` changes with every change of the plan; `read_to` is how far the catalogue has looked."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    stamp = models.UUIDField(null=True)
    read_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="events_one_plan")]

    def __str__(self) -> str:
        return str(self.stamp)


Schema = dict[str, Any]
