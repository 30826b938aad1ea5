"""Copies of campaigns, runs that are left out, and campaigns that are moved to another time."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from rapport.campaigns import queries
from rapport.campaigns.models import Campaign, CampaignChannel, CampaignRule
from rapport.campaigns.services import audience, ordering, rules, testing
from rapport.campaigns.services.errors import CampaignError
from rapport.campaigns.services.recurring import COPIED
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit

RULE_NAMES = (
    "kind", "unit", "every", "weekdays", "month_day", "at", "zone", "starts", "event", "conditions",
    "delay_minutes", "again_days",
)  # fmt: skip


@transaction.atomic
def duplicate(*, actor: Actor, campaign_id: uuid.UUID, clock: Clock = SYSTEM) -> Campaign:
    """A draft that is set up alike: channels, pace, what begins it. Tests and times of sending are not copied."""
    actor.require("campaigns.edit")
    given = queries.campaign_for(actor, campaign_id)
    copy = Campaign.objects.create(
        name=_("Copy of %(name)s") % {"name": given.name[:100]},
        created_at=clock.now(),
        created_by=actor.label,
        **{name: getattr(given, name) for name in COPIED},
    )
    CampaignChannel.objects.bulk_create(
        CampaignChannel(
            campaign=copy, position=row.position, channel=row.channel, template_id=row.template_id
        )
        for row in given.fallbacks.all()
    )
    if (rule := rules.rule_of(given)) is not None:
        CampaignRule.objects.create(campaign=copy, **{name: getattr(rule, name) for name in RULE_NAMES})
    _audit(actor, "campaign.copied", copy, clock, of=str(given.pk))
    return copy


@transaction.atomic
def skip_run(*, actor: Actor, campaign_id: uuid.UUID, clock: Clock = SYSTEM) -> None:
    """Leaves out a run that is to come. Raises Http404, CampaignError."""
    actor.require("campaigns.send")
    run = queries.campaign_for(actor, campaign_id, lock=True)
    if run.series_id is None or run.send_id is not None:
        raise CampaignError(_("Only a run that is to come can be left out."))
    run.archived_at = clock.now()
    run.save(update_fields=["archived_at"])
    _audit(actor, "campaign.run_skipped", run, clock)


@transaction.atomic
def reschedule(*, actor: Actor, campaign_id: uuid.UUID, at: dt.datetime, clock: Clock = SYSTEM) -> None:
    """Moves a draft, a run that is to come, or what is scheduled. Raises Http404, CampaignError."""
    campaign = queries.campaign_for(actor, campaign_id, lock=True)
    actor.require("campaigns.edit" if campaign.send is None and not campaign.series_id else "campaigns.send")
    if at < clock.now():
        raise CampaignError(_("That time has passed."), "at")
    if at > clock.now() + dt.timedelta(days=366):
        raise CampaignError(_("That is more than a year away."), "at")
    status = queries.status(campaign)
    if status == "scheduled":
        _move_sends(actor, campaign, at, clock)
    elif status not in {"draft", "planned"} or rules.rule_of(campaign):
        raise CampaignError(_("It has begun, so it cannot be moved."))
    campaign.planned_at = at
    campaign.save(update_fields=["planned_at"])
    _audit(actor, "campaign.moved", campaign, clock, at=at.isoformat())


def _move_sends(actor: Actor, campaign: Campaign, at: dt.datetime, clock: Clock) -> None:
    """Nobody is in the ledger yet, so the sends and the writing of the audience only get another time."""
    start, until = ordering.span(campaign, at)
    for send in testing.sends_of(campaign):
        send.send_at, send.expires_at = start, until
        send.save(update_fields=["send_at", "expires_at"])
    audience.stop(campaign=campaign, clock=clock)
    audience.enqueue(actor=actor, campaign=campaign, at=start, clock=clock)


def _audit(actor: Actor, action: str, campaign: Campaign, clock: Clock, **data: str) -> None:
    audit.record(
        actor=actor, action=action, object_type="campaign", object_id=campaign.pk, data=data, clock=clock
    )
