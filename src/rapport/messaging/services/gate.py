"""The gate: whether a queued message may go to this person now. Asked in the transaction of the claim.

`gate_inputs` reads everything for a whole batch in one query; `decide` is a pure function of what was read, so each
rule can be tested alone and every answer can be explained afterwards.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.db import connection
from django.utils.translation import gettext_lazy as _

from rapport.governance.consent_rule import consent_rule, is_marketing
from rapport.governance.models import MARKETING
from rapport.messaging.models import SEND_KEY, SendingPolicy
from rapport.messaging.services import quiet
from rapport.people.queries.contact import Contact

REASONS = {
    "gone": _("This person no longer exists."),
    "erased": _("This person was erased on request."),
    "restricted": _("Processing of this person's data is restricted."),
    "no_address": _("There is no address for this channel."),
    "suppressed": _("The address is suppressed."),
    "no_consent": _("There is no consent for this purpose and channel."),
    "withdrawn": _("Consent for this purpose and channel was withdrawn."),
    "expired": _("Consent for this purpose and channel has expired."),
    "paused": _("This person wants a pause from marketing messages."),
    "address_withdrawn": _(
        "Another person with the same address withdrew consent for this purpose; this person has not agreed since."
    ),
    "late": _("The message had expired."),
    "quiet": _("The message expired during quiet hours."),
    "duplicate": _("Another person with the same address received this message."),
    "earlier": _("This person received the message before the data were restored."),
    "capped": _("The person had reached the frequency cap."),
    "cancelled": _("Sending was cancelled."),
    "template": _("The template could not be rendered for this person."),
    "bad_address": _("The address does not exist."),
    "refused": _("The receiving server refused the message."),
    "policy": _("The receiving server refused the sender."),
    "temporary": _("The receiving server kept deferring the message."),
    "lost": _("The connection was lost after the message was handed over; it may have arrived."),
}

_CONSENT = consent_rule(
    person="t.person_id", purpose="s.purpose_id", channel="s.channel", address_hash="t.hash", now="%(now)s"
)
_GATE_INPUTS = f"""
WITH family AS (SELECT * FROM unnest(%(members)s::uuid[], %(heads)s::uuid[]) AS f (member, person_id))
SELECT d.id, d.fence, d.attempts, d.reason, {_CONSENT.columns}, {_CONSENT.refusal}, s.channel, s.expires_at,
    s.cancelled_at IS NOT NULL,
    t.address <> '' AND EXISTS (
        SELECT FROM messaging_delivery x
        WHERE x.send_id = d.send_id AND x.channel = d.channel AND x.address = t.address
            AND x.address <> '' AND x.state IN ('claimed', 'sent', 'uncertain') AND x.id <> d.id),
    EXISTS (SELECT FROM messaging_earlierdelivery e WHERE e.send = {SEND_KEY}
            AND (e.address_hash = t.hash
            OR e.person_id IN (SELECT f.member FROM family f WHERE f.person_id = t.person_id)))
FROM unnest(%(ids)s::uuid[], %(people)s::uuid[], %(addresses)s::text[], %(hashes)s::text[])
    WITH ORDINALITY AS t(id, person_id, address, hash, place)
JOIN messaging_delivery d ON d.id = t.id
JOIN messaging_send s ON s.id = d.send_id {_CONSENT.joins}
ORDER BY t.place
"""
# By person, not by state, whatever the planner last heard of how few are claimed: hence NOT IN.
_RECENT = f"""
SELECT x.person_id, count(*) FROM messaging_delivery x JOIN messaging_send s ON s.id = x.send_id
WHERE x.person_id = ANY(%(people)s) AND x.state NOT IN ('queued', 'skipped', 'failed')
    AND coalesce(x.finished_at, x.handed_over_at, %(now)s) > %(since)s AND {is_marketing("s.purpose_id")}
GROUP BY x.person_id
"""


@dataclass(frozen=True, slots=True)
class Policy:
    """The sending policy, and the time zone of those whose own is not known."""

    limits: SendingPolicy
    zone: str

    @property
    def has_cap(self) -> bool:
        return self.limits.cap_messages is not None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A due delivery, and whom it is about now (merges followed) with the hash of their address."""

    delivery_id: uuid.UUID
    send_id: int
    contact: Contact | None
    address_hash: str


@dataclass(frozen=True, slots=True)
class GateInput:
    """What the gate knows about one delivery at the moment of asking. `refusal` is what the consent rule says."""

    send_id: int
    contact: Contact | None
    recent: int
    delivery_id: uuid.UUID
    fence: int
    attempts: int
    earlier: str
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

    @property
    def is_marketing(self) -> bool:
        return self.basis in MARKETING

    @property
    def person_id(self) -> uuid.UUID | None:
        return self.contact.id if self.contact else None

    @property
    def address(self) -> str:
        return self.contact.address if self.contact else ""

    @property
    def traits(self) -> dict[str, Any]:
        return self.contact.traits if self.contact else {}


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is empty when the message may go; with `not_before` it only has to wait."""

    reason: str = ""
    not_before: dt.datetime | None = None

    @property
    def allowed(self) -> bool:
        return not self.reason


def gate_inputs(batch: Sequence[Candidate], policy: Policy, now: dt.datetime) -> list[GateInput]:
    """What there is to know about a batch, in its order, read in the caller's transaction."""
    people = [row.contact for row in batch]
    heads = _heads(people)
    values: dict[str, Any] = {
        "ids": [row.delivery_id for row in batch],
        "people": [contact.id if contact else None for contact in people],
        "addresses": [contact.address if contact else "" for contact in people],
        "hashes": [row.address_hash for row in batch],
        "members": list(heads),
        "heads": list(heads.values()),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_GATE_INPUTS, values)
        rows = cursor.fetchall()
    recent = _recent(heads, policy, now)
    return [
        GateInput(row.send_id, row.contact, recent[row.contact.id] if row.contact else 0, *columns)
        for row, columns in zip(batch, rows, strict=True)
    ]


def _heads(people: Sequence[Contact | None]) -> dict[uuid.UUID, uuid.UUID]:
    """{every id the persons have or had: who that is now}."""
    return {member: contact.id for contact in people if contact for member in contact.family}


def _recent(heads: dict[uuid.UUID, uuid.UUID], policy: Policy, now: dt.datetime) -> Counter[uuid.UUID]:
    """How much marketing each person got, or is getting, within the cap's days, under whichever id they had."""
    if not policy.has_cap:
        return Counter()
    since = now - dt.timedelta(days=policy.limits.cap_days)
    with connection.cursor() as cursor:
        cursor.execute(_RECENT, {"people": list(heads), "since": since, "now": now})
        rows = cursor.fetchall()
    counts: Counter[uuid.UUID] = Counter()
    for member, count in rows:
        counts[heads[member]] += count
    return counts


def decide(fact: GateInput, policy: Policy, now: dt.datetime) -> Verdict:
    """The first rule that objects, in the order in which they weigh."""
    if reason := _forbidden(fact, now):
        return Verdict(reason)
    if fact.is_marketing:
        cap = policy.limits.cap_messages
        if cap is not None and fact.recent >= cap:
            return Verdict("capped")
        return _quiet(fact, policy, now)
    return Verdict()


def _forbidden(fact: GateInput, now: dt.datetime) -> str:
    contact = fact.contact
    if contact is None:
        return "gone"
    rules = (
        (contact.barred, bool(contact.barred)),
        ("cancelled", fact.cancelled),
        ("no_address", not contact.address),
        (fact.refusal, bool(fact.refusal)),
        ("late", now >= fact.expires_at),
        ("duplicate", fact.duplicate),
        ("earlier", fact.sent_earlier),
    )
    return next((reason for reason, applies in rules if applies), "")


def _quiet(fact: GateInput, policy: Policy, now: dt.datetime) -> Verdict:
    limits = policy.limits
    if limits.quiet_from is None or limits.quiet_until is None:
        return Verdict()
    zone = quiet.zone_of(fact.traits, policy.zone)
    moment = quiet.allowed_from(now, zone, limits.quiet_from, limits.quiet_until)
    if moment is None:
        return Verdict()
    return Verdict("quiet", None if moment >= fact.expires_at else moment)


def explain(fact: GateInput, verdict: Verdict, policy: Policy, now: dt.datetime) -> dict[str, Any]:
    """What was looked at and what came out, as kept with the delivery. JSON-ready, no address in it."""
    zone, limits = quiet.zone_of(fact.traits, policy.zone), policy.limits
    explanation: dict[str, Any] = {
        "at": now.isoformat(),
        "verdict": verdict.reason or "allowed",
        "purpose": fact.purpose,
        "basis": fact.basis,
        "suppressed": fact.suppressed,
        "expires_at": fact.expires_at.isoformat(),
        "zone": str(zone),
        "local_time": now.astimezone(zone).strftime("%H:%M"),
        "cap": {"used": fact.recent, "limit": limits.cap_messages, "days": limits.cap_days},
        "consent": None,
    }
    if limits.quiet_from and limits.quiet_until:
        explanation["quiet_hours"] = f"{limits.quiet_from:%H:%M}–{limits.quiet_until:%H:%M}"
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
