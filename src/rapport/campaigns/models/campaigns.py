"""Campaigns: one message to one audience."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from rapport.content.models import Template
from rapport.governance.models import Purpose
from rapport.messaging.models import Send
from rapport.segments.models import Segment


class Campaign(models.Model):
    """A segment, a template and a purpose; `send` is there once it is ordered. Only a draft may lack the template.

    `audience_cursor` is the last membership written into the ledger, so that a builder that died goes on where it
    stopped; the audience is complete when the send is sealed.

    A run of a recurring campaign has that as its `series`; `occurrence_at` is the time it is for, and stays even if it
    is put off. `planned_at` is when a draft or a run is meant to go out. With `is_local` it goes out when the clock of
    the recipient shows that time, `per_hour` spreads it, and `window_from` to `window_until` are the hours of theirs
    outside of which it waits. `is_approved` if somebody else had agreed to exactly this when it was ordered.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=120)
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT)
    template = models.ForeignKey(Template, null=True, blank=True, on_delete=models.PROTECT)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT)
    channel = models.CharField(max_length=16)
    send = models.OneToOneField(Send, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    audience_cursor = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=254, blank=True, default="")
    series = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="runs")
    occurrence_at = models.DateTimeField(null=True, blank=True)
    planned_at = models.DateTimeField(null=True, blank=True)
    is_local = models.BooleanField(default=False)
    per_hour = models.IntegerField(null=True, blank=True)
    window_from = models.TimeField(null=True, blank=True)
    window_until = models.TimeField(null=True, blank=True)
    folder = models.CharField(max_length=60, blank=True, default="")
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    is_approved = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "occurrence_at"], name="campaigns_run_once"),
            models.CheckConstraint(
                condition=models.Q(per_hour__isnull=True) | models.Q(per_hour__gte=1),
                name="campaigns_per_hour",
            ),
        ]
        indexes = [
            models.Index(
                fields=["planned_at"],
                name="campaigns_run_due",
                condition=models.Q(series__isnull=False, send=None, archived_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def message(self) -> Template:
        """The template of what is no mere draft."""
        assert self.template is not None
        return self.template
