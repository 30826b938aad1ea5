"""What the gate would have said of messages at past moments, as far as the ledgers know; nothing is sent or noted.

Consent and suppressions are those of the moment, and so is what the person had received by then. Addresses, caps, quiet
hours, people's own limits and facts that stop marketing are as they are now: nobody keeps what they were.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import heapq
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rapport.channels.registry import channel_kind
from rapport.core import crypto, sql
from rapport.experiments.services import holdouts
from rapport.governance.consent_rule import consent_rule, is_marketing
from rapport.governance.models import Purpose
from rapport.messaging.services import gate, marketing_facts
from rapport.messaging.services.gate import GateInput
from rapport.messaging.services.gate_inputs import policy_now
from rapport.messaging.services.marketing_rules import Marketing, Policy, Received
from rapport.people.queries.contact import Contact, contacts

MOST_WAITS = 20
_THEN = consent_rule(
    person="t.person_id",
    purpose="t.purpose",
    channel="%(channel)s",
    address_hash="t.hash",
    now="t.at",
    may_lack_purpose=True,
    family="string_to_array(t.family, ',')::uuid[]",
)
_CONSENTS = f"""
SELECT {_THEN.columns}, {_THEN.refusal}
FROM unnest(%(people)s::uuid[], %(families)s::text[], %(hashes)s::text[], %(purposes)s::bigint[],
            %(moments)s::timestamptz[]) WITH ORDINALITY AS t(person_id, family, hash, purpose, at, place) {_THEN.joins}
ORDER BY t.place
"""
_GOT = f"""
SELECT x.person_id, x.channel, s.purpose_id, coalesce(x.finished_at, x.handed_over_at), s.origin, s.origin_id
FROM messaging_delivery x JOIN messaging_send s ON s.id = x.send_id
WHERE x.person_id = ANY(%(people)s) AND x.state NOT IN ('queued', 'skipped', 'failed')
    AND coalesce(x.finished_at, x.handed_over_at) > %(since)s AND coalesce(x.finished_at, x.handed_over_at) < %(until)s
    AND NOT (s.origin = %(origin)s AND starts_with(s.origin_id, %(beginning)s)) AND {is_marketing("s.purpose_id")}
"""


@dataclass(frozen=True, slots=True)
class Planned:
    """A message that would be ordered: for whom, over which channel, for which purpose (its key), and when.

    What still waits at `until` is never sent.
    """

    person_id: uuid.UUID
    channel: str
    purpose: str
    at: dt.datetime
    until: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would become of it, and when: `reason` is empty if it goes out. `near` are others' messages within a day."""

    reason: str
    at: dt.datetime
    near: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Got:
    """A message somebody got in reality, of another origin."""

    received: Received
    origin: tuple[str, str]


class Steady:
    """What does not depend on the moment of a message: of these people, each read once when it is first asked for."""

    def __init__(self, person_ids: Collection[uuid.UUID]) -> None:
        self._people = list(person_ids)
        self._of_channel: dict[str, Mapping[uuid.UUID, tuple[Contact, str]]] = {}

    @cached_property
    def policy(self) -> Policy:
        return policy_now()

    @cached_property
    def purposes(self) -> Mapping[str, int]:
        return dict(Purpose.objects.values_list("key", "pk"))

    @cached_property
    def held_back(self) -> set[uuid.UUID]:
        return set(holdouts.members(self._people))

    def contacts(self, channel: str) -> Mapping[uuid.UUID, tuple[Contact, str]]:
        """{person: their contact, and the hash of its address}"""
        if channel not in self._of_channel:
            kind = channel_kind(channel)
            rows = contacts(set(self._people), kind.identifier, kind.addresses)
            self._of_channel[channel] = {
                person: (row, crypto.address_hash(channel, row.address) if row.address else "")
                for person, row in rows.items()
            }
        return self._of_channel[channel]


def foresee(planned: Sequence[Planned], *, without: tuple[str, str], now: dt.datetime) -> list[Foreseen]:
    """In their order. `without` is an origin, and how its ids begin, whose real messages do not count."""
    if not planned:
        return []
    steady = Steady({message.person_id for message in planned})
    policy, inputs = steady.policy, _inputs(planned, steady)
    by_person: dict[uuid.UUID, list[int]] = defaultdict(list)
    for number, message in enumerate(planned):
        by_person[message.person_id].append(number)
    families = {row.contact.id: row.contact.family for row in inputs if row.contact}
    heads = {member: home for home, family in families.items() for member in family}
    limits = marketing_facts.own_limits(heads)
    got = _got(heads, marketing_facts.furthest(list(limits.values()), policy), planned, without)
    blocks = marketing_facts.blocks(families, now) if policy.has_blocks else {}
    answers: dict[int, Foreseen] = {}
    for person, numbers in by_person.items():
        base = Marketing(own_limit=limits.get(person), blocks=blocks.get(person, ()))
        answers |= _judge(
            {number: inputs[number] for number in numbers}, planned, base, got.get(person, []), policy
        )
    return [answers[number] for number in range(len(planned))]


def refusals_then(planned: Sequence[Planned], steady: Steady) -> dict[uuid.UUID, str]:
    """{person: why nothing of the purpose could be sent to them then, or ""}; missing: they are gone."""
    inputs = _inputs(planned, steady)
    return {
        row.contact.id: row.contact.barred
        or ("" if row.address else "no_address")
        or row.refusal
        or ("blocked" if row.is_marketing and row.contact.id in steady.held_back else "")
        for row in inputs
        if row.contact
    }


def _judge(
    inputs: Mapping[int, GateInput],
    planned: Sequence[Planned],
    base: Marketing,
    got: Sequence[_Got],
    policy: Policy,
) -> dict[int, Foreseen]:
    """One person's messages in the order in which they come due; one that has to wait comes up again."""
    due = [(planned[number].at, number, 0) for number in inputs]
    heapq.heapify(due)
    sent: list[Received] = []
    answers: dict[int, Foreseen] = {}
    while due:
        at, number, waits = heapq.heappop(due)
        fact, until = inputs[number], planned[number].until
        if until is not None and at > until:
            answers[number] = Foreseen("left", until, _near(got, until))
            continue
        received = [entry.received for entry in got if entry.received.at <= at]
        marketing = dataclasses.replace(base, received=(*received, *sent))
        verdict = gate.decide(dataclasses.replace(fact, marketing=marketing), policy, at)
        if verdict.not_before and verdict.not_before > at and waits < MOST_WAITS:
            heapq.heappush(due, (verdict.not_before, number, waits + 1))
            continue
        answers[number] = Foreseen(verdict.reason, at, _near(got, at))
        if verdict.allowed and fact.is_marketing:
            sent.append(Received(fact.channel, fact.purpose, at))
    return answers


def _near(got: Sequence[_Got], at: dt.datetime) -> tuple[tuple[str, str], ...]:
    day = dt.timedelta(days=1)
    return tuple(entry.origin for entry in got if abs(entry.received.at - at) < day)


def _inputs(planned: Sequence[Planned], steady: Steady) -> list[GateInput]:
    """What the gate would have looked at, beside what was received."""
    lateness = dt.timedelta(hours=steady.policy.limits.lateness_hours)
    inputs: dict[int, GateInput] = {}
    for channel in sorted({message.channel for message in planned}):
        numbers = [number for number, message in enumerate(planned) if message.channel == channel]
        people = [planned[number].person_id for number in numbers]
        pairs = [steady.contacts(channel).get(person, (None, "")) for person in people]
        rows = sql.run(
            _CONSENTS,
            {
                "channel": channel,
                "people": people,
                "families": [_joined(contact) for contact, _hash in pairs],
                "hashes": [address_hash for _contact, address_hash in pairs],
                "purposes": [steady.purposes.get(planned[number].purpose, 0) for number in numbers],
                "moments": [planned[number].at for number in numbers],
            },
        )
        for number, columns, (contact, _hash) in zip(numbers, rows, pairs, strict=True):
            until = planned[number].at + lateness
            address = contact.address if contact else ""
            nothing_yet: list[Any] = [uuid.UUID(int=0), 0, 0, "", "", {}]
            rest = [*nothing_yet, *columns, channel, until, False, False]
            inputs[number] = GateInput(0, contact, address, *rest)
    return [inputs[number] for number in range(len(planned))]


def _joined(contact: Contact | None) -> str:
    return ",".join(map(str, contact.family)) if contact else ""


def _got(
    heads: Mapping[uuid.UUID, uuid.UUID],
    back: dt.timedelta,
    planned: Sequence[Planned],
    without: tuple[str, str],
) -> dict[uuid.UUID, list[_Got]]:
    """{person: what they got in reality around these messages}."""
    day = dt.timedelta(days=1)
    values = {
        "people": list(heads),
        "since": min(message.at for message in planned) - max(back, day),
        "until": max(message.at for message in planned) + max(back, day),
        "origin": without[0],
        "beginning": without[1],
    }
    by_person: dict[uuid.UUID, list[_Got]] = defaultdict(list)
    keys = dict(Purpose.objects.values_list("pk", "key"))
    for member, channel, purpose, at, origin, origin_id in sql.run(_GOT, values):
        by_person[heads[member]].append(_Got(Received(channel, keys[purpose], at), (origin, origin_id)))
    return by_person
