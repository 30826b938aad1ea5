"""Writing campaigns, ordering that they are sent, pausing and cancelling them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from rapport.campaigns import queries
from rapport.campaigns.models import Campaign
from rapport.campaigns.services import approvals, audience, four_eyes, ordering, rules, testing
from rapport.campaigns.services.errors import CampaignError
from rapport.channels.queries import lacks_sender
from rapport.channels.registry import UnknownChannel, channel_kind
from rapport.content.models import Template
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.live import topics
from rapport.core.services import audit
from rapport.governance.models import Purpose
from rapport.governance.registry import default_channel
from rapport.messaging.models import Send
from rapport.messaging.services import sends
from rapport.segments.models import Segment

ALWAYS = {"name", "folder", "tags"}  # what changes nothing that is sent
EDITABLE = ALWAYS | {
    "segment", "template", "purpose", "channel", "planned_at", "is_local", "per_hour", "window_from",
    "window_until",
}  # fmt: skip
LATEST = dt.timedelta(days=366)


@transaction.atomic
def create_campaign(
    *,
    actor: Actor,
    name: str,
    segment: Segment,
    template: Template | None,
    purpose: Purpose,
    channel: str = "",
    clock: Clock = SYSTEM,
    **more: Any,
) -> Campaign:
    """A draft. Raises PermissionDenied, CampaignError."""
    actor.require("campaigns.edit")
    campaign = Campaign(segment=segment, template=template, purpose=purpose)
    _assign(campaign, name=name, channel=channel or default_channel().key, **more)
    campaign.created_at, campaign.created_by = clock.now(), actor.label
    campaign.save(force_insert=True)
    _audit(actor, "campaign.created", campaign, clock, name=campaign.name)
    return campaign


@transaction.atomic
def edit_campaign(*, actor: Actor, campaign_id: uuid.UUID, clock: Clock = SYSTEM, **values: Any) -> Campaign:
    """Changes name, segment, template, purpose or channel of a draft. Raises Http404, CampaignError."""
    actor.require("campaigns.edit")
    if set(values) - ALWAYS:
        campaign = rules.draft(actor, campaign_id)
    else:
        campaign = queries.campaign_for(actor, campaign_id, lock=True)
    before = (campaign.template_id, campaign.channel)
    _assign(campaign, **values)
    campaign.save()
    if (campaign.template_id, campaign.channel) != before:
        testing.remove(actor=actor, campaign=campaign, clock=clock)  # it would send what was chosen before
    _audit(actor, "campaign.edited", campaign, clock, fields=sorted(values))
    topics.tell(f"campaign:{campaign.pk}", by=actor.user_id)
    return campaign


@transaction.atomic
def archive_campaign(
    *, actor: Actor, campaign_id: uuid.UUID, undo: bool = False, clock: Clock = SYSTEM
) -> None:
    """Takes a campaign out of the lists, or brings it back. Raises Http404, CampaignError while it runs."""
    actor.require("campaigns.edit")
    campaign = queries.campaign_for(actor, campaign_id, lock=True)
    is_running = campaign.send is not None and campaign.is_open  # type: ignore[attr-defined]
    if (is_running or rules.is_active(campaign)) and not undo:
        raise CampaignError(_("It is still being sent. Cancel it first."))
    campaign.archived_at = None if undo else clock.now()
    campaign.save(update_fields=["archived_at"])
    _audit(actor, "campaign.unarchived" if undo else "campaign.archived", campaign, clock)


@transaction.atomic
def send_campaign(
    *, actor: Actor, campaign_id: uuid.UUID, at: dt.datetime | None = None, clock: Clock = SYSTEM
) -> Send | None:
    """Orders the sending, now or at `at`, with the template as it now reads; or begins what sends by itself.


    Raises Http404, PermissionDenied, CampaignError, TemplateError.
    """
    actor.require("campaigns.send")
    campaign = queries.campaign_for(actor, campaign_id, lock=True)
    at = at if at is not None else campaign.planned_at
    _may_send(campaign, at, clock.now())
    approvals.check(campaign)
    campaign.is_approved = approvals.is_granted(campaign)
    campaign.save(update_fields=["is_approved"])
    if (rule := rules.rule_of(campaign)) is not None:
        rules.begin(actor=actor, campaign=campaign, rule=rule, clock=clock)
        return campaign.send
    version = ordering.publish(actor=actor, campaign=campaign, clock=clock)
    send_at = ordering.order(actor=actor, campaign=campaign, version=version, at=at, clock=clock).send_at
    audience.enqueue(actor=actor, campaign=campaign, at=send_at, clock=clock)
    _audit(actor, "campaign.sent", campaign, clock, at=send_at.isoformat(), template_version=version.version)
    return campaign.send


def _may_send(campaign: Campaign, at: dt.datetime | None, now: dt.datetime) -> None:
    if campaign.send is not None:
        raise CampaignError(_("It has been sent or scheduled already."))
    if campaign.template is None:
        raise CampaignError(_("Choose a template first."), "template")
    if campaign.archived_at or campaign.segment.archived_at or campaign.template.archived_at:
        raise CampaignError(_("The campaign, its segment or its template is archived."))
    if campaign.purpose.archived_at:
        raise CampaignError(
            _("The purpose is out of use. Choose another, or put it back into use."), "purpose"
        )
    if testing.is_stale(campaign):
        raise CampaignError(
            _("The test compares another template than the campaign's. Plan it again."), "template"
        )
    if campaign.template.channel != campaign.channel:
        raise CampaignError(_("The template was written for another channel."), "template")
    if lacks_sender(channel_kind(campaign.channel), marketing=campaign.purpose.is_marketing):
        raise CampaignError(_("Set the sender address in Settings first."))
    if at is not None and at > now + LATEST:
        raise CampaignError(_("That is more than a year away."), "at")
    if at is not None and at < now - dt.timedelta(minutes=5):
        raise CampaignError(_("That time has passed."), "at")


@transaction.atomic
def cancel_send(*, actor: Actor, campaign_id: uuid.UUID, clock: Clock = SYSTEM) -> bool:
    """Before the audience is written, takes the order back (True); later, sends no more (False)."""
    if _began(actor, campaign_id, rules.stop, clock):
        return True
    campaign, send = _running(actor, campaign_id)
    audience.stop(campaign=campaign, clock=clock)
    running = [row for row in testing.sends_of(campaign) if not (row.completed_at or row.cancelled_at)]
    if campaign.audience_cursor or send.sealed_at:
        for row in running:
            sends.cancel(actor=actor, send_id=row.pk, clock=clock)
        testing.stop(campaign=campaign, clock=clock)
        return False
    testing.forget_sends(campaign)
    campaign.send = None
    if campaign.series_id:
        campaign.archived_at = clock.now()  # left out; otherwise it would be due again at once
    elif campaign.planned_at and campaign.planned_at <= clock.now():
        campaign.planned_at = None  # a draft again, for which another time may be chosen
    campaign.save(update_fields=["send", "archived_at", "planned_at"])
    for row in running:
        sends.withdraw(actor=actor, send_id=row.pk, clock=clock)
    return True


@transaction.atomic
def pause_campaign(*, actor: Actor, campaign_id: uuid.UUID, reason: str = "", clock: Clock = SYSTEM) -> None:
    """Halts a running campaign: nothing that was not handed over yet goes out. Raises CampaignError."""
    if _began(actor, campaign_id, partial(rules.pause, reason=reason), clock):
        return
    campaign, _send = _running(actor, campaign_id)
    for row in testing.sends_of(campaign):
        if not (row.completed_at or row.cancelled_at):
            sends.hold(actor=actor, send_id=row.pk, reason=reason, clock=clock)


@transaction.atomic
def resume_campaign(*, actor: Actor, campaign_id: uuid.UUID, clock: Clock = SYSTEM) -> None:
    """Goes on where it was halted; the gate is asked again for everybody. Raises CampaignError."""
    if _began(actor, campaign_id, rules.resume, clock):
        return
    campaign, send = _running(actor, campaign_id)
    if not campaign.audience_cursor and four_eyes.is_missing(campaign):
        raise CampaignError(str(audience.GROWN))
    others = [row for row in testing.sends_of(campaign) if not (row.completed_at or row.cancelled_at)]
    if campaign.per_hour:
        _spread_again(others, clock.now())
    released = [sends.release(actor=actor, send_id=row.pk, clock=clock) for row in others]
    if any(released) and not send.sealed_at:
        audience.enqueue(actor=actor, campaign=campaign, at=send.send_at, clock=clock)


def _spread_again(running: Sequence[Send], now: dt.datetime) -> None:
    """What waited for its turn when it was halted does not go out all at once: each turn is so much later."""
    for row in running:
        if hold := row.holds.filter(released_at=None).first():
            sends.put_off(send=row, since=hold.held_at, by=now - hold.held_at)


def _began(actor: Actor, campaign_id: uuid.UUID, act: Callable[..., None], clock: Clock) -> bool:
    """Does it, if the campaign is one that sends by itself; says whether it is."""
    actor.require("campaigns.send")
    campaign = queries.campaign_for(actor, campaign_id, lock=True)
    rule = rules.rule_of(campaign)
    if rule is None or rule.active_since is None:
        return False
    act(actor=actor, campaign=campaign, rule=rule, clock=clock)
    return True


def _running(actor: Actor, campaign_id: uuid.UUID) -> tuple[Campaign, Send]:
    actor.require("campaigns.send")
    campaign = queries.campaign_for(actor, campaign_id, lock=True)
    send = campaign.send
    if send is None:
        raise CampaignError(_("It has not been sent yet."))
    if not campaign.is_open:  # type: ignore[attr-defined]
        raise CampaignError(_("It has ended already."))
    return campaign, send


def _assign(campaign: Campaign, **values: Any) -> None:
    for field, value in values.items():
        if field not in EDITABLE:
            raise CampaignError(_("unknown field %(field)s") % {"field": field}, field)
        setattr(campaign, field, " ".join(str(value).split())[:120] if field == "name" else value)
    if bool(campaign.window_from) != bool(campaign.window_until):
        raise CampaignError(_("Say from when and until when."), "window_until")
    if campaign.per_hour is not None and campaign.per_hour < 1:
        raise CampaignError(_("At least one an hour."), "per_hour")
    campaign.folder = " ".join(campaign.folder.split())[:60]
    campaign.tags = sorted({" ".join(tag.split())[:40] for tag in campaign.tags if tag.strip()})
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
