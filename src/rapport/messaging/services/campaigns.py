"""Writing campaigns, ordering their sending, and halting it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from rapport.channels.registry import UnknownChannel, channel_kind
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.queries import workspace
from rapport.core.services import audit, wake
from rapport.governance.models import Purpose
from rapport.messaging import queries
from rapport.messaging.models import Campaign, CampaignPause, CampaignSend, Template
from rapport.messaging.services import templates
from rapport.segments.models import Segment

LATEST = dt.timedelta(days=366)


class CampaignError(ValueError):
    """The campaign cannot do that now; `field` names the part to correct, if there is one."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def create_campaign(
    *,
    actor: Actor,
    name: str,
    segment: Segment,
    template: Template,
    purpose: Purpose,
    channel: str = "email",
    clock: Clock = SYSTEM,
) -> Campaign:
    """A draft. Raises PermissionDenied, CampaignError."""
    actor.require("campaigns.edit")
    campaign = Campaign(segment=segment, template=template, purpose=purpose)
    _assign(campaign, name=name, channel=channel)
    campaign.created_at, campaign.created_by = clock.now(), actor.label
    campaign.save(force_insert=True)
    _audit(actor, "campaign.created", campaign, clock, name=campaign.name)
    return campaign


@transaction.atomic
def edit_campaign(*, actor: Actor, campaign_id: uuid.UUID, clock: Clock = SYSTEM, **values: Any) -> Campaign:
    """Changes name, segment, template, purpose or channel of a draft. Raises Http404, CampaignError."""
    actor.require("campaigns.edit")
    campaign = queries.campaign_for(actor, campaign_id, lock=True)
    if queries.send_of(campaign) is not None and set(values) - {"name"}:
        raise CampaignError(_("It has been sent or scheduled already, so only its name can change."))
    _assign(campaign, **values)
    campaign.save()
    _audit(actor, "campaign.edited", campaign, clock, fields=sorted(values))
    return campaign


@transaction.atomic
def archive_campaign(
    *, actor: Actor, campaign_id: uuid.UUID, undo: bool = False, clock: Clock = SYSTEM
) -> None:
    """Takes a campaign out of the lists, or brings it back. Raises Http404, CampaignError while it runs."""
    actor.require("campaigns.edit")
    campaign = queries.campaign_for(actor, campaign_id, lock=True)
    send = queries.send_of(campaign)
    if send is not None and send.completed_at is None and not undo:
        raise CampaignError(_("It is still being sent. Cancel it first."))
    campaign.archived_at = None if undo else clock.now()
    campaign.save(update_fields=["archived_at"])
    _audit(actor, "campaign.unarchived" if undo else "campaign.archived", campaign, clock)


@transaction.atomic
def send_campaign(
    *, actor: Actor, campaign_id: uuid.UUID, at: dt.datetime | None = None, clock: Clock = SYSTEM
) -> CampaignSend:
    """Orders the sending, now or at `at`, with the template as it now reads.

    Raises Http404, PermissionDenied, CampaignError, TemplateError.
    """
    actor.require("campaigns.send")
    campaign = queries.campaign_for(actor, campaign_id, lock=True)
    now = clock.now()
    _may_send(campaign, at, now)
    version = templates.publish(actor=actor, template_id=campaign.template_id, clock=clock)
    send_at = max(at or now, now)
    lateness = dt.timedelta(hours=queries.sending_policy().lateness_hours)
    send = CampaignSend.objects.create(
        campaign=campaign,
        template_version=version,
        requested_at=now,
        requested_by=actor.label,
        send_at=send_at,
        expires_at=send_at + lateness,
    )
    wake.wake("messaging.audience")
    _audit(actor, "campaign.sent", campaign, clock, at=send_at.isoformat(), template_version=version.version)
    return send


def _may_send(campaign: Campaign, at: dt.datetime | None, now: dt.datetime) -> None:
    if queries.send_of(campaign) is not None:
        raise CampaignError(_("It has been sent or scheduled already."))
    if campaign.archived_at or campaign.segment.archived_at or campaign.template.archived_at:
        raise CampaignError(_("The campaign, its segment or its template is archived."))
    if not workspace().sender_email:
        raise CampaignError(_("Set the sender address in Settings first."))
    if at is not None and at > now + LATEST:
        raise CampaignError(_("That is more than a year away."), "at")
    if at is not None and at < now - dt.timedelta(minutes=5):
        raise CampaignError(_("That time has passed."), "at")


@transaction.atomic
def cancel_send(*, actor: Actor, campaign_id: uuid.UUID, clock: Clock = SYSTEM) -> bool:
    """Before the audience is written, takes the order back (True); later, sends no more (False)."""
    actor.require("campaigns.send")
    campaign, send = _running(actor, campaign_id)
    if send.audience_cursor == 0 and send.audience_at is None:
        send.delete()
        _audit(actor, "campaign.unsent", campaign, clock)
        return True
    send.cancelled_at, send.cancelled_by = clock.now(), actor.label
    send.audience_at = send.audience_at or clock.now()
    send.save(update_fields=["cancelled_at", "cancelled_by", "audience_at"])
    CampaignPause.objects.filter(campaign=campaign, resumed_at=None).update(
        resumed_at=clock.now(), resumed_by=actor.label
    )
    _audit(actor, "campaign.cancelled", campaign, clock)
    return False


@transaction.atomic
def pause_campaign(*, actor: Actor, campaign_id: uuid.UUID, reason: str = "", clock: Clock = SYSTEM) -> None:
    """Halts a running campaign: nothing that was not handed over yet goes out. Raises CampaignError."""
    actor.require("campaigns.send")
    campaign, _send = _running(actor, campaign_id)
    if not CampaignPause.objects.filter(campaign=campaign, resumed_at=None).exists():
        CampaignPause.objects.create(
            campaign=campaign, paused_at=clock.now(), paused_by=actor.label, reason=reason[:500]
        )
        _audit(actor, "campaign.paused", campaign, clock, reason=reason[:500])


@transaction.atomic
def resume_campaign(*, actor: Actor, campaign_id: uuid.UUID, clock: Clock = SYSTEM) -> None:
    """Goes on where it was halted; the gate is asked again for everybody. Raises CampaignError."""
    actor.require("campaigns.send")
    campaign, _send = _running(actor, campaign_id)
    ended = CampaignPause.objects.filter(campaign=campaign, resumed_at=None).update(
        resumed_at=clock.now(), resumed_by=actor.label
    )
    if ended:
        wake.wake("messaging.sender")
        _audit(actor, "campaign.resumed", campaign, clock)


def _running(actor: Actor, campaign_id: uuid.UUID) -> tuple[Campaign, CampaignSend]:
    campaign = queries.campaign_for(actor, campaign_id, lock=True)
    send = CampaignSend.objects.select_for_update().filter(campaign=campaign).first()
    if send is None:
        raise CampaignError(_("It has not been sent yet."))
    if send.completed_at or send.cancelled_at:
        raise CampaignError(_("It has ended already."))
    return campaign, send


def _assign(campaign: Campaign, **values: Any) -> None:
    for field, value in values.items():
        if field not in {"name", "segment", "template", "purpose", "channel"}:
            raise CampaignError(f"unknown field {field}", field)
        setattr(campaign, field, " ".join(str(value).split())[:120] if field == "name" else value)
    if not campaign.name:
        raise CampaignError(_("Give the campaign a name."), "name")
    try:
        channel_kind(campaign.channel)
    except UnknownChannel as error:
        raise CampaignError(str(error), "channel") from error


def _audit(actor: Actor, action: str, campaign: Campaign, clock: Clock, **data: Any) -> None:
    audit.record(
        actor=actor, action=action, object_type="campaign", object_id=campaign.pk, data=data, clock=clock
    )
