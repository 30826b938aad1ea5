"""Reads of templates, campaigns and the send ledger."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404

from rapport.core.access import Actor
from rapport.governance.models import Purpose
from rapport.messaging.models import (
    Campaign,
    CampaignPause,
    CampaignSend,
    Delivery,
    SendingPolicy,
    Template,
    TemplateVersion,
)
from rapport.segments.models import Segment


def _only(queryset: QuerySet[Any], *, lock: bool = False, **by: Any) -> Any:
    found = (queryset.select_for_update(of=("self",)) if lock else queryset).filter(**by).first()
    if found is None:
        raise Http404
    return found


def _sees(actor: Actor) -> None:
    if not actor.may("campaigns.view"):
        raise Http404


def templates(actor: Actor, *, archived: bool = False) -> QuerySet[Template]:
    """Templates in use (or the archived ones), newest change first."""
    _sees(actor)
    return Template.objects.filter(archived_at__isnull=not archived).order_by("-updated_at", "id")


def template_for(actor: Actor, template_id: object, *, lock: bool = False) -> Template:
    """Raises Http404."""
    _sees(actor)
    found: Template = _only(Template.objects.all(), lock=lock, pk=_uuid(template_id))
    return found


def version_for(actor: Actor, template_id: object, version: int) -> TemplateVersion:
    """Raises Http404."""
    template = template_for(actor, template_id)
    found: TemplateVersion = _only(TemplateVersion.objects.filter(template=template), version=version)
    return found


def campaigns(actor: Actor, *, archived: bool = False) -> QuerySet[Campaign]:
    """Campaigns with what is needed to tell their state, newest first."""
    _sees(actor)
    paused = CampaignPause.objects.filter(campaign=OuterRef("pk"), resumed_at=None)
    return (
        Campaign.objects.filter(archived_at__isnull=not archived)
        .select_related("segment", "template", "purpose", "send")
        .annotate(is_paused=Exists(paused))
        .order_by("-created_at", "id")
    )


def campaign_for(actor: Actor, campaign_id: object, *, lock: bool = False) -> Campaign:
    """Raises Http404."""
    _sees(actor)
    related = Campaign.objects.select_related("segment", "template", "purpose")
    found: Campaign = _only(related, lock=lock, pk=_uuid(campaign_id))
    return found


def send_of(campaign: Campaign) -> CampaignSend | None:
    return CampaignSend.objects.select_related("template_version").filter(campaign=campaign).first()


def open_pause(campaign: Campaign) -> CampaignPause | None:
    return campaign.pauses.filter(resumed_at=None).order_by("-paused_at").first()


def status(campaign: Campaign, send: CampaignSend | None, *, paused: bool) -> str:
    """draft, scheduled, preparing, sending, paused, cancelled, or sent."""
    if send is None:
        return "draft"
    if send.cancelled_at:
        return "cancelled"
    if send.completed_at:
        return "sent"
    if paused:
        return "paused"
    if send.audience_at:
        return "sending"
    return "preparing" if send.audience_cursor else "scheduled"


def deliveries(actor: Actor, campaign: Campaign, *, state: str = "", reason: str = "") -> QuerySet[Delivery]:
    """The ledger of one campaign, newest end first."""
    _sees(actor)
    found = Delivery.objects.filter(send__campaign=campaign).select_related("person")
    if state:
        found = found.filter(state=state)
    if reason:
        found = found.filter(reason=reason)
    return found.order_by("id")


def delivery_for(actor: Actor, delivery_id: object) -> Delivery:
    """Raises Http404."""
    _sees(actor)
    related = Delivery.objects.select_related(
        "person", "send__campaign__segment", "send__campaign__purpose", "send__template_version__template"
    )
    found: Delivery = _only(related, pk=_uuid(delivery_id))
    return found


def deliveries_of(person_ids: list[uuid.UUID]) -> QuerySet[Delivery]:
    """Every message to these persons, for profile panels and exports."""
    return Delivery.objects.filter(person_id__in=person_ids).select_related("send__campaign")


def sending_policy() -> SendingPolicy:
    return SendingPolicy.objects.first() or SendingPolicy()


def segment_named(actor: Actor, name: str) -> Segment:
    """By id or key. Raises Http404."""
    if not actor.may("segments.view"):
        raise Http404
    live = Segment.objects.filter(archived_at=None)
    found: Segment = _only(live, pk=name) if _is_uuid(name) else _only(live, key=name)
    return found


def purpose_named(key: str) -> Purpose:
    """Raises Http404."""
    found: Purpose = _only(Purpose.objects.filter(archived_at=None), key=key)
    return found


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _uuid(value: object) -> uuid.UUID:
    if isinstance(value, uuid.UUID):
        return value
    try:
        return uuid.UUID(str(value))
    except ValueError as error:
        raise Http404 from error
