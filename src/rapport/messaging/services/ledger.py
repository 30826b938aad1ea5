"""The send ledger's moves: claim, hand over, record, release, recover. Each is one guarded statement.

A row is claimed with a lease and a fence that grows; whoever comes back with an old fence changes nothing.
`handed_over_at` is committed before the first byte leaves, so after a death it is known which rows may have
been sent: those become uncertain and are never sent again; the others go back into the queue.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from rapport.core import crypto
from rapport.core.queries import workspace
from rapport.governance.models import MARKETING
from rapport.messaging.models import SendingPolicy
from rapport.messaging.services import gate
from rapport.messaging.services.gate import Candidate, Facts, Verdict
from rapport.people import queries as people
from rapport.people.models import Person
from rapport.people.normalise import normalise

GATE_LOCK = 0x6761_7465  # one claim at a time, so that caps and duplicate addresses are counted once
LEASE = dt.timedelta(seconds=60)  # renewed by `keeper` for as long as the sender lives

_LIVE = """
SELECT s.id, s.channel FROM messaging_send s
WHERE s.completed_at IS NULL AND s.channel = ANY(%s)
  AND NOT EXISTS (SELECT 1 FROM messaging_sendhold h WHERE h.send_id = s.id AND h.released_at IS NULL)
ORDER BY s.send_at, s.id
"""
_PICK = """
SELECT id, channel, person_id FROM messaging_delivery
WHERE send_id = %s AND state = 'queued' AND not_before <= %s
ORDER BY not_before LIMIT %s FOR UPDATE SKIP LOCKED
"""
_APPLY = """
UPDATE messaging_delivery d SET
    state = t.state, reason = t.reason, address = t.address, fence = d.fence + 1,
    not_before = coalesce(t.not_before, d.not_before),
    lease_until = CASE WHEN t.state = 'claimed' THEN %(lease)s::timestamptz END,
    finished_at = CASE WHEN t.state = 'skipped' THEN %(now)s::timestamptz END,
    explanation = d.explanation || jsonb_build_object('gate', t.told)
FROM jsonb_to_recordset(%(rows)s::jsonb)
    AS t(id uuid, state text, reason text, address text, not_before timestamptz, told jsonb)
WHERE d.id = t.id
"""
_HAND_OVER = """
UPDATE messaging_delivery d SET handed_over_at = %(now)s, lease_until = %(lease)s, attempts = d.attempts + 1
FROM unnest(%(ids)s::uuid[], %(fences)s::bigint[], %(people)s::uuid[], %(hashes)s::text[])
    AS t(id, fence, person_id, hash),
    messaging_send s, governance_purpose pu, people_person p
WHERE d.id = t.id AND d.fence = t.fence AND d.state = 'claimed' AND d.handed_over_at IS NULL
  AND s.id = d.send_id AND pu.id = s.purpose_id AND p.id = t.person_id
  AND s.cancelled_at IS NULL AND p.erased_at IS NULL AND p.restricted_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM messaging_sendhold h WHERE h.send_id = s.id AND h.released_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM governance_suppression su
                  WHERE su.channel = s.channel AND su.address_hash = t.hash
                    AND (su.reason <> 'unsubscribed' OR pu.basis = ANY(%(marketing)s)))
  AND CASE WHEN pu.basis = 'consent' THEN EXISTS (
               SELECT 1 FROM governance_consent co WHERE co.person_id = p.id AND co.purpose_id = pu.id
                 AND co.channel = s.channel AND co.state = 'granted')
           WHEN pu.basis = ANY(%(marketing)s) THEN NOT EXISTS (
               SELECT 1 FROM governance_consent co WHERE co.person_id = p.id AND co.purpose_id = pu.id
                 AND co.channel = s.channel AND co.state = 'withdrawn')
           ELSE true END
RETURNING d.id
"""
_RELEASE = """
UPDATE messaging_delivery d SET state = 'queued', lease_until = NULL, handed_over_at = NULL, fence = d.fence + 1,
    address = '', not_before = %s, detail = coalesce(nullif(%s, ''), d.detail)
FROM unnest(%s::uuid[], %s::bigint[]) AS t(id, fence)
WHERE d.id = t.id AND d.fence = t.fence AND d.state = 'claimed' AND d.handed_over_at IS NULL
"""
_RECORD = """
UPDATE messaging_delivery d SET
    state = t.state, reason = t.reason, detail = t.detail, provider_id = t.provider_id, lease_until = NULL,
    fence = CASE WHEN t.state = 'queued' THEN d.fence + 1 ELSE d.fence END,
    address = CASE WHEN t.state = 'queued' THEN '' ELSE d.address END,
    handed_over_at = CASE WHEN t.state = 'queued' THEN NULL ELSE d.handed_over_at END,
    not_before = coalesce(t.not_before, d.not_before),
    finished_at = CASE WHEN t.state = 'queued' THEN NULL ELSE %(now)s::timestamptz END
FROM jsonb_to_recordset(%(rows)s::jsonb) AS t(id uuid, fence bigint, state text, reason text, detail text,
                                              provider_id text, not_before timestamptz)
WHERE d.id = t.id AND d.fence = t.fence AND d.state = 'claimed' AND d.handed_over_at IS NOT NULL
RETURNING d.id
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that the gate let through; `fence` proves the claim."""

    fact: Facts
    fence: int

    @property
    def id(self) -> uuid.UUID:
        return self.fact.delivery_id


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a delivery that was handed over; `state` queued means again, at `not_before`."""

    id: uuid.UUID
    fence: int
    state: str
    reason: str = ""
    detail: str = ""
    provider_id: str = ""
    not_before: dt.datetime | None = None


@transaction.atomic
def claim(limit: int, now: dt.datetime, channels: Sequence[str] = ("email",)) -> tuple[list[Claimed], int]:
    """Takes up to `limit` due deliveries through the gate. Returns those let through, and how many were judged."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [GATE_LOCK])
    batch = _pick(limit, now, channels)
    if not batch:
        return [], 0
    policy = SendingPolicy.objects.first() or SendingPolicy()
    zone = workspace().time_zone
    judged = _judge(gate.facts(batch, policy, now), policy, zone, now)
    rows = [
        {
            "id": str(fact.delivery_id),
            "state": _state_after(verdict),
            "reason": "" if verdict.allowed or verdict.not_before else verdict.reason,
            "address": fact.address if verdict.allowed else "",
            "not_before": verdict.not_before.isoformat() if verdict.not_before else None,
            "told": gate.explain(fact, verdict, policy, zone, now),
        }
        for fact, verdict in judged
    ]
    with connection.cursor() as cursor:
        cursor.execute(_APPLY, {"rows": json.dumps(rows), "lease": now + LEASE, "now": now})
    return [Claimed(fact, fact.fence + 1) for fact, verdict in judged if verdict.allowed], len(judged)


def _pick(limit: int, now: dt.datetime, channels: Sequence[str]) -> list[Candidate]:
    """Due rows, oldest send first, locked, with the address they would go to now."""
    rows: list[tuple[uuid.UUID, str, uuid.UUID | None]] = []
    with connection.cursor() as cursor:
        cursor.execute(_LIVE, [list(channels)])
        for send_id, _channel in cursor.fetchall():
            cursor.execute(_PICK, [send_id, now, limit - len(rows)])
            rows += cursor.fetchall()
            if len(rows) >= limit:
                break
    return _addressed(rows) if rows else []


def _addressed(rows: Sequence[tuple[uuid.UUID, str, uuid.UUID | None]]) -> list[Candidate]:
    """Follows merges, so that what is asked and sent is about who the person is now."""
    survivors = people.survivor_of({row[2] for row in rows if row[2] is not None})
    known = Person.objects.filter(pk__in=set(survivors.values())).values_list("pk", "email", "traits__phone")
    contact = {pk: {"email": email, "phone": phone} for pk, email, phone in known}
    found = []
    for delivery_id, channel, person_id in rows:
        survivor = survivors.get(person_id) if person_id else None
        raw = contact.get(survivor, {}).get("email" if channel == "email" else "phone") if survivor else ""
        address = normal_address(channel, str(raw or ""))
        hashed = crypto.address_hash(channel, address) if address else ""
        found.append(Candidate(delivery_id, survivor, address, hashed))
    return found


def normal_address(channel: str, address: str) -> str:
    """The address as it is hashed and compared, or an empty text if there is none."""
    if not address:
        return ""
    return normalise("email" if channel == "email" else "phone", address) or ""


def _judge(
    facts: list[Facts], policy: SendingPolicy, zone: str, now: dt.datetime
) -> list[tuple[Facts, Verdict]]:
    """Decides in order, counting what this very batch lets through towards caps and duplicate addresses."""
    judged: list[tuple[Facts, Verdict]] = []
    taken: set[tuple[int, str]] = set()
    more: dict[uuid.UUID, int] = {}
    for fact in facts:
        extra = more.get(fact.person_id, 0) if fact.person_id else 0
        seen = _with(fact, duplicate=fact.duplicate or (fact.send_id, fact.address) in taken, recent=extra)
        verdict = gate.decide(seen, policy, zone, now)
        if verdict.allowed:
            taken.add((fact.send_id, fact.address))
            if fact.person_id and fact.is_marketing:
                more[fact.person_id] = extra + 1
        judged.append((seen, verdict))
    return judged


def _with(fact: Facts, *, duplicate: bool, recent: int) -> Facts:
    if duplicate == fact.duplicate and not recent:
        return fact
    return dataclasses.replace(fact, duplicate=duplicate, recent=fact.recent + recent)


def _state_after(verdict: Verdict) -> str:
    if verdict.allowed:
        return "claimed"
    return "queued" if verdict.not_before else "skipped"


def hand_over(batch: Sequence[Claimed], now: dt.datetime) -> set[uuid.UUID]:
    """Marks as handed over those that still may go (asked again, this instant) and are still ours."""
    with connection.cursor() as cursor:
        cursor.execute(
            _HAND_OVER,
            {
                "now": now,
                "lease": now + LEASE,
                "ids": [one.id for one in batch],
                "fences": [one.fence for one in batch],
                "people": [one.fact.person_id for one in batch],
                "hashes": [crypto.address_hash(one.fact.channel, one.fact.address) for one in batch],
                "marketing": list(MARKETING),
            },
        )
        return {row[0] for row in cursor.fetchall()}


def release(batch: Sequence[Claimed], not_before: dt.datetime, detail: str = "") -> None:
    """Gives back what was not handed over; it meets the gate again at `not_before`."""
    if not batch:
        return
    ids, fences = [one.id for one in batch], [one.fence for one in batch]
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, [not_before, detail, ids, fences])


def record(settled: Sequence[Settled], now: dt.datetime) -> set[uuid.UUID]:
    """Writes down outcomes; returns the ids that were still ours to decide."""
    rows: list[dict[str, Any]] = [
        {
            "id": str(one.id),
            "fence": one.fence,
            "state": one.state,
            "reason": one.reason,
            "detail": one.detail.replace("\0", ""),
            "provider_id": one.provider_id.replace("\0", ""),
            "not_before": one.not_before.isoformat() if one.not_before else None,
        }
        for one in settled
    ]
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, {"rows": json.dumps(rows), "now": now})
        return {row[0] for row in cursor.fetchall()}


@transaction.atomic
def recover(now: dt.datetime) -> int:
    """Settles claims whose holder died: handed over means uncertain for ever, otherwise back to the queue."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH dead AS (SELECT id FROM messaging_delivery WHERE state = 'claimed' AND lease_until < %(now)s
                          LIMIT 1000 FOR UPDATE SKIP LOCKED)
            UPDATE messaging_delivery d SET
                state = CASE WHEN d.handed_over_at IS NULL THEN 'queued' ELSE 'uncertain' END,
                reason = CASE WHEN d.handed_over_at IS NULL THEN '' ELSE 'lost' END,
                address = CASE WHEN d.handed_over_at IS NULL THEN '' ELSE d.address END,
                finished_at = CASE WHEN d.handed_over_at IS NULL THEN NULL ELSE %(now)s::timestamptz END,
                lease_until = NULL, fence = d.fence + 1
            FROM dead WHERE d.id = dead.id
            """,
            {"now": now},
        )
        return int(cursor.rowcount)
