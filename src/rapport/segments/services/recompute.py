"""Whole computation of a segment: who fits by ClickHouse, compared with the stored membership.

The set flows as text into a temporary table of PostgreSQL; only the differences are applied, in blocks, each
complete in itself.
"""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable, Iterable

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from rapport.core import clickhouse
from rapport.core.clock import SYSTEM, Clock
from rapport.core.jobs import Later, RunningJob
from rapport.segments.language import tree
from rapport.segments.models import LiveDecision, Segment
from rapport.segments.queries import segments as queries
from rapport.segments.services import changes, compiler, computation, scheduling

BLOCK = 5_000
# People are evaluated when their time comes (services.scheduling); a whole computation finds whom that should miss.
MIN_PAUSE, MAX_PAUSE = dt.timedelta(minutes=15), dt.timedelta(hours=6)
WAIT = dt.timedelta(seconds=5)


class Superseded(Exception):
    """The definition was changed while it was being computed."""


def run(segment: Segment, job: RunningJob) -> None:
    """The job: waits for the segments that this one looks at, then computes it."""
    if queries.unready(tree.references(segment.definition)):
        raise Later(WAIT)
    reason = "definition" if segment.computed_version < segment.version else "time"
    try:
        recompute(segment, now=job.clock.now(), reason=reason, step=lambda done: job.step(done=done))
    except Superseded:
        raise Later from None


def recompute(
    segment: Segment,
    *,
    now: dt.datetime,
    reason: str = "definition",
    step: Callable[[int], None] = lambda done: None,
) -> int:
    """Makes the stored membership what the definition says at `now`; returns how many entered and left.

    `step(moved)` is called in the transaction of each block. Raises InvalidDefinition, ClickHouseError, Superseded.
    Persons whom live evaluation decides upon meanwhile are left to it.
    """
    began = time.monotonic()
    _start(segment, now)
    segment.refresh_from_db()
    compiled = compiler.compile_definition(segment.definition, now=now)
    moved = 0
    _stage(compiled)
    try:
        while block := _next_block(segment.pk):
            with transaction.atomic():
                _apply(segment, block, now, reason)
                step(moved + len(block))
            moved += len(block)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS segments_staged, segments_moves")
    scheduling.plan_everybody(segment, now=now)
    _finish(segment, now, took=dt.timedelta(seconds=time.monotonic() - began))
    if moved:
        request([dependent.pk for dependent in queries.dependents([segment.key])])
    return moved


def request(segment_ids: Iterable[uuid.UUID], *, clock: Clock = SYSTEM) -> None:
    """Asks for a whole computation, which a worker does as soon as it can."""
    KIND.request(queries.ruled().filter(pk__in=segment_ids), clock=clock)


def _next_at(segment: Segment, now: dt.datetime) -> dt.datetime | None:
    pause = min(max(MIN_PAUSE, dt.timedelta(milliseconds=segment.took_ms) * 100), MAX_PAUSE)
    return now + pause if segment.moves_with_time else None


KIND = computation.ComputationKind("segments.compute", _("Computing a segment"), queries.ruled, run, _next_at)


@transaction.atomic
def _start(segment: Segment, now: dt.datetime) -> None:
    changes.lock([segment.pk], shared=False)
    LiveDecision.objects.filter(segment=segment).delete()
    Segment.objects.filter(pk=segment.pk).update(started_at=now)


@transaction.atomic
def _finish(segment: Segment, now: dt.datetime, *, took: dt.timedelta) -> None:
    """A definition that was changed meanwhile keeps its request and is computed again."""
    _check_current(segment)
    LiveDecision.objects.filter(segment=segment).delete()
    rows = Segment.objects.filter(pk=segment.pk)
    rows.update(size=segment.memberships.count())
    if segment.computed_version < segment.version:
        rows.update(first_requested_at=segment.requested_at or now, first_computed_at=now)
    computation.finish(rows, segment, at=now, took=took)


def _check_current(segment: Segment) -> None:
    """Takes the lock, if this computation is still the one that counts."""
    changes.lock([segment.pk], shared=False)
    rows = Segment.objects.select_for_update(no_key=True).filter(
        pk=segment.pk, version=segment.version, started_at=segment.started_at
    )
    if not rows.exists():
        raise Superseded


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
    """The next persons whose membership is not what it should be: (person, whether they fit)."""
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


def _apply(segment: Segment, block: list[tuple[uuid.UUID, bool]], now: dt.datetime, reason: str) -> None:
    _check_current(segment)
    decided = LiveDecision.objects.filter(segment=segment, person_id__in=[person for person, _fits in block])
    live = set(decided.values_list("person_id", flat=True))
    persons = [person for person, _fits in block if person not in live]
    fits = {person: [0] for person, fit in block if fit and person not in live}
    changes.apply_difference(
        segments=[segment], person_ids=persons, fits=fits, now=now, reason=reason, live=False
    )
