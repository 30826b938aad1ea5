"""Replays of a definition over past events, and some of the people in them."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from rapport.core.models import Job
from rapport.journeys.models.journeys import Journey
from rapport.people.models import Person


class Replay(models.Model):
    """A definition tried over the events of a span of time; nothing of it took effect.

    `version` is that of the definition, None: the draft as it was then. With `against` (another definition, and its
    number, None: the draft) the result says what differs. `result` is counted when the job is done.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    journey = models.ForeignKey(Journey, on_delete=models.CASCADE, related_name="replays", db_index=False)
    version = models.IntegerField(null=True)
    definition = models.JSONField()
    against = models.JSONField(null=True)
    against_version = models.IntegerField(null=True)
    since = models.DateTimeField()
    until = models.DateTimeField()
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    result = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)

    class Meta:
        indexes = [models.Index(fields=["journey", "-created_at"], name="journeys_replays_newest")]

    def __str__(self) -> str:
        return f"replay {self.pk}"


class ReplaySample(models.Model):
    """One of the people in a replay, and what would have become of them; `data` is as `sampling` writes it."""

    class Why(models.TextChoices):
        ENTERED = "entered", _("Would have entered")
        REFUSED = "refused", _("Would have been kept out")
        DIFFERS = "differs", _("Would have fared otherwise")

    id = models.BigAutoField(primary_key=True)
    replay = models.ForeignKey(Replay, on_delete=models.CASCADE, related_name="samples")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    why = models.CharField(max_length=8, choices=Why)
    data = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"sample {self.pk}"
