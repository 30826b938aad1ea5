"""Tells the segments' pages which campaigns depend on a segment."""

from __future__ import annotations

import uuid

from django.urls import reverse

from rapport.messaging.models import Campaign
from rapport.segments.registry import Use


def uses_of(segment_id: uuid.UUID) -> list[Use]:
    """The segment's campaigns, newest first; those that are not through yet keep it from being archived."""
    found = Campaign.objects.filter(segment_id=segment_id, archived_at=None).select_related("send")
    return [
        Use(one.name, reverse("messaging:campaign", args=[one.pk]), "campaign", blocks=_is_to_come(one))
        for one in found.order_by("-created_at")
    ]


def _is_to_come(campaign: Campaign) -> bool:
    send = getattr(campaign, "send", None)
    return send is None or (send.completed_at is None and send.cancelled_at is None)
