"""The gate: whether a queued message may go to this person now. Asked in the transaction of the claim.

`gate_inputs` reads everything for a whole batch; `decide` is a pure function of what was read, so each rule can be
tested alone and every answer can be explained afterwards.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from rapport.channels.registry import CHANNELS
from rapport.governance.models import MARKETING
from rapport.messaging.services import legal_hours, marketing_rules, quiet
from rapport.messaging.services.marketing_rules import Marketing, Policy, Verdict
from rapport.people.queries.contact import Contact

REASONS = {
    "gone": _("This person no longer exists."),
    "erased": _("This person was erased on request."),
    "restricted": _("Processing of this person's data is restricted."),
    "no_address": _("There is no address for this channel."),
    "suppressed": _("The address is suppressed."),
    "rested": _("The address failed several times in a row and gets no marketing for a while."),
    "no_consent": _("There is no consent for this purpose and channel."),
    "withdrawn": _("Consent for this purpose and channel was withdrawn."),
    "expired": _("Consent for this purpose and channel has expired."),
    "archived_purpose": _("The purpose is out of use."),
    "paused": _("This person wants a pause from marketing messages."),
    "address_withdrawn": _(
        "Another person with the same address withdrew consent for this purpose; this person has not agreed since."
    ),
    "late": _("The message had expired."),
    "quiet": _("The message expired during quiet hours."),
    "blocked": _("Something about the person stops marketing."),
    "own_limit": _("The person wants fewer messages, and has had as many."),
    "spacing": _("The person got another message too short a time before."),
    "outranked": _("A message of higher priority was due for the person."),
    "unusable": _("The channel cannot carry this message to this person."),
    "throttled": _("The receiving provider is sent no more at present."),
    "warmup": _("The sender's domain is warming up."),
    "duplicate": _("Another person with the same address received this message."),
    "earlier": _("This person received the message before the data were restored."),
    "capped": _("The person had reached the frequency cap."),
    "cancelled": _("Sending was cancelled."),
    "left": _("The person had left the journey before it went out."),
    "template": _("The template could not be rendered for this person."),
    "bad_address": _("The address does not exist."),
    "refused": _("The receiving server refused the message."),
    "policy": _("The receiving server refused the sender."),
    "temporary": _("The receiving server kept deferring the message."),
    "lost": _("The connection was lost after the message was handed over; it may have arrived."),
}


@dataclass(frozen=True, slots=True)
class GateInput:
    """What the gate knows about one delivery at the moment of asking. `refusal` is what the consent rule says."""

    send_id: int
    contact: Contact | None
    address: str
    delivery_id: uuid.UUID
    fence: int
    attempts: int
    earlier: str
    occurrence: str
    data: dict[str, Any]
    purpose: str
    basis: str
    consent: str | None
    consent_at: dt.datetime | None
    consent_record: int | None
    consent_source: str | None
    suppressed: str | None
    address_withdrawn_at: dt.datetime | None
    address_source: str | None
    refusal: str
    channel: str
    expires_at: dt.datetime
    cancelled: bool
    duplicate: bool
    sent_earlier: bool = False
    rested: bool = False
    marketing: Marketing = field(default_factory=Marketing)

    @property
    def is_marketing(self) -> bool:
        return self.basis in MARKETING

    @property
    def person_id(self) -> uuid.UUID | None:
        return self.contact.id if self.contact else None

    @property
    def traits(self) -> dict[str, Any]:
        return self.contact.traits if self.contact else {}


def decide(fact: GateInput, policy: Policy, now: dt.datetime) -> Verdict:
    """The first rule that objects, in the order in which they weigh."""
    if reason := _forbidden(fact, now):
        return Verdict(reason)
    if not fact.is_marketing:
        return Verdict()
    if fact.rested:
        return Verdict("rested")
    read = fact.marketing
    verdicts = (
        marketing_rules.blocked(read),
        marketing_rules.capped(read, fact.channel, fact.purpose, policy, now),
        marketing_rules.spaced(read, policy, now),
        _hours(fact, policy, now),
    )
    verdict = next((verdict for verdict in verdicts if not verdict.allowed), Verdict())
    if verdict.not_before and verdict.not_before >= fact.expires_at:
        return Verdict(verdict.reason, None, verdict.because)
    return verdict


def _forbidden(fact: GateInput, now: dt.datetime) -> str:
    contact = fact.contact
    if contact is None:
        return "gone"
    rules = (
        (contact.barred, bool(contact.barred)),
        ("cancelled", fact.cancelled),
        ("no_address", not fact.address),
        (fact.refusal, bool(fact.refusal)),
        ("late", now >= fact.expires_at),
        ("duplicate", fact.duplicate),
        ("earlier", fact.sent_earlier),
    )
    return next((reason for reason, applies in rules if applies), "")


def _hours(fact: GateInput, policy: Policy, now: dt.datetime) -> Verdict:
    zone, law = quiet.zone_of(fact.traits, policy.zone), _law(fact, policy)
    moment = marketing_rules.hours(now, zone, policy.limits, law)
    return Verdict() if moment is None else Verdict("quiet", moment)


def _law(fact: GateInput, policy: Policy) -> legal_hours.Hours | None:
    """The hours of the person's country for this kind of channel."""
    kind = CHANNELS.get(fact.channel)
    if kind is None or not kind.legal_hours or not policy.limits.legal_hours:
        return None
    return legal_hours.LAW.get((legal_hours.country_of(fact.traits, fact.address), kind.legal_hours))


def explain(fact: GateInput, verdict: Verdict, policy: Policy, now: dt.datetime) -> dict[str, Any]:
    """What was looked at and what came out, as kept with the delivery. JSON-ready, no address in it."""
    zone = quiet.zone_of(fact.traits, policy.zone)
    explanation: dict[str, Any] = {
        "at": now.isoformat(),
        "verdict": verdict.reason or "allowed",
        "purpose": fact.purpose,
        "basis": fact.basis,
        "suppressed": fact.suppressed,
        "expires_at": fact.expires_at.isoformat(),
        "zone": str(zone),
        "local_time": now.astimezone(zone).strftime("%H:%M"),
        "consent": None,
    }
    if fact.is_marketing:
        explanation |= _explain_marketing(fact, policy, zone, now)
    if verdict.because:
        explanation["because"] = verdict.because
    if verdict.not_before:
        explanation["not_before"] = verdict.not_before.isoformat()
    if fact.consent:
        explanation["consent"] = {
            "state": fact.consent,
            "at": cast("dt.datetime", fact.consent_at).isoformat(),
            "record": fact.consent_record,
            "source": fact.consent_source,
        }
    if fact.address_withdrawn_at:
        explanation["address_withdrawal"] = {
            "at": fact.address_withdrawn_at.isoformat(),
            "source": fact.address_source,
        }
    return explanation


def _explain_marketing(fact: GateInput, policy: Policy, zone: ZoneInfo, now: dt.datetime) -> dict[str, Any]:
    limits, read = policy.limits, fact.marketing
    explained: dict[str, Any] = {"priority": read.priority, "received": len(read.received)}
    explained["caps"] = [
        {
            "messages": cap.messages,
            "hours": cap.hours,
            "channel": cap.channel,
            "purpose": cap.purpose.key if cap.purpose else "",
        }
        for cap in policy.caps
    ]
    if limits.quiet_from and limits.quiet_until:
        explained["quiet_hours"] = f"{limits.quiet_from:%H:%M}–{limits.quiet_until:%H:%M}"
    if limits.spacing_hours:
        explained["spacing_hours"] = limits.spacing_hours
    if law := _law(fact, policy):
        spans = law.of(now.astimezone(zone).date())
        explained["legal_hours"] = [[start, end] for start, end in spans]
    return explained
