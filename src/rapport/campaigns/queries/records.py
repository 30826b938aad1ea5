"""Reads of campaigns, and of what their forms and API name."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from rapport.campaigns.models import Campaign
from rapport.core.access import Actor
from rapport.governance.models import Purpose
from rapport.messaging.queries import is_held
from rapport.segments.models import Segment
from rapport.segments.queries import segments

_RELATED = ("segment", "template", "purpose", "send__template_version")


def campaigns(actor: Actor, *, archived: bool = False) -> QuerySet[Campaign]:
    """Campaigns with what is needed to tell their state, newest first."""
    return _visible(actor).filter(archived_at__isnull=not archived).order_by("-created_at", "id")


def campaign_for(actor: Actor, campaign_id: uuid.UUID, *, lock: bool = False) -> Campaign:
    """Raises Http404."""
    visible = _visible(actor)
    return get_object_or_404(visible.select_for_update(of=("self",)) if lock else visible, pk=campaign_id)


def status(campaign: Campaign) -> str:
    """draft, scheduled, preparing, sending, paused, cancelled, or sent. The campaign comes from these queries."""
    send = campaign.send
    if send is None:
        return "draft"
    if send.cancelled_at:
        return "cancelled"
    if send.completed_at:
        return "sent"
    if campaign.is_held:  # type: ignore[attr-defined]
        return "paused"
    if send.sealed_at:
        return "sending"
    return "preparing" if campaign.audience_cursor else "scheduled"


def segment_named(actor: Actor, name: str) -> Segment:
    """A live segment by id or key. Raises Http404."""
    segment = segments.segment_for(actor, name)
    if segment.archived_at:
        raise Http404
    return segment


def purpose_named(key: str) -> Purpose:
    """Raises Http404."""
    return get_object_or_404(Purpose, archived_at=None, key=key)


def _visible(actor: Actor) -> QuerySet[Campaign]:
    if not actor.may("campaigns.view"):
        raise Http404
    return Campaign.objects.select_related(*_RELATED).annotate(is_held=is_held("send_id"))
