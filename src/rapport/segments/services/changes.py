"""Writing who entered and who left: rows, sizes, events and the copy in ClickHouse, in one transaction."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec
from django.db import connection, transaction

from rapport.core import sql
from rapport.core.services.outbox import DomainEvent, emit_many
from rapport.segments.models import Segment
from rapport.segments.services import store

Row = tuple[bool, int, uuid.UUID, uuid.UUID, bool]

Fits = Mapping[uuid.UUID, Sequence[int]]

# Of every person, the positions of the segments they are in, as bits of one number for each 60 segments.
_STORED = """
    SELECT m.person_id, s.position / 60, bit_or(1::bigint << (s.position %% 60)::int)
    FROM segments_membership m JOIN unnest(%b::uuid[], %b::int[]) AS s (id, position) ON s.id = m.segment_id
    WHERE m.person_id = ANY(%b::uuid[]) GROUP BY 1, 2
"""
_LEAVE = """
    WITH gone AS (
        DELETE FROM segments_membership m USING unnest(%b::uuid[], %b::uuid[]) AS g (segment_id, person_id)
        WHERE m.segment_id = g.segment_id AND m.person_id = g.person_id
        RETURNING m.id, m.segment_id, m.person_id
    )
    SELECT FALSE, g.id, g.segment_id, g.person_id, EXISTS (
        SELECT 1 FROM people_person p
        WHERE p.id = g.person_id AND (p.merged_into_id IS NOT NULL OR p.erased_at IS NOT NULL))
    FROM gone g
"""
_ENTER = """
    WITH came AS (
        INSERT INTO segments_membership (segment_id, person_id, entered_at, definition_version)
        SELECT f.segment_id, f.person_id, %b::timestamptz, s.version
        FROM unnest(%b::uuid[], %b::uuid[]) AS f (segment_id, person_id)
            JOIN segments_segment s ON s.id = f.segment_id
            JOIN people_person p ON p.id = f.person_id AND p.merged_into_id IS NULL AND p.erased_at IS NULL
        ORDER BY f.segment_id, f.person_id
        ON CONFLICT DO NOTHING
        RETURNING id, segment_id, person_id
    )
    SELECT TRUE, id, segment_id, person_id, FALSE FROM came
"""


@transaction.atomic
def apply_difference(
    *,
    segments: Sequence[Segment],
    person_ids: Sequence[uuid.UUID],
    fits: Fits,
    now: dt.datetime,
    reason: str,
    live: bool,
) -> set[uuid.UUID]:
    """Makes `fits` {person: positions in `segments`} the membership of `person_ids`, and nobody else's.

    Returns the ids of segments in which somebody moved. `live` decisions take precedence over a whole
    computation that is under way; `reason` goes into the events ("event", "definition", "time").
    """
    ids = [segment.pk for segment in segments]
    lock(ids, shared=live)
    if live:
        _touch(ids, person_ids)
    rows = _difference(ids, person_ids, fits, now)
    if rows:
        announce(rows, {segment.pk: segment for segment in segments}, now=now, reason=reason)
        settle([store.Change(segment_id, person, entered, now) for entered, _, segment_id, person, _ in rows])
    return {row[2] for row in rows}


def settle(moved: Sequence[store.Change]) -> None:
    """Brings sizes and ClickHouse's copy in line with rows that were written, in the same transaction."""
    if moved:
        _resize(moved)
        store.spool(moved, version=_version())


def lock(segment_ids: Sequence[uuid.UUID], *, shared: bool) -> None:
    """Until the transaction ends. Live upkeep shares the lock; a whole computation has it alone."""
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    keys = sorted(segment_id.int % 2**62 for segment_id in segment_ids)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(k) FROM unnest(%s::bigint[]) AS k", [keys])


def _touch(segment_ids: Sequence[uuid.UUID], person_ids: Sequence[uuid.UUID]) -> None:
    """The shared lock keeps a computation from starting meanwhile, so none running now means none to tell."""
    started = Segment.objects.filter(pk__in=segment_ids, started_at__isnull=False).values_list(
        "pk", flat=True
    )
    if running := list(started):
        sql.run(
            "INSERT INTO segments_livedecision (segment_id, person_id)"
            " SELECT s, p FROM unnest(%b::uuid[]) AS s, unnest(%b::uuid[]) AS p ON CONFLICT DO NOTHING",
            [running, list(person_ids)],
        )


def _difference(
    segment_ids: Sequence[uuid.UUID], person_ids: Sequence[uuid.UUID], fits: Fits, now: dt.datetime
) -> list[Row]:
    """Writes what differs. Nearly everybody stands where they should, so that is found out first, as bits."""
    stored = _stored(segment_ids, person_ids)
    came: list[tuple[uuid.UUID, uuid.UUID]] = []
    gone: list[tuple[uuid.UUID, uuid.UUID]] = []
    for person in person_ids:
        wanted, has = _bits(fits.get(person, ())), stored.get(person, 0)
        if wanted != has:
            came += [(segment_ids[position], person) for position in _positions(wanted & ~has)]
            gone += [(segment_ids[position], person) for position in _positions(has & ~wanted)]
    rows: list[Row] = []
    if came:
        rows += sql.run(_ENTER, [now, *_columns(came)])
    if gone:
        rows += sql.run(_LEAVE, _columns(gone))
    return rows


def _columns(pairs: Sequence[tuple[uuid.UUID, uuid.UUID]]) -> list[sql.UuidArray]:
    return [sql.UuidArray([pair[place].bytes for pair in pairs]) for place in (0, 1)]


def _stored(segment_ids: Sequence[uuid.UUID], person_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    bits_of: dict[uuid.UUID, int] = {}
    for person, word, bits in sql.run(
        _STORED,
        [
            list(segment_ids),
            list(range(len(segment_ids))),
            sql.UuidArray([person.bytes for person in person_ids]),
        ],
    ):
        bits_of[person] = bits_of.get(person, 0) | bits << 60 * word
    return bits_of


def _bits(positions: Sequence[int]) -> int:
    bits = 0
    for position in positions:
        bits |= 1 << position
    return bits


def _positions(bits: int) -> list[int]:
    positions = []
    while bits:
        lowest = bits & -bits
        positions.append(lowest.bit_length() - 1)
        bits ^= lowest
    return positions


def _resize(moved: Sequence[store.Change]) -> None:
    """Adds what came and takes off what went, always in the same order of rows, so nobody deadlocks."""
    by: Counter[uuid.UUID] = Counter()
    for change in moved:
        by[change.segment_id] += 1 if change.member else -1
    changed = sorted(segment_id for segment_id, difference in by.items() if difference)
    list(
        Segment.objects.select_for_update(no_key=True).filter(pk__in=changed).order_by("pk").values_list("pk")
    )
    resize = """
        UPDATE segments_segment s SET size = greatest(s.size + d.difference, 0)
        FROM unnest(%s::uuid[], %s::int[]) AS d(id, difference) WHERE s.id = d.id
    """
    with connection.cursor() as cursor:
        cursor.execute(resize, [changed, [by[segment_id] for segment_id in changed]])


def announce(
    rows: Sequence[Row], by_id: Mapping[uuid.UUID, Segment], *, now: dt.datetime, reason: str
) -> None:
    """Tells the rest of Rapport who entered and left.

    A stay has its own row, so its number makes a message id that is the same however often it is told.
    Who left because they were merged or erased is nobody any more: no event.
    """
    properties = {
        segment_id: _properties(by_id[segment_id], reason) for segment_id in {row[2] for row in rows}
    }
    emit_many(
        DomainEvent(
            "Segment Entered" if entered else "Segment Left",
            person_id,
            properties[segment_id],
            f"segment-entered-{stay}" if entered else f"segment-left-{stay}",
            now,
        )
        for entered, stay, segment_id, person_id, silent in rows
        if not silent
    )


def _properties(segment: Segment, reason: str) -> msgspec.Raw:
    """Written out once, because thousands enter a segment together."""
    properties = {
        "segment_id": str(segment.pk),
        "segment_key": segment.key,
        "segment_name": segment.name,
        "reason": reason,
    }
    return msgspec.Raw(msgspec.json.encode(properties))


def _version() -> int:
    """Microseconds by the database's clock, which all workers share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
        microseconds: int = cursor.fetchone()[0]
        return microseconds
