"""Who would get a campaign if it were sent now, and who would not, and why."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from rapport.channels.registry import channel_kind
from rapport.core.clock import SYSTEM, Clock
from rapport.experiments.services import holdouts
from rapport.governance.consent_rule import consent_rule
from rapport.governance.models import Purpose
from rapport.messaging.models import FrequencyCap
from rapport.messaging.queries import sending_policy
from rapport.messaging.queries.reach import HELD_BACK, judged
from rapport.people.queries.contact import Contact, contact_rule, contacts
from rapport.segments.models import Membership, Segment
from rapport.segments.queries.segments import members_sql

# Above this, not every address is hashed for a preview: those of so many persons, drawn at random, stand for all.
EXACT_UP_TO = 20_000
SAMPLE = 20_000
BY_ADDRESS = ("suppressed", "address_withdrawn")


@dataclass(frozen=True, slots=True)
class Audience:
    """`refused` is {reason: persons}; `exact` is false when refusals of addresses are estimated from a sample."""

    total: int
    receives: int
    refused: dict[str, int] = field(default_factory=dict)
    exact: bool = True
    has_cap: bool = False
    has_quiet_hours: bool = False


def audience_of(segment: Segment, purpose: Purpose, channel: str, clock: Clock = SYSTEM) -> Audience:
    """Counts members by what the gate would say now (caps and quiet hours are decided at send time)."""
    members = Membership.objects.filter(segment=segment)
    now = clock.now()
    exact = members.count() <= EXACT_UP_TO
    if exact:
        counted = _one_by_one(list(members.values_list("person_id", flat=True)), purpose, channel, now)
    else:
        counted = _at_once(segment, purpose, channel, now)
        _estimate_addresses(counted, segment, purpose, channel, now)
    policy = sending_policy()
    receives = counted.pop("", 0)
    return Audience(
        total=sum(counted.values()) + receives,
        receives=receives,
        refused=dict(counted),
        exact=exact,
        has_cap=FrequencyCap.objects.exists(),
        has_quiet_hours=policy.quiet_from is not None and policy.quiet_until is not None,
    )


def sample_of(
    segment: Segment, purpose: Purpose, channel: str, *, share: float, most: int, clock: Clock = SYSTEM
) -> list[Contact]:
    """Some of those who would get it, by all that is known without their addresses, drawn at random."""
    refusal, source, values = _judged(segment, purpose, channel, clock.now())
    drawn = f"SELECT m.person_id {source} WHERE {refusal} = '' AND random() < %(share)s LIMIT %(most)s"
    members = [person for (person,) in _rows(drawn, values | {"share": share, "most": most})]
    kind = channel_kind(channel)
    return list(contacts(members, kind.identifier, kind.addresses).values())


def _estimate_addresses(
    counted: Counter[str], segment: Segment, purpose: Purpose, channel: str, now: dt.datetime
) -> None:
    """Of those who would receive by all that is known without their addresses, moves as large a share to each refusal
    of an address as has it in a sample of them.
    """
    receives = counted[""]
    if not receives:
        return
    refusal, source, values = _judged(segment, purpose, channel, now)
    drawn = f"SELECT m.person_id {source} WHERE {refusal} = '' AND random() < %(share)s"
    members = [person for (person,) in _rows(drawn, values | {"share": SAMPLE / receives})]
    seen = _one_by_one(members, purpose, channel, now)
    for reason in BY_ADDRESS:
        if number := round(receives * seen[reason] / max(1, seen.total())):
            counted[reason] += number
            counted[""] -= number


def _one_by_one(members: list[uuid.UUID], purpose: Purpose, channel: str, now: dt.datetime) -> Counter[str]:
    """Persons by reason, with the suppression of each address and repeated addresses."""
    reasons, taken = Counter[str](), set[str]()
    for _contact, address_hash, reason in judged(members, purpose, channel, now):
        reasons[reason or ("duplicate" if address_hash in taken else "")] += 1
        if not reason:
            taken.add(address_hash)
    return reasons


def _at_once(segment: Segment, purpose: Purpose, channel: str, now: dt.datetime) -> Counter[str]:
    """Persons by reason in one statement, without a look at each address."""
    refusal, source, values = _judged(segment, purpose, channel, now)
    return Counter(dict(_rows(f"SELECT {refusal}, count(*) {source} GROUP BY 1", values)))


def _judged(
    segment: Segment, purpose: Purpose, channel: str, now: dt.datetime
) -> tuple[str, str, dict[str, Any]]:
    """SQL: why a member is refused but for their address, the FROM clause it needs, and its parameters."""
    rule = consent_rule(person="m.person_id", purpose="%(purpose)s", channel="%(channel)s", now="%(now)s")
    kind = channel_kind(channel)
    reach = contact_rule("m.person_id", kind.identifier, kind.addresses)
    values = {"segment": segment.pk, "purpose": purpose.pk, "channel": channel, "now": now}
    held_back = holdouts.member_sql("m.person_id") if purpose.is_marketing else "FALSE"
    last = f"CASE WHEN {held_back} THEN '{HELD_BACK}' ELSE '' END"
    return (
        f"coalesce(nullif({reach.refusal}, ''), nullif({rule.refusal}, ''), {last})",
        f"FROM {members_sql('%(segment)s')} m {reach.joins} {rule.joins}",
        values | reach.parameters,
    )


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
