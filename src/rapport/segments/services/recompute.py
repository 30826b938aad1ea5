"""Looking at everybody anew: after a definition was made or changed, and when time alone may move people.

The set from ClickHouse flows as text into a temporary table of PostgreSQL; only the differences are
applied, in blocks, each complete in itself. A worker that dies leaves a lease that runs out.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
import uuid

from clickhouse_connect.driver.exceptions import ClickHouseError
from django.db import connection, transaction
from django.db.models import F, Q

from rapport.core import clickhouse
from rapport.core.clock import SYSTEM, Clock
from rapport.segments.language.problems import InvalidDefinition
from rapport.segments.models import Segment, Touched
from rapport.segments.queries import segments as queries
from rapport.segments.services import changes, compiler
from rapport.segments.services import scheduling as due

log = logging.getLogger(__name__)
BLOCK = 5_000
LEASE = dt.timedelta(minutes=3)
MIN_PAUSE = dt.timedelta(seconds=30)
MAX_PAUSE = dt.timedelta(hours=1)
# People are looked at when their time comes (services.due); the rounds find whom that should ever miss.
MIN_ROUND = dt.timedelta(minutes=15)
MAX_ROUND = dt.timedelta(hours=6)


class Superseded(Exception):
    """The definition was changed, or another worker took over, while this one was computing."""


def recompute(segment: Segment, *, now: dt.datetime, reason: str = "definition") -> int:
    """Makes the stored membership what the definition says at `now`; returns how many entered and left.

    Raises InvalidDefinition, ClickHouseError, Superseded. Persons whom live upkeep decides upon meanwhile
    are left to it.
    """
    began = time.monotonic()
    _start(segment)
    segment.refresh_from_db()
    compiled = compiler.compile_definition(segment.definition, now=now)
    moved = 0
    _stage(compiled)
    try:
        while block := _next_block(segment.pk):
            _apply(segment, block, now, reason)
            moved += len(block)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS segments_staged, segments_moves")
    due.plan_everybody(segment, now=now)
    _finish(segment, now, took=dt.timedelta(seconds=time.monotonic() - began))
    if moved:
        request([dependent.pk for dependent in queries.dependents([segment.key])], now=now)
    return moved


def request(segment_ids: list[uuid.UUID], *, now: dt.datetime) -> None:
    """Asks for a whole computation, which a worker does as soon as it can."""
    queries.ruled().filter(pk__in=segment_ids, requested_at=None).update(requested_at=now)


def run_once(clock: Clock = SYSTEM) -> int:
    """One turn of the worker's loop: computes one segment that waits or whose time has come. 0: none did."""
    now = clock.now()
    claimed = _claim(now)
    if claimed is None:
        return 0
    segment, reason = claimed
    try:
        recompute(segment, now=now, reason=reason)
    except Superseded:
        Segment.objects.filter(pk=segment.pk).update(lease_until=None)
    except (InvalidDefinition, ClickHouseError, OSError) as error:
        _fail(segment, error, now)
    return 1


@transaction.atomic
def _claim(now: dt.datetime) -> tuple[Segment, str] | None:
    """The segment that waits longest, those first that others look at; nobody else gets it while leased."""
    due_now = Q(requested_at__isnull=False) | Q(next_at__lte=now)
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    waiting = queries.ruled().filter(due_now & free)
    order = [segment.pk for level in queries.in_levels(waiting) for segment in level]
    for candidate in order:
        found = waiting.select_for_update(skip_locked=True, no_key=True).filter(pk=candidate).first()
        if found:
            reason = "definition" if found.computed_version < found.definition_version else "time"
            Segment.objects.filter(pk=found.pk).update(lease_until=now + LEASE)
            return found, reason
    return None


@transaction.atomic
def _start(segment: Segment) -> None:
    changes.lock([segment.pk], shared=False)
    Touched.objects.filter(segment=segment).delete()
    Segment.objects.filter(pk=segment.pk).update(started_at=SYSTEM.now())


@transaction.atomic
def _finish(segment: Segment, now: dt.datetime, *, took: dt.timedelta) -> None:
    """A definition that was changed meanwhile keeps its request and is computed again."""
    _hold(segment)
    Touched.objects.filter(segment=segment).delete()
    pause = min(max(MIN_ROUND, took * 100), MAX_ROUND)
    row = Segment.objects.filter(pk=segment.pk)
    row.update(
        started_at=None,
        lease_until=None,
        attempts=0,
        problem="",
        computed_at=now,
        computed_version=segment.definition_version,
        next_at=now + pause if segment.moves_with_time else None,
        size=segment.memberships.count(),
    )
    row.filter(definition_version=segment.definition_version, requested_at=segment.requested_at).update(
        requested_at=None
    )


def _hold(segment: Segment) -> None:
    """The lock, if this computation is still the one that counts."""
    changes.lock([segment.pk], shared=False)
    rows = Segment.objects.select_for_update(no_key=True).filter(
        pk=segment.pk, definition_version=segment.definition_version, started_at=segment.started_at
    )
    if not rows.exists():
        raise Superseded


def _fail(segment: Segment, error: Exception, now: dt.datetime) -> None:
    """Says why, and tries again later and later, but for ever: nothing stays stuck."""
    log.warning("Segment %s could not be computed: %s", segment.key, error)
    pause = min(MIN_PAUSE * 2**segment.attempts, MAX_PAUSE)
    Segment.objects.filter(pk=segment.pk).update(
        started_at=None, lease_until=now + pause, attempts=F("attempts") + 1, problem=str(error)[:500]
    )


def _stage(compiled: compiler.Compiled) -> None:
    """Everybody who fits, as a temporary table; ClickHouse's text goes to PostgreSQL as it comes."""
    stream = clickhouse.client().raw_stream(compiled.sql, parameters=compiled.parameters, fmt="TSV")
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS segments_staged, segments_moves")
        cursor.execute("CREATE TEMPORARY TABLE segments_staged (person_id uuid)")
        with stream, cursor.copy("COPY segments_staged FROM STDIN") as copy:
            while chunk := stream.read(1 << 20):
                copy.write(chunk)
        cursor.execute("CREATE UNIQUE INDEX ON segments_staged (person_id)")
        cursor.execute("ANALYZE segments_staged")


def _next_block(segment_id: uuid.UUID) -> list[tuple[uuid.UUID, bool]]:
    """The next persons who do not stand where they should: (person, whether he fits)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('pg_temp.segments_moves')")
        if cursor.fetchone()[0] is None:
            cursor.execute(_MOVES, [segment_id])
            cursor.execute("CREATE INDEX ON segments_moves (person_id)")
        cursor.execute(
            "DELETE FROM segments_moves WHERE person_id IN "
            "(SELECT person_id FROM segments_moves ORDER BY person_id LIMIT %s) RETURNING person_id, fits",
            [BLOCK],
        )
        return list(cursor.fetchall())


_MOVES = """
    CREATE TEMPORARY TABLE segments_moves AS
    SELECT coalesce(s.person_id, m.person_id) AS person_id, s.person_id IS NOT NULL AS fits
    FROM segments_staged s
        FULL JOIN (SELECT person_id FROM segments_membership WHERE segment_id = %s) m
        ON m.person_id = s.person_id
    WHERE s.person_id IS NULL OR m.person_id IS NULL
"""


@transaction.atomic
def _apply(segment: Segment, block: list[tuple[uuid.UUID, bool]], now: dt.datetime, reason: str) -> None:
    _hold(segment)
    touched = set(
        Touched.objects.filter(segment=segment, person_id__in=[p for p, _ in block]).values_list(
            "person_id", flat=True
        )
    )
    persons = [person for person, _ in block if person not in touched]
    fits = {person: [0] for person, fit in block if fit and person not in touched}
    changes.apply_difference(
        segments=[segment], person_ids=persons, fits=fits, now=now, reason=reason, live=False
    )
    Segment.objects.filter(pk=segment.pk).update(lease_until=SYSTEM.now() + LEASE)
