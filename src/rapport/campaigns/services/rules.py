"""What begins a campaign other than a single order: set while it is a draft, begun, halted, and stopped."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.campaigns import queries
from rapport.campaigns.models import Campaign, CampaignChannel, CampaignEntry, CampaignRule
from rapport.campaigns.services import ordering, recurring, testing
from rapport.campaigns.services.conditions import checked
from rapport.campaigns.services.errors import CampaignError
from rapport.content.models import Template
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.messaging.services import sends

Kind = CampaignRule.Kind
FIELDS = {
    Kind.RECURRING: ("unit", "every", "weekdays", "month_day", "at", "zone", "starts"),
    Kind.EVENT: ("event", "conditions", "delay_minutes", "again_days"),
    Kind.API: ("delay_minutes", "again_days"),
}
MOST_FALLBACKS = 3
FURTHEST_START = 3_660  # days
LONGEST = 366 * 24 * 60  # minutes
LOCAL_NEEDS_A_TIME = gettext_lazy(
    "It has no time of the day that clocks could show: each gets it when it is due."
)


@transaction.atomic
def set_rule(
    *, actor: Actor, campaign: Campaign, kind: str = "", clock: Clock = SYSTEM, **values: Any
) -> CampaignRule | None:
    """What begins a draft; without a kind an order does. Raises ValidationError by field, CampaignError."""
    campaign = draft(actor, campaign.pk)
    CampaignRule.objects.filter(campaign=campaign).delete()
    campaign = queries.campaign_for(actor, campaign.pk)
    if not kind:
        return None
    if testing.test_of(campaign) is not None:
        raise ValidationError({"kind": _("A campaign with a test is sent once. Take the test back first.")})
    if kind not in FIELDS:
        raise ValidationError({"kind": _("recurring, event or api.")})
    if campaign.is_local and kind != Kind.RECURRING:
        raise ValidationError({"is_local": LOCAL_NEEDS_A_TIME})
    chosen = {name: values[name] for name in FIELDS[Kind(kind)] if values.get(name) is not None}
    rule = CampaignRule(campaign=campaign, kind=kind, **chosen)
    _check(rule, clock.now())
    rule.save(force_insert=True)
    _audit(actor, "campaign.rule_set", campaign, clock, kind=kind)
    return rule


def _check(rule: CampaignRule, now: dt.datetime) -> None:
    if rule.kind == Kind.RECURRING:
        _check_times(rule, now)
        return
    if not 0 <= rule.delay_minutes <= LONGEST:
        raise ValidationError({"delay_minutes": _("From 0 to a year.")})
    if rule.again_days is not None and not 0 <= rule.again_days <= 3_660:
        raise ValidationError({"again_days": _("From 0 days, which means each time, to ten years.")})
    if rule.kind == Kind.EVENT and not rule.event.strip():
        raise ValidationError({"event": _("Name the event after which it is sent.")})
    rule.event = rule.event.strip()
    rule.conditions = checked(rule.conditions)


def _check_times(rule: CampaignRule, now: dt.datetime) -> None:
    if rule.at is None:
        raise ValidationError({"at": _("Choose a time of the day.")})
    try:
        zone = ZoneInfo(rule.zone) if rule.zone else testing.workspace_zone()
    except (ValueError, OSError, LookupError) as error:
        raise ValidationError({"zone": _("There is no such time zone.")}) from error
    rule.zone, rule.starts = zone.key, rule.starts or now.astimezone(zone).date()
    if abs((rule.starts - now.date()).days) > FURTHEST_START:
        raise ValidationError({"starts": _("Choose a day within ten years.")})
    if not 1 <= rule.every <= 365 or not 1 <= rule.month_day <= 31:
        raise ValidationError({"every": _("From 1 to 365, and a day from 1 to 31.")})
    if not set(rule.weekdays) <= set(range(7)):
        raise ValidationError({"weekdays": _("Days from Monday to Sunday.")})
    rule.weekdays = sorted(set(rule.weekdays))


@transaction.atomic
def set_fallbacks(
    *, actor: Actor, campaign: Campaign, ways: Sequence[tuple[str, Template]], clock: Clock = SYSTEM
) -> None:
    """Other channels for those whom its own does not reach, in order. Raises ValidationError, CampaignError."""
    campaign = draft(actor, campaign.pk)
    if ways and testing.test_of(campaign) is not None:
        raise ValidationError({"fallbacks": _("A campaign with a test has one channel.")})
    channels = [campaign.channel, *(channel for channel, _template in ways)]
    if len(set(channels)) < len(channels) or len(ways) > MOST_FALLBACKS:
        raise ValidationError({"fallbacks": _("Each channel once, at most three beside its own.")})
    if any(template.channel != channel for channel, template in ways):
        raise ValidationError({"fallbacks": _("The template was written for another channel.")})
    campaign.fallbacks.all().delete()
    CampaignChannel.objects.bulk_create(
        CampaignChannel(campaign=campaign, position=place, channel=channel, template=template)
        for place, (channel, template) in enumerate(ways)
    )
    _audit(actor, "campaign.channels_set", campaign, clock, channels=channels)


def draft(actor: Actor, campaign_id: uuid.UUID) -> Campaign:
    """The campaign, kept from being sent until the transaction ends. Raises Http404, CampaignError."""
    actor.require("campaigns.edit")
    campaign = queries.campaign_for(actor, campaign_id, lock=True)
    if campaign.send is not None or campaign.series_id or is_active(campaign):
        raise CampaignError(_("It has been sent or scheduled already, so only its name can change."))
    return campaign


def rule_of(campaign: Campaign) -> CampaignRule | None:
    return getattr(campaign, "rule", None)


def is_active(campaign: Campaign) -> bool:
    rule = rule_of(campaign)
    return rule is not None and rule.active_since is not None


def begin(*, actor: Actor, campaign: Campaign, rule: CampaignRule, clock: Clock) -> None:
    """From now on it sends by itself what is written now. Raises CampaignError, TemplateError."""
    if campaign.is_local and rule.kind != Kind.RECURRING:
        raise CampaignError(str(LOCAL_NEEDS_A_TIME), "is_local")
    version = ordering.publish(actor=actor, campaign=campaign, clock=clock)
    rule.active_since, rule.paused_at, rule.ordered_by, rule.version = clock.now(), None, actor.label, version
    rule.save()
    if rule.kind == Kind.RECURRING:
        if next(recurring.recurrence_of(rule).after(clock.now()), None) is None:
            raise CampaignError(_("There is no such day in the next years."))
        recurring.plan(rule, clock.now())
    else:
        ordering.open_sends(actor=actor, campaign=campaign, version=version, clock=clock)
    _audit(actor, "campaign.begun", campaign, clock, template_version=version.version)


def pause(*, actor: Actor, campaign: Campaign, rule: CampaignRule, reason: str, clock: Clock) -> None:
    """Nothing goes out, not what is under way either; whoever enters meanwhile waits."""
    if rule.paused_at is not None:
        return
    rule.paused_at = clock.now()
    rule.save(update_fields=["paused_at"])
    for send in _open_sends(campaign):
        sends.hold(actor=actor, send_id=send.pk, reason=reason, clock=clock)
    _audit(actor, "campaign.paused", campaign, clock, reason=reason)


def resume(*, actor: Actor, campaign: Campaign, rule: CampaignRule, clock: Clock) -> None:
    """Goes on. Runs whose time passed meanwhile are left out."""
    for run in campaign.runs.filter(send=None, archived_at=None, planned_at__lte=clock.now()):
        recurring.miss(run, clock)
    rule.paused_at = None
    rule.save(update_fields=["paused_at"])
    for send in _open_sends(campaign):
        sends.release(actor=actor, send_id=send.pk, clock=clock)
    if rule.kind == Kind.RECURRING:
        recurring.plan(rule, clock.now())
    _audit(actor, "campaign.resumed", campaign, clock)


def stop(*, actor: Actor, campaign: Campaign, rule: CampaignRule, clock: Clock) -> None:
    """A draft again: nobody enters, no run begins. What waits is dropped; runs that have begun go on by themselves."""
    recurring.forget_plans(campaign)
    rule.active_since = rule.paused_at = None
    rule.save(update_fields=["active_since", "paused_at"])
    waiting = campaign.entries.filter(state=CampaignEntry.State.WAITING)
    waiting.update(state=CampaignEntry.State.REFUSED, reason="stopped")
    for send in testing.sends_of(campaign):
        sends.drop_waiting(send=send, now=clock.now())
        with suppress(sends.SendEnded):
            sends.release(actor=actor, send_id=send.pk, clock=clock)
        sends.seal(send=send, now=clock.now())
    testing.forget_sends(campaign)
    campaign.send = None
    campaign.save(update_fields=["send"])
    _audit(actor, "campaign.stopped", campaign, clock)


def _open_sends(campaign: Campaign) -> list[Any]:
    """Its own, and those of runs that are under way."""
    rows = testing.sends_of(campaign)
    for run in campaign.runs.filter(send__completed_at=None, send__cancelled_at=None, send__isnull=False):
        rows += testing.sends_of(run)
    return [row for row in rows if not (row.completed_at or row.cancelled_at)]


def _audit(actor: Actor, action: str, campaign: Campaign, clock: Clock, **data: Any) -> None:
    audit.record(
        actor=actor, action=action, object_type="campaign", object_id=campaign.pk, data=data, clock=clock
    )
