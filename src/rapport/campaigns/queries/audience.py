"""Who would get a campaign if it were sent now, and who would not, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from rapport.channels.registry import channel_kind
from rapport.core import crypto
from rapport.governance.consent_rule import consent_rule
from rapport.governance.models import Purpose
from rapport.messaging.queries import sending_policy
from rapport.people.queries.contact import contact_rule, contacts
from rapport.segments.models import Membership, Segment
from rapport.segments.queries.segments import members_sql

EXACT_UP_TO = 20_000  # above this, addresses are not hashed one by one for a preview


@dataclass(frozen=True, slots=True)
class Audience:
    """`exact` is false when suppressed addresses were too many to count; `refused` is {reason: persons}."""

    total: int
    receives: int
    refused: dict[str, int] = field(default_factory=dict)
    exact: bool = True
    has_cap: bool = False
    has_quiet_hours: bool = False


def audience_of(segment: Segment, purpose: Purpose, channel: str) -> Audience:
    """Counts members by what the gate would say now (caps and quiet hours are decided at send time)."""
    exact = Membership.objects.filter(segment=segment).count() <= EXACT_UP_TO
    counted = (_one_by_one if exact else _at_once)(segment, purpose, channel)
    policy = sending_policy()
    receives = counted.pop("", 0)
    return Audience(
        total=sum(counted.values()) + receives,
        receives=receives,
        refused=dict(counted),
        exact=exact,
        has_cap=policy.cap_messages is not None,
        has_quiet_hours=policy.quiet_from is not None and policy.quiet_until is not None,
    )


def _one_by_one(segment: Segment, purpose: Purpose, channel: str) -> Counter[str]:
    """Persons by reason, with the suppression of each address and repeated addresses."""
    members = list(Membership.objects.filter(segment=segment).values_list("person_id", flat=True))
    people = list(contacts(members, channel_kind(channel).identifier).values())
    hashes = [crypto.address_hash(channel, contact.address) if contact.address else "" for contact in people]
    rule = consent_rule(
        person="t.id", purpose="%(purpose)s", channel="%(channel)s", address_hash="t.address_hash"
    )
    refusals = _rows(
        f"""SELECT {rule.refusal} FROM unnest(%(ids)s::uuid[], %(hashes)s::text[]) WITH ORDINALITY
            AS t (id, address_hash, place) {rule.joins} ORDER BY t.place""",
        {
            "purpose": purpose.pk,
            "channel": channel,
            "ids": [contact.id for contact in people],
            "hashes": hashes,
        },
    )
    reasons, taken = Counter[str](), set[str]()
    for contact, address_hash, (refusal,) in zip(people, hashes, refusals, strict=True):
        reason = contact.barred or ("" if contact.address else "no_address") or refusal
        reasons[reason or ("duplicate" if address_hash in taken else "")] += 1
        if not reason:
            taken.add(address_hash)
    return reasons


def _at_once(segment: Segment, purpose: Purpose, channel: str) -> Counter[str]:
    """Persons by reason in one statement, without a look at each address."""
    rule = consent_rule(person="m.person_id", purpose="%(purpose)s", channel="%(channel)s")
    reach = contact_rule("m.person_id", channel_kind(channel).identifier)
    statement = f"""
        SELECT coalesce(nullif({reach.refusal}, ''), {rule.refusal}), count(*)
        FROM {members_sql("%(segment)s")} m {reach.joins} {rule.joins} GROUP BY 1"""
    values = {"segment": segment.pk, "purpose": purpose.pk, "channel": channel}
    return Counter(dict(_rows(statement, values | reach.parameters)))


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
