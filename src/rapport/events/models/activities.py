"""Calls, visits, meetings and notes that somebody wrote down by hand."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rapport.people.models import Company, Person


class Activity(models.Model):
    """One activity with a person. What it says stands in its versions; the newest counts, none is overwritten."""

    class Kind(models.TextChoices):
        CALL = "call", _("Call")
        VISIT = "visit", _("Visit")
        MEETING = "meeting", _("Meeting")
        NOTE = "note", _("Note")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="activities")
    kind = models.CharField(max_length=8, choices=Kind)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["person", "-created_at"], name="events_activity_person")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class ActivityVersion(models.Model):
    """What an activity was said to be, by whom and when; `removed` takes it off the record."""

    class Direction(models.TextChoices):
        IN = "in", _("Inbound")
        OUT = "out", _("Outbound")

    id = models.BigAutoField(primary_key=True)
    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="versions")
    number = models.IntegerField()
    at = models.DateTimeField()
    direction = models.CharField(max_length=3, choices=Direction, blank=True, default="")
    outcome = models.CharField(max_length=120, blank=True, default="")
    minutes = models.IntegerField(null=True, blank=True)
    text = models.TextField(blank=True, default="")
    company = models.ForeignKey(Company, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    removed = models.BooleanField(default=False)
    actor_id = models.CharField(max_length=64)
    actor_label = models.CharField(max_length=254)
    written_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["activity", "number"], name="events_activity_version")]

    def __str__(self) -> str:
        return f"{self.activity_id} v{self.number}"
