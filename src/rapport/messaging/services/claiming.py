"""Claiming: due deliveries are taken out of the queue, put through the gate, and leased to the caller.

Several senders claim at the same time: rows are locked as they are picked and skipped by the others. What two of them
could each count once, a person's messages and an address within a send, is locked for the length of the
transaction, in one order everywhere, and counted only then.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from rapport.channels.registry import channel_kind
from rapport.core import crypto, sql
from rapport.core.services import incarnations
from rapport.governance.consent_rule import is_marketing
from rapport.messaging.services import gate, message_events
from rapport.messaging.services.gate import GateInput
from rapport.messaging.services.gate_inputs import Candidate, gate_inputs, policy_now
from rapport.messaging.services.marketing_rules import Policy, Received, Verdict
from rapport.messaging.services.pacing import paced
from rapport.people.queries.contact import contacts

LEASE = dt.timedelta(seconds=60)  # renewed by `keeper` for as long as the sender lives

# Marketing and what nobody may refuse are claimed apart, so that a receipt never waits behind a campaign. Each send
# has its share of a claim, so that a large one starves no small one.
_PICK = f"""
WITH live AS MATERIALIZED (
    SELECT s.id, row_number() OVER (ORDER BY s.priority DESC, s.send_at, s.id) AS place, count(*) OVER () AS sends
    FROM messaging_send s
    WHERE s.completed_at IS NULL AND s.channel = %(channel)s AND {is_marketing("s.purpose_id")} = %(marketing)s
        AND NOT EXISTS (SELECT FROM messaging_sendhold h WHERE h.send_id = s.id AND h.released_at IS NULL)
        AND EXISTS (SELECT FROM messaging_delivery d
            WHERE d.send_id = s.id AND d.state = 'queued' AND d.not_before <= %(now)s)
)
SELECT due.id, due.send_id, due.person_id, due.requested_address FROM live CROSS JOIN LATERAL (
    SELECT d.id, d.send_id, d.person_id, d.requested_address FROM messaging_delivery d
    WHERE d.send_id = live.id AND d.state = 'queued' AND d.not_before <= %(now)s
    ORDER BY d.not_before LIMIT greatest(%(limit)s / live.sends, 1) FOR UPDATE SKIP LOCKED
) due WHERE live.place <= %(limit)s ORDER BY live.place
"""
_APPLY = """
UPDATE messaging_delivery d SET
    state = t.state, reason = t.reason, address = t.address, fence = d.fence + 1,
    not_before = coalesce(t.not_before, d.not_before),
    lease_until = CASE WHEN t.state = 'claimed' THEN %(lease)s::timestamptz END,
    finished_at = CASE WHEN t.state = 'skipped' THEN %(now)s::timestamptz END,
    explanation = d.explanation || jsonb_build_object('gate', t.explanation)
FROM jsonb_to_recordset(%(rows)s::jsonb)
    AS t(id uuid, state text, reason text, address text, not_before timestamptz, explanation jsonb)
WHERE d.id = t.id
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that the gate let through; `fence` proves the claim."""

    fact: GateInput
    fence: int

    @property
    def id(self) -> uuid.UUID:
        return self.fact.delivery_id


@transaction.atomic
def claim(limit: int, now: dt.datetime, channel: str, *, marketing: bool) -> tuple[list[Claimed], int]:
    """Takes up to `limit` due deliveries of one kind through the gate. Returns those let through, and how many were
    judged.
    """
    candidates = _pick(limit, now, channel, marketing)
    if not candidates or not incarnations.may_send(now):
        return [], 0
    policy = policy_now()
    _lock(candidates, with_persons=marketing)
    judged = judge(gate_inputs(candidates, policy, now, marketing=marketing), policy, now)
    judged = paced(judged, channel, now, marketing=marketing)
    rows = [
        {
            "id": str(fact.delivery_id),
            "state": _state_after(verdict),
            "reason": "" if verdict.allowed or verdict.not_before else verdict.reason,
            "address": fact.address if verdict.allowed else "",
            "not_before": verdict.not_before.isoformat() if verdict.not_before else None,
            "explanation": gate.explain(fact, verdict, policy, now),
        }
        for fact, verdict in judged
    ]
    sql.run(_APPLY, {"rows": json.dumps(rows), "lease": now + LEASE, "now": now})
    refused = [
        (fact, verdict.reason) for fact, verdict in judged if verdict.reason and not verdict.not_before
    ]
    message_events.tell_skipped(refused, now)
    return [Claimed(fact, fact.fence + 1) for fact, verdict in judged if verdict.allowed], len(judged)


def _pick(limit: int, now: dt.datetime, channel: str, marketing: bool) -> list[Candidate]:
    """Due rows, oldest send first, locked, with whom and where they would go to now."""
    rows = sql.run(_PICK, {"channel": channel, "now": now, "limit": limit, "marketing": marketing})
    kind = channel_kind(channel)
    persons = contacts({row[2] for row in rows if row[2]}, kind.identifier, kind.addresses) if rows else {}
    candidates = []
    for delivery_id, send_id, person_id, requested in rows:
        contact = persons.get(person_id)
        address = requested or (contact.address if contact else "")
        hashed = crypto.address_hash(channel, address) if address else ""
        candidates.append(Candidate(delivery_id, send_id, contact, address, hashed))
    return candidates


def _lock(candidates: Sequence[Candidate], *, with_persons: bool) -> None:
    """Waits for the other senders that are just deciding about the same addresses and, for the cap, persons."""
    names = {f"{row.send_id}:{row.address_hash}" for row in candidates if row.address_hash}
    if with_persons:
        names |= {str(row.contact.id) for row in candidates if row.contact}
    sql.run("SELECT pg_advisory_xact_lock(key) FROM unnest(%b::bigint[]) AS t (key)", [_keys(names)])


def _keys(names: Iterable[str]) -> list[int]:
    """Lock keys, sorted: in one order everywhere nobody waits in a circle."""
    digests = (hashlib.blake2b(f"messaging:{name}".encode(), digest_size=8).digest() for name in names)
    return sorted(int.from_bytes(digest, "big", signed=True) for digest in digests)


def judge(
    gate_inputs: Sequence[GateInput], policy: Policy, now: dt.datetime
) -> list[tuple[GateInput, Verdict]]:
    """Decides in order, counting what this very batch lets through towards caps and duplicate addresses. Pure."""
    judged: list[tuple[GateInput, Verdict]] = []
    taken: set[tuple[int, str, str]] = set()
    more: dict[uuid.UUID | None, tuple[Received, ...]] = {}
    for read in gate_inputs:
        place = (read.send_id, read.address, read.occurrence)
        extra = more.get(read.person_id, ())
        fact = dataclasses.replace(read, duplicate=True) if place in taken else read
        if extra:
            received = (*fact.marketing.received, *extra)
            fact = dataclasses.replace(fact, marketing=dataclasses.replace(fact.marketing, received=received))
        verdict = gate.decide(fact, policy, now)
        if verdict.allowed:
            taken.add(place)
            if fact.is_marketing:
                more[fact.person_id] = (*extra, Received(fact.channel, fact.purpose, now))
        judged.append((fact, verdict))
    return judged


def _state_after(verdict: Verdict) -> str:
    if verdict.allowed:
        return "claimed"
    return "queued" if verdict.not_before else "skipped"
