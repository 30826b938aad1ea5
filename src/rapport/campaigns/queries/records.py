"""Reads of campaigns, and of what their forms and API name."""

from __future__ import annotations

import uuid

from django.db.models import CharField, Exists, OuterRef, QuerySet
from django.db.models.functions import Cast
from django.http import Http404
from django.shortcuts import get_object_or_404

from rapport.campaigns.models import Campaign
from rapport.core.access import Actor
from rapport.governance.models import Purpose
from rapport.messaging.models import Send
from rapport.segments.models import Segment
from rapport.segments.queries import segments

_RELATED = ("segment", "template", "purpose", "send__template_version__template", "rule", "test")


def campaigns(actor: Actor, *, archived: bool = False, with_runs: bool = True) -> QuerySet[Campaign]:
    """Campaigns with what is needed to tell their state, newest first."""
    visible = _visible(actor) if with_runs else _visible(actor).filter(series=None)
    return visible.filter(archived_at__isnull=not archived).order_by("-created_at", "id")


def runs(actor: Actor, series: Campaign) -> QuerySet[Campaign]:
    """What a recurring campaign sends, those left out too."""
    return _visible(actor).filter(series=series)


def campaign_for(actor: Actor, campaign_id: uuid.UUID, *, lock: bool = False) -> Campaign:
    """Raises Http404."""
    visible = _visible(actor)
    return get_object_or_404(visible.select_for_update(of=("self",)) if lock else visible, pk=campaign_id)


def status(campaign: Campaign) -> str:
    """draft, planned, missed, active, scheduled, preparing, testing, sending, paused, cancelled or sent.

    It runs as long as one of its sends does: each variant of a test has its own.
    """
    send, rule = campaign.send, getattr(campaign, "rule", None)
    if rule is not None and rule.active_since is not None:
        return "paused" if rule.paused_at else "active"
    if send is None:
        return ("missed" if campaign.archived_at else "planned") if campaign.series_id else "draft"
    if not campaign.is_open:  # type: ignore[attr-defined]
        return "cancelled" if campaign.is_cancelled else "sent"  # type: ignore[attr-defined]
    if campaign.is_held:  # type: ignore[attr-defined]
        return "paused"
    if send.sealed_at:
        return "sending"
    if not campaign.audience_cursor:
        return "scheduled"
    test = getattr(campaign, "test", None)
    return "testing" if test is not None and test.share < 100 and not test.is_rest else "preparing"


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
    return with_state(
        Campaign.objects.select_related(*_RELATED).prefetch_related("fallbacks", "test__variants")
    )


def with_state(campaigns: QuerySet[Campaign]) -> QuerySet[Campaign]:
    """Whether any of the sends that each ordered is still open, halted while it is, or was cancelled."""
    ordered = Send.objects.filter(origin="campaign", origin_id=Cast(OuterRef("pk"), CharField()))
    open_sends = ordered.filter(completed_at=None, cancelled_at=None)
    return campaigns.annotate(
        is_open=Exists(open_sends),
        is_held=Exists(open_sends.filter(holds__held_at__isnull=False, holds__released_at=None)),
        is_cancelled=Exists(ordered.filter(cancelled_at__isnull=False)),
    )
