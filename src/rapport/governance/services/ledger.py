"""The set-based statements under the consent ledger. Only `services.consent` calls them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from rapport.core import sql
from rapport.governance.consent_rule import PUBLIC_KEY

# One statement: new lines in, and the state rows they outrank are moved to them. The order of rows is
# fixed, so that two writers that meet on the same persons wait for each other instead of deadlocking.
_APPEND = """
WITH given AS (
    SELECT person_id, purpose_id, channel, state, at, %b::timestamptz AS recorded_at, source, %b::text AS actor,
        event_message_id, address_hash, evidence::jsonb, basis, wording.id AS wording_id, form_version, language,
        nullif(ends, '')::timestamptz AS expires_at
    FROM unnest(%b::uuid[], %b::bigint[], %b::text[], %b::text[], %b::timestamptz[], %b::text[], %b::text[],
        %b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[])
        AS line(person_id, purpose_id, channel, state, at, source, event_message_id, address_hash, evidence, basis,
            sha256, form_version, language, ends)
    LEFT JOIN governance_consentwording AS wording ON wording.sha256 = line.sha256
), added AS (
    INSERT INTO governance_consentrecord
        (person_id, purpose_id, channel, state, at, recorded_at, source, actor, event_message_id, address_hash,
        evidence, basis, wording_id, form_version, language, expires_at)
    SELECT person_id, purpose_id, channel, state, at, recorded_at, source, actor, event_message_id, address_hash,
        evidence, basis, wording_id, form_version, language, expires_at
    FROM given ORDER BY person_id, purpose_id, channel, at
    ON CONFLICT (person_id, purpose_id, channel, event_message_id) WHERE NOT (event_message_id = '')
    DO NOTHING
    RETURNING id, person_id, purpose_id, channel, state, at, expires_at
), moved AS (
    INSERT INTO governance_consent AS standing (person_id, purpose_id, channel, state, at, record_id, expires_at)
    SELECT DISTINCT ON (person_id, purpose_id, channel)
        person_id, purpose_id, channel, state, at, id, expires_at
    FROM added ORDER BY person_id, purpose_id, channel, (state = 'pending'), at DESC, (state = 'withdrawn') DESC, id
    ON CONFLICT (person_id, purpose_id, channel) DO UPDATE
    SET state = excluded.state, at = excluded.at, record_id = excluded.record_id, expires_at = excluded.expires_at
    WHERE CASE
        WHEN excluded.state = 'pending' THEN standing.state = 'expired'
            OR standing.state = 'pending' AND excluded.at > standing.at
        WHEN standing.state = 'pending' THEN true
        ELSE (excluded.at, excluded.state = 'withdrawn') > (standing.at, standing.state = 'withdrawn') END
    RETURNING person_id
)
SELECT (SELECT count(*) FROM added), coalesce((SELECT array_agg(DISTINCT person_id) FROM moved), '{}')
"""

_WORDINGS = """
INSERT INTO governance_consentwording (sha256, text, first_used_at)
SELECT sha256, text, %b FROM unnest(%b::text[], %b::text[]) AS wording (sha256, text) ORDER BY sha256
ON CONFLICT (sha256) DO NOTHING
"""

_ADDRESSES = """
INSERT INTO governance_addresswithdrawal (purpose_id, channel, address_hash, at, source)
SELECT DISTINCT ON (address_hash, purpose_id, channel) purpose_id, channel, address_hash, at, source
FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::timestamptz[], %b::text[])
    AS withdrawn (purpose_id, channel, address_hash, at, source)
ORDER BY address_hash, purpose_id, channel, at DESC
ON CONFLICT (address_hash, purpose_id, channel) DO UPDATE SET at = excluded.at, source = excluded.source
WHERE excluded.at > governance_addresswithdrawal.at
"""

_CLEAR = "DELETE FROM governance_consent WHERE person_id = ANY(%s)"
_REBUILD = f"""
INSERT INTO governance_consent (person_id, purpose_id, channel, state, at, record_id, expires_at)
SELECT DISTINCT ON (survivor, purpose_id, channel)
    survivor, purpose_id, channel, state, at, id, expires_at
FROM (
    SELECT member.survivor, line.*, bool_or(state = 'withdrawn') OVER (
        PARTITION BY member.survivor, purpose_id, channel) AS was_withdrawn
    FROM unnest(%s::uuid[], %s::uuid[]) AS member(survivor, person_id)
    JOIN governance_consentrecord AS line USING (person_id)
) AS told
WHERE NOT (state = 'granted' AND was_withdrawn AND evidence ? '{PUBLIC_KEY}')
ORDER BY survivor, purpose_id, channel, (state = 'pending'), at DESC, (state = 'withdrawn') DESC, id
"""


def append(
    lines: Sequence[tuple[Any, ...]], *, recorded_at: dt.datetime, actor: str
) -> tuple[int, list[uuid.UUID]]:
    """Adds lines (person as bytes, purpose id, channel, state, at, and the texts source, message id, address, evidence
    as JSON, basis, SHA-256 of the wording, version of the form, language, end).

    A consent asked for and not confirmed moves no state that somebody decided on. Returns how many were new, and the
    persons whose state moved.
    """
    people, purposes, channels, states, times, *texts = (list(column) for column in zip(*lines, strict=True))
    arrays = [
        sql.UuidArray(people), purposes, sql.TextArray(channels), sql.TextArray(states), times,
        *(sql.TextArray(column) for column in texts),
    ]  # fmt: skip
    ((added, moved),) = sql.run(_APPEND, [recorded_at, actor, *arrays])
    return added, list(moved)


def keep_wordings(texts: Mapping[str, str], now: dt.datetime) -> None:
    """Keeps {SHA-256: text} of what people agreed to."""
    if texts:
        sql.run(_WORDINGS, [now, sql.TextArray(list(texts)), sql.TextArray(list(texts.values()))])


def withdraw_addresses(rows: Sequence[tuple[int, str, str, dt.datetime, str]]) -> None:
    """Notes (purpose id, channel, hash of the address, at, source) of what was withdrawn for an address."""
    if rows:
        purposes, channels, hashes, times, sources = (list(column) for column in zip(*rows, strict=True))
        sql.run(
            _ADDRESSES,
            [purposes, sql.TextArray(channels), sql.TextArray(hashes), times, sql.TextArray(sources)],
        )


def rebuild(families: Mapping[uuid.UUID, list[uuid.UUID]]) -> None:
    """Computes the state rows of each survivor anew from the lines of {survivor: [members]}.

    A grant by a public key counts only for who has withdrawn nothing: it could be told of a stranger, who is then
    merged with whom it is meant for.
    """
    pairs = [(survivor, member) for survivor, members in families.items() for member in members]
    with connection.cursor() as cursor:
        cursor.execute(_CLEAR, [sorted({member for _survivor, member in pairs} | set(families))])
        cursor.execute(_REBUILD, [[pair[0] for pair in pairs], [pair[1] for pair in pairs]])


_RECORDED = """
SELECT n FROM unnest(%b::int[], %b::uuid[], %b::text[], %b::text[], %b::text[], %b::timestamptz[])
    AS stated (n, person, purpose, channel, state, at)
WHERE EXISTS (
    SELECT 1 FROM governance_consentrecord r JOIN governance_purpose p ON p.id = r.purpose_id
    WHERE r.person_id = stated.person AND p.key = stated.purpose AND r.channel = stated.channel
        AND r.state = stated.state AND (r.at = stated.at OR (stated.at = %b AND r.evidence ? 'import')))
"""


def recorded_before(
    statements: Sequence[tuple[uuid.UUID, str, str, str, dt.datetime]], run_at: dt.datetime
) -> set[int]:
    """Places of the statements (person, purpose, channel, state, at) that a line says already.

    What is said as of `run_at`, the time of an import, has no time of its own: any earlier import's line will do.
    """
    columns = [list(column) for column in zip(*statements, strict=True)]
    return {n for (n,) in sql.run(_RECORDED, [list(range(len(statements))), *columns, run_at])}
