"""The gate: whether a queued message may go to this person now. Asked in the transaction of the claim.

`facts` reads everything for a whole batch in one query; `decide` is a pure function of what was read, so each
rule can be tested alone and every answer can be explained afterwards.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.db import connection
from django.utils.translation import gettext_lazy as _

from rapport.governance.models import MARKETING, Purpose, Suppression
from rapport.messaging.models import SendingPolicy
from rapport.messaging.services import quiet

REASONS = {
    "gone": _("This person no longer exists."),
    "erased": _("This person asked to be forgotten."),
    "restricted": _("Processing of this person's data is restricted."),
    "no_address": _("There is no address for this channel."),
    "suppressed": _("The address is suppressed."),
    "no_consent": _("There is no consent for this purpose and channel."),
    "withdrawn": _("Consent for this purpose and channel was withdrawn."),
    "late": _("It was too late: the message had expired."),
    "quiet": _("Quiet hours lasted until after the message had expired."),
    "duplicate": _("Somebody else with the same address got this message."),
    "capped": _("The person already got as many messages as the frequency cap allows."),
    "cancelled": _("Sending was cancelled."),
    "template": _("The template could not be rendered for this person."),
    "bad_address": _("The address does not exist."),
    "refused": _("The receiving server refused the message."),
    "policy": _("The receiving server refused the sender."),
    "temporary": _("The receiving server kept asking to come back later."),
    "lost": _("The connection was lost after the message was handed over; it may have arrived."),
}

_FACTS = """
SELECT d.id, d.send_id, d.fence, d.attempts, d.reason, t.address, m.id, m.name, m.email, m.traits,
       m.erased_at IS NOT NULL, m.restricted_at IS NOT NULL,
       pu.id, pu.key, pu.basis, s.channel, co.state, co.at, co.record_id, r.source,
       su.reason, s.expires_at, s.template_version_id, s.cancelled_at IS NOT NULL,
       t.address <> '' AND EXISTS (
           SELECT 1 FROM messaging_delivery x
           WHERE x.send_id = d.send_id AND x.channel = d.channel AND x.address = t.address
             AND x.address <> '' AND x.state IN ('claimed', 'sent', 'uncertain') AND x.id <> d.id),
       CASE WHEN %(since)s::timestamptz IS NULL THEN 0 ELSE (
           SELECT count(*) FROM messaging_delivery x
           JOIN messaging_send xs ON xs.id = x.send_id
           JOIN governance_purpose xp ON xp.id = xs.purpose_id
           WHERE x.person_id IN (m.id, d.person_id) AND x.id <> d.id AND xp.basis = ANY(%(marketing)s)
             AND x.state IN ('claimed', 'sent', 'uncertain')
             AND coalesce(x.finished_at, x.handed_over_at, %(now)s) > %(since)s) END
FROM unnest(%(ids)s::uuid[], %(people)s::uuid[], %(addresses)s::text[], %(hashes)s::text[])
    AS t(id, person_id, address, hash)
JOIN messaging_delivery d ON d.id = t.id
JOIN messaging_send s ON s.id = d.send_id
JOIN governance_purpose pu ON pu.id = s.purpose_id
LEFT JOIN people_person m ON m.id = t.person_id
LEFT JOIN governance_consent co ON co.person_id = m.id AND co.purpose_id = pu.id AND co.channel = s.channel
LEFT JOIN governance_consentrecord r ON r.id = co.record_id
LEFT JOIN governance_suppression su ON su.channel = s.channel AND su.address_hash = t.hash
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A due delivery, the person it is about now (merges followed), and where it would go."""

    delivery_id: uuid.UUID
    person_id: uuid.UUID | None
    address: str
    address_hash: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the gate knows about one delivery at the moment of asking."""

    delivery_id: uuid.UUID
    send_id: int
    fence: int
    attempts: int
    earlier: str
    address: str
    person_id: uuid.UUID | None
    name: str | None
    email: str | None
    traits: dict[str, Any] | None
    erased: bool
    restricted: bool
    purpose_id: int
    purpose: str
    basis: str
    channel: str
    consent: str | None
    consent_at: dt.datetime | None
    consent_record: int | None
    consent_source: str | None
    suppressed: str | None
    expires_at: dt.datetime
    template_version: int
    cancelled: bool
    duplicate: bool
    recent: int

    @property
    def is_marketing(self) -> bool:
        return self.basis in MARKETING


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is empty when the message may go; with `not_before` it only has to wait."""

    reason: str = ""
    not_before: dt.datetime | None = None

    @property
    def allowed(self) -> bool:
        return not self.reason


def facts(batch: Sequence[Candidate], policy: SendingPolicy, now: dt.datetime) -> list[Facts]:
    """One query for a whole batch, in the caller's transaction."""
    since = now - dt.timedelta(days=policy.cap_days) if policy.cap_messages is not None else None
    with connection.cursor() as cursor:
        cursor.execute(
            _FACTS,
            {
                "ids": [one.delivery_id for one in batch],
                "people": [one.person_id for one in batch],
                "addresses": [one.address for one in batch],
                "hashes": [one.address_hash for one in batch],
                "marketing": list(MARKETING),
                "since": since,
                "now": now,
            },
        )
        found = []
        for row in cursor.fetchall():
            values = list(row)
            values[9] = json.loads(values[9]) if isinstance(values[9], str) else values[9]
            found.append(Facts(*values))
        return found


def decide(fact: Facts, policy: SendingPolicy, workspace_zone: str, now: dt.datetime) -> Verdict:
    """The first rule that objects, in the order in which they weigh."""
    if reason := _forbidden(fact, now):
        return Verdict(reason)
    if fact.is_marketing:
        if policy.cap_messages is not None and fact.recent >= policy.cap_messages:
            return Verdict("capped")
        return _quiet(fact, policy, workspace_zone, now)
    return Verdict()


def _forbidden(fact: Facts, now: dt.datetime) -> str:
    rules = (
        ("gone", fact.person_id is None),
        ("erased", fact.erased),
        ("restricted", fact.restricted),
        ("cancelled", fact.cancelled),
        ("no_address", not fact.address),
        ("suppressed", _is_suppressed(fact)),
        ("withdrawn", fact.is_marketing and fact.consent == "withdrawn"),
        ("no_consent", fact.basis == Purpose.Basis.CONSENT and fact.consent != "granted"),
        ("late", now >= fact.expires_at),
        ("duplicate", fact.duplicate),
    )
    return next((reason for reason, applies in rules if applies), "")


def _is_suppressed(fact: Facts) -> bool:
    """Unsubscribing from everything ends marketing; every other reason ends all mail."""
    if fact.suppressed == Suppression.Reason.UNSUBSCRIBED:
        return fact.is_marketing
    return fact.suppressed is not None


def _quiet(fact: Facts, policy: SendingPolicy, workspace_zone: str, now: dt.datetime) -> Verdict:
    if policy.quiet_from is None or policy.quiet_until is None:
        return Verdict()
    zone = quiet.zone_of(fact.traits or {}, workspace_zone)
    moment = quiet.allowed_from(now, zone, policy.quiet_from, policy.quiet_until)
    if moment is None:
        return Verdict()
    return Verdict("quiet", None if moment >= fact.expires_at else moment)


def explain(
    fact: Facts, verdict: Verdict, policy: SendingPolicy, workspace_zone: str, now: dt.datetime
) -> dict[str, Any]:
    """What was looked at and what came out, as kept with the delivery. JSON-ready, no address in it."""
    zone = quiet.zone_of(fact.traits or {}, workspace_zone)
    told: dict[str, Any] = {
        "at": now.isoformat(),
        "verdict": verdict.reason or "allowed",
        "purpose": fact.purpose,
        "basis": fact.basis,
        "suppressed": fact.suppressed,
        "expires_at": fact.expires_at.isoformat(),
        "zone": str(zone),
        "local_time": now.astimezone(zone).strftime("%H:%M"),
        "cap": {"used": fact.recent, "limit": policy.cap_messages, "days": policy.cap_days},
        "consent": None,
    }
    if policy.quiet_from and policy.quiet_until:
        told["quiet_hours"] = f"{policy.quiet_from:%H:%M}–{policy.quiet_until:%H:%M}"
    if verdict.not_before:
        told["not_before"] = verdict.not_before.isoformat()
    if fact.consent:
        told["consent"] = {
            "state": fact.consent,
            "at": cast("dt.datetime", fact.consent_at).isoformat(),
            "record": fact.consent_record,
            "source": fact.consent_source,
        }
    return told
