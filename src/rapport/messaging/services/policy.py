"""The rules that every marketing message meets at send time."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from rapport.channels.registry import CHANNELS
from rapport.core.access import Actor
from rapport.core.services import audit
from rapport.governance.models import Purpose
from rapport.messaging.models import AtLimit, BlockingRule, FrequencyCap, SendingPolicy
from rapport.messaging.registry import GATE_FACTS


@dataclass(frozen=True, slots=True)
class Limits:
    """Quiet hours in the recipient's zone (both or neither), the law's, lateness, and the spacing of messages."""

    quiet_from: dt.time | None
    quiet_until: dt.time | None
    legal_hours: bool
    lateness_hours: int
    spacing_hours: int


@transaction.atomic
def change_policy(*, actor: Actor, limits: Limits) -> SendingPolicy:
    """Takes effect for every message that has not been sent yet. Raises ValidationError, PermissionDenied."""
    actor.require("settings.edit")
    if (limits.quiet_from is None) != (limits.quiet_until is None):
        raise ValidationError(_("Give both ends of the quiet hours, or neither."))
    policy, _created = SendingPolicy.objects.update_or_create(pk=1, defaults=asdict(limits))
    data = {
        name: str(value) if isinstance(value, dt.time) else value for name, value in asdict(limits).items()
    }
    _audit(actor, "sending_policy.changed", data)
    return policy


@transaction.atomic
def add_cap(
    *,
    actor: Actor,
    messages: int,
    hours: int,
    channel: str = "",
    purpose: Purpose | None = None,
    at_limit: str = AtLimit.DROP,
) -> FrequencyCap:
    """Takes effect at once. Raises ValidationError, PermissionDenied."""
    actor.require("settings.edit")
    if channel and channel not in CHANNELS:
        raise ValidationError({"channel": _("There is no such channel.")})
    if messages < 1 or not 1 <= hours <= 24 * 366:
        raise ValidationError({"messages": _("At least one message, within an hour to a year.")})
    try:
        with transaction.atomic():
            cap = FrequencyCap.objects.create(
                messages=messages, hours=hours, channel=channel, purpose=purpose, at_limit=at_limit
            )
    except IntegrityError as error:
        raise ValidationError(
            {"messages": _("There is a cap for this time already; remove it first.")}
        ) from error
    _audit(actor, "sending_policy.cap_added", _told(cap))
    return cap


@transaction.atomic
def remove_cap(*, actor: Actor, cap_id: int) -> None:
    """Takes effect at once; one that is gone already is no error."""
    actor.require("settings.edit")
    for cap in FrequencyCap.objects.filter(pk=cap_id).select_related("purpose"):
        _audit(actor, "sending_policy.cap_removed", _told(cap))
        cap.delete()


@transaction.atomic
def add_rule(*, actor: Actor, fact: str, argument: str = "", at_limit: str = AtLimit.WAIT) -> BlockingRule:
    """No marketing to those about whom the fact holds. Raises ValidationError, PermissionDenied."""
    actor.require("settings.edit")
    entry = GATE_FACTS.get(fact)
    if entry is None:
        raise ValidationError({"fact": _("There is no such fact.")})
    if entry.choices is not None and argument not in {value for value, _label in entry.choices()}:
        raise ValidationError({"argument": _("Choose one.")})
    rule, _created = BlockingRule.objects.get_or_create(
        fact=fact, argument=argument, defaults={"at_limit": at_limit, "created_by": actor.label}
    )
    _audit(actor, "sending_policy.rule_added", {"fact": fact, "argument": argument, "at_limit": at_limit})
    return rule


@transaction.atomic
def remove_rule(*, actor: Actor, rule_id: int) -> None:
    """Takes effect at once; one that is gone already is no error."""
    actor.require("settings.edit")
    for rule in BlockingRule.objects.filter(pk=rule_id):
        _audit(actor, "sending_policy.rule_removed", {"fact": rule.fact, "argument": rule.argument})
        rule.delete()


def _told(cap: FrequencyCap) -> dict[str, object]:
    return {
        "messages": cap.messages,
        "hours": cap.hours,
        "channel": cap.channel,
        "purpose": cap.purpose.key if cap.purpose else "",
        "at_limit": cap.at_limit,
    }


def _audit(actor: Actor, action: str, data: dict[str, object]) -> None:
    audit.record(actor=actor, action=action, object_type="sending_policy", object_id=1, data=data)
