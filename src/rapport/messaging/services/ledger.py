"""The send ledger's later moves: hand over, record, release, recover. Each is one guarded statement.

A row is claimed with a lease and a fence that grows; whoever comes back with an old fence changes nothing.
`handed_over_at` is committed before the first byte leaves, so after a death it is known which rows may have
been sent: those become uncertain and are never sent again; the others go back into the queue.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from rapport.core import crypto, sql
from rapport.core.services import incarnations
from rapport.governance.consent_rule import consent_rule
from rapport.messaging.services.claiming import Claimed
from rapport.people.queries.contact import barred

_CONSENT = consent_rule(
    person="t.person_id", purpose="s.purpose_id", channel="s.channel", address_hash="t.hash", now="%(now)s"
)
# By id, not by state, whatever the planner last heard of how few are claimed: hence IS TRUE.
_HAND_OVER = f"""
WITH may AS MATERIALIZED (
    SELECT t.id, t.fence, t.context
    FROM unnest(%(ids)s::uuid[], %(fences)s::bigint[], %(sends)s::bigint[], %(people)s::uuid[], %(hashes)s::text[],
        %(contexts)s::text[]) AS t(id, fence, send_id, person_id, hash, context)
    JOIN messaging_send s ON s.id = t.send_id {_CONSENT.joins}
    WHERE s.cancelled_at IS NULL AND {_CONSENT.refusal} = '' AND {barred("t.person_id")} = '' AND NOT EXISTS (
        SELECT FROM messaging_sendhold h WHERE h.send_id = s.id AND h.released_at IS NULL)
)
UPDATE messaging_delivery d SET handed_over_at = %(now)s, attempts = d.attempts + 1, context = may.context::jsonb
FROM may
WHERE d.id = may.id AND d.fence = may.fence AND (d.state = 'claimed') IS TRUE AND d.handed_over_at IS NULL
    AND {incarnations.AS_CONFIRMED}
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
WHERE d.id = t.id AND d.fence = t.fence AND (d.state = 'claimed') IS TRUE AND d.handed_over_at IS NOT NULL
RETURNING d.id
"""
_RECOVER = """
WITH dead AS (SELECT id FROM messaging_delivery WHERE state = 'claimed' AND lease_until < %(now)s
              LIMIT 1000 FOR UPDATE SKIP LOCKED)
UPDATE messaging_delivery d SET
    state = CASE WHEN d.handed_over_at IS NULL THEN 'queued' ELSE 'uncertain' END,
    reason = CASE WHEN d.handed_over_at IS NULL THEN '' ELSE 'lost' END,
    address = CASE WHEN d.handed_over_at IS NULL THEN '' ELSE d.address END,
    finished_at = CASE WHEN d.handed_over_at IS NULL THEN NULL ELSE %(now)s::timestamptz END,
    lease_until = NULL, fence = d.fence + 1
FROM dead WHERE d.id = dead.id
"""


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


def hand_over(
    batch: Sequence[Claimed], contexts: Sequence[Mapping[str, Any]], now: dt.datetime
) -> set[uuid.UUID]:
    """Marks as handed over those that still may go (asked again, this instant) and are still ours; none when the
    database was restored, or taken over by a copy, since the claim.

    `contexts` are what each message reads of its person, kept so that it can be shown as it was sent.
    """
    values = {
        "now": now,
        "contexts": [json.dumps(context).replace("\\u0000", "") for context in contexts],
        "ids": [claim.id for claim in batch],
        "fences": [claim.fence for claim in batch],
        "sends": [claim.fact.send_id for claim in batch],
        "people": [claim.fact.person_id for claim in batch],
        "hashes": [crypto.address_hash(claim.fact.channel, claim.fact.address) for claim in batch],
    }
    return {row[0] for row in sql.run(_HAND_OVER, values | incarnations.as_confirmed(now), prepare=True)}


def release(batch: Sequence[Claimed], not_before: dt.datetime, detail: str = "") -> None:
    """Gives back what was not handed over; it meets the gate again at `not_before`."""
    if not batch:
        return
    ids, fences = [claim.id for claim in batch], [claim.fence for claim in batch]
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, [not_before, detail, ids, fences])


def record(settled: Sequence[Settled], now: dt.datetime) -> set[uuid.UUID]:
    """Writes down outcomes; returns the ids that were still ours to decide."""
    rows: list[dict[str, Any]] = [
        {
            "id": str(entry.id),
            "fence": entry.fence,
            "state": entry.state,
            "reason": entry.reason,
            "detail": entry.detail.replace("\0", ""),
            "provider_id": entry.provider_id.replace("\0", ""),
            "not_before": entry.not_before.isoformat() if entry.not_before else None,
        }
        for entry in settled
    ]
    return {row[0] for row in sql.run(_RECORD, {"rows": json.dumps(rows), "now": now}, prepare=True)}


@transaction.atomic
def recover(now: dt.datetime) -> int:
    """Settles claims whose holder died: handed over means uncertain for ever, otherwise back to the queue."""
    with connection.cursor() as cursor:
        cursor.execute(_RECOVER, {"now": now})
        return int(cursor.rowcount)
