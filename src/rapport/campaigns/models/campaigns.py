"""Campaigns: one message to one audience."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from rapport.content.models import Template
from rapport.governance.models import Purpose
from rapport.messaging.models import Send
from rapport.segments.models import Segment


class Campaign(models.Model):
    """A segment, a template and a purpose; `send` is there once it is ordered.

    `audience_cursor` is the last membership written into the ledger, so that a builder that died goes on where it
    stopped; the audience is complete when the send is sealed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=120)
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT)
    template = models.ForeignKey(Template, on_delete=models.PROTECT)
    purpose = models.ForeignKey(Purpose, on_delete=models.PROTECT)
    channel = models.CharField(max_length=16)
    send = models.OneToOneField(Send, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    audience_cursor = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=254, blank=True, default="")
    archived_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name
