"""Writing who entered and who left: rows, sizes, events and the copy in ClickHouse, in one transaction."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import msgspec
from django.db import connection, transaction

from rapport.core import sql
from rapport.core.services.outbox import DomainEvent, emit_many
from rapport.people.queries import present_sql
from rapport.segments.models import Segment
from rapport.segments.services import store
from rapport.segments.services.upkeep import positions

MembershipRow = tuple[bool, int, uuid.UUID, uuid.UUID, bool]

Fits = Mapping[uuid.UUID, Sequence[int]]
Reason = Callable[[uuid.UUID], str]

# Of every person, the positions of the segments they are in, as bits of one number for each 60 segments.
_STORED = """
    SELECT m.person_id, s.position / 60, bit_or(1::bigint << (s.position %% 60)::int)
    FROM segments_membership m JOIN unnest(%b::uuid[], %b::int[]) AS s (id, position) ON s.id = m.segment_id
    WHERE m.person_id = ANY(%b::uuid[]) GROUP BY 1, 2
"""
_LEAVE = f"""
    WITH gone AS (
        DELETE FROM segments_membership m USING unnest(%b::uuid[], %b::uuid[]) AS g (segment_id, person_id)
        WHERE m.segment_id = g.segment_id AND m.person_id = g.person_id
        RETURNING m.id, m.segment_id, m.person_id
    )
    SELECT FALSE, g.id, g.segment_id, g.person_id,
        NOT EXISTS (SELECT 1 FROM {present_sql()} p WHERE p.id = g.person_id)
    FROM gone g
"""
_ENTER = f"""
    WITH came AS (
        INSERT INTO segments_membership (segment_id, person_id, entered_at, definition_version)
        SELECT f.segment_id, f.person_id, %b::timestamptz, s.version
        FROM unnest(%b::uuid[], %b::uuid[]) AS f (segment_id, person_id)
            JOIN segments_segment s ON s.id = f.segment_id
            JOIN {present_sql()} p ON p.id = f.person_id
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
) -> None:
    """`write_difference`, settled at once."""
    settle(
        write_difference(
            segments=segments, person_ids=person_ids, fits=fits, now=now, live=live, reason=lambda _: reason
        )
    )


@transaction.atomic
def write_difference(
    *,
    segments: Sequence[Segment],
    person_ids: Sequence[uuid.UUID],
    fits: Fits,
    now: dt.datetime,
    reason: Reason,
    live: bool,
) -> list[store.Change]:
    """Makes `fits` {person: positions in `segments`} the membership of `person_ids`, and nobody else's.

    Returns who moved, which the caller has to `settle` in the same transaction. `live` decisions take precedence over
    a whole computation that is under way, unless the definition was changed since they were asked for; `reason` of
    a person goes into the events ("event", "definition", "time").
    """
    ids = [segment.pk for segment in segments]
    lock(ids, shared=live)
    if live and (changed := _touch(segments, person_ids)):
        kept = [place for place, segment in enumerate(segments) if segment.pk not in changed]
        renumbered = {place: number for number, place in enumerate(kept)}
        ids = [ids[place] for place in kept]
        fits = {
            who: [renumbered[place] for place in places if place in renumbered]
            for who, places in fits.items()
        }
    rows = _difference(ids, person_ids, fits, now)
    if rows:
        announce(rows, {segment.pk: segment for segment in segments}, now=now, reason=reason)
    return [store.Change(segment_id, person, entered, now) for entered, _, segment_id, person, _ in rows]


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


def _touch(segments: Sequence[Segment], person_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Tells computations that are running who was decided upon; returns the segments that are others by now.

    The shared lock keeps a computation from starting meanwhile, so none running now means none to tell.
    """
    rows = Segment.objects.filter(pk__in=[segment.pk for segment in segments], archived_at=None)
    now = {pk: (version, started) for pk, version, started in rows.values_list("pk", "version", "started_at")}
    same = {segment.pk for segment in segments if segment.pk in now and now[segment.pk][0] == segment.version}
    if running := [pk for pk in same if now[pk][1] is not None]:
        sql.run(
            "INSERT INTO segments_livedecision (segment_id, person_id)"
            " SELECT s, p FROM unnest(%b::uuid[]) AS s, unnest(%b::uuid[]) AS p ON CONFLICT DO NOTHING",
            [running, list(person_ids)],
        )
    return {segment.pk for segment in segments} - same


def _difference(
    segment_ids: Sequence[uuid.UUID], person_ids: Sequence[uuid.UUID], fits: Fits, now: dt.datetime
) -> list[MembershipRow]:
    """Writes what differs. Nearly everybody stands where they should, so that is found out first, as bits."""
    stored = _stored(segment_ids, person_ids)
    came: list[tuple[uuid.UUID, uuid.UUID]] = []
    gone: list[tuple[uuid.UUID, uuid.UUID]] = []
    for person in person_ids:
        wanted, has = _bits(fits.get(person, ())), stored.get(person, 0)
        if wanted != has:
            came += [(segment_ids[position], person) for position in positions(wanted & ~has)]
            gone += [(segment_ids[position], person) for position in positions(has & ~wanted)]
    rows: list[MembershipRow] = []
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
    rows: Sequence[MembershipRow], by_id: Mapping[uuid.UUID, Segment], *, now: dt.datetime, reason: Reason
) -> None:
    """Tells the rest of Rapport who entered and left.

    A stay has its own row, so its number makes a message id that is the same however often it is told.
    Who left because they were merged or erased is nobody any more: no event.
    """
    properties = lru_cache(maxsize=None)(lambda segment_id, why: _properties(by_id[segment_id], why))
    emit_many(
        DomainEvent(
            "Segment Entered" if entered else "Segment Left",
            person_id,
            properties(segment_id, reason(person_id)),
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
