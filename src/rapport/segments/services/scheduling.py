"""Leaving and entering on time: who is looked at when, because time alone may change an answer.

Every clause can say when, for a person, its answer may change next (`language.next_change`). The first of these
instants over all segments is kept per person, and at that instant the person is marked as changed by time, for the
same live evaluation that follows events. It is worked out beside the event pipeline, in one query for thousands of
people.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from functools import partial

from django.db import connection, transaction

from rapport.core import clickhouse, id_batch, jobs
from rapport.core.clock import SYSTEM, Clock
from rapport.events.services.pace import Paced, is_behind, seldom
from rapport.people.registry import Changes
from rapport.people.services import changes
from rapport.segments.language import next_change, tree
from rapport.segments.language.compilation import milliseconds
from rapport.segments.models import Recheck, Segment, UnplannedRecheck
from rapport.segments.services import compiler, dependencies, upkeep

CHUNK = 5_000
# Nobody is forgotten for longer than this, however far away their next instant is.
HORIZON = dt.timedelta(days=400)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def note(changed: Changes, now: dt.datetime) -> None:
    """Asks for the next instant of those of whom something changed that it depends on; called after live upkeep."""
    moving = _moving()
    needs = [dependencies.of_definition(segment.definition) or frozenset() for segment in moving]
    for positions, persons in upkeep.affected(changed, needs):
        concerned = [] if len(positions) == len(moving) else [moving[place].pk for place in positions]
        UnplannedRecheck.objects.create(people=persons, segments=concerned)


@transaction.atomic
def plan_once(clock: Clock = SYSTEM) -> int:
    """Works out the next instant of people who wait for it; returns how many."""
    rows = jobs.claim_rows(UnplannedRecheck.objects.order_by("pk"), limit=200)
    moving = _moving()
    places = {segment.pk: 1 << place for place, segment in enumerate(moving)}
    masks: dict[uuid.UUID, int] = {}
    for row in rows:
        mask = sum(places.get(pk, 0) for pk in row.segments) if row.segments else (1 << len(moving)) - 1
        for person in row.people:
            masks[person] = masks.get(person, 0) | mask
    for positions, persons in upkeep.grouped(masks):
        plan(
            persons,
            [moving[place] for place in positions],
            now=clock.now(),
            anew=len(positions) == len(moving),
        )
    UnplannedRecheck.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(masks)


_PLAN = """
    INSERT INTO segments_recheck (person_id, due_at) SELECT p, d FROM unnest(%s::uuid[], %s::timestamptz[]) AS n (p, d)
    ORDER BY p ON CONFLICT (person_id) DO UPDATE SET due_at = least(segments_recheck.due_at, excluded.due_at)
"""


def plan(
    person_ids: Sequence[uuid.UUID], segments: Sequence[Segment], *, now: dt.datetime, anew: bool
) -> None:
    """Stores when these people are to be looked at next for these segments. `anew`: forgets earlier plans, else the
    earlier instant stands, which may be too early for what changed since, but is not too late for other segments."""
    for start in range(0, len(person_ids), CHUNK):
        chunk = list(person_ids[start : start + CHUNK])
        due_at = next_changes([segment.definition for segment in segments], now=now, person_ids=chunk)
        with transaction.atomic(), connection.cursor() as cursor:
            if anew:
                cursor.execute("DELETE FROM segments_recheck WHERE person_id = ANY(%s::uuid[])", [chunk])
            cursor.execute(_PLAN, [list(due_at), list(due_at.values())])


def _moving() -> list[Segment]:
    live = Segment.objects.filter(archived_at=None, moves_with_time=True).order_by("key")
    return [segment for segment in live if dependencies.of_definition(segment.definition) is not None]


def next_changes(
    definitions: Sequence[dict[str, object]], *, now: dt.datetime, person_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, dt.datetime]:
    """{person: when one of the definitions may first answer differently}; persons for whom none will are left out."""
    if not definitions:
        return {}
    compiled = compile_next_changes(definitions, now=now, person_ids=person_ids)
    rows = clickhouse.rows(compiled.sql, compiled.parameters)
    id_batch.confirm(compiled.id_batches)
    return {row["person_id"]: _EPOCH + dt.timedelta(milliseconds=row["turn"]) for row in rows}


def compile_next_changes(
    definitions: Sequence[dict[str, object]],
    *,
    now: dt.datetime,
    person_ids: Sequence[uuid.UUID] | None = None,
) -> compiler.Compiled:
    """A SELECT of `person_id` and `turn` (milliseconds) for those who have one."""
    to = compiler.compilation(now=now, keys=set())
    first = next_change.soonest(
        [turn for definition in definitions for turn in tree.next_changes(definition, to)]
    )
    rows = compiler.person_rows(to, person_ids)
    limit = milliseconds(now + HORIZON)
    sql = (
        f"SELECT person_id, least(first, {limit}) AS turn FROM (SELECT person_id, {first} AS first FROM ({rows})) "
        f"WHERE first < {next_change.FAR} "
        f"{compiler.SETTINGS}"
    )
    return compiler.Compiled(sql, to.parameters, to.id_batches())


@transaction.atomic
def run_due(clock: Clock = SYSTEM) -> int:
    """Hands the people whose time has come to live upkeep, which alone decides on membership; returns how many."""
    due = jobs.claim_rows(Recheck.objects.filter(due_at__lte=clock.now()).order_by("due_at"), limit=CHUNK)
    people = [row.person_id for row in due]
    changes.mark_changed(people, changes.TIME)
    Recheck.objects.filter(person_id__in=people).delete()
    return len(people)


def run_once(clock: Clock = SYSTEM) -> int:
    """One turn of the worker's loop: whose time has come at once, what is to be planned now and then."""
    return run_due(clock) + _plan_seldom(clock)


# The same persons come again with their next event; until it is planned, an instant that is near is only found later.
# It takes from live upkeep what it needs, so it gets a tenth of the time, but waits no longer than 10 s.
_plan_seldom = Paced(
    Paced(plan_once, rest=partial(seldom, longest=10.0, times=9.0)),
    while_=is_behind,
    rest=partial(seldom, longest=30.0),
)


def plan_everybody(segment: Segment, *, now: dt.datetime) -> None:
    """After a whole computation: takes in when the segment may change for anybody, in one query."""
    if not segment.moves_with_time:
        return
    compiled = compile_next_changes([segment.definition], now=now)
    stream = clickhouse.client().raw_stream(compiled.sql, parameters=compiled.parameters, fmt="TSV")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS segments_turns")
        cursor.execute("CREATE TEMPORARY TABLE segments_turns (person_id uuid, turn bigint) ON COMMIT DROP")
        with stream, cursor.copy("COPY segments_turns FROM STDIN") as copy:
            while chunk := stream.read(1 << 20):
                copy.write(chunk)
        cursor.execute(
            "INSERT INTO segments_recheck (person_id, due_at) "
            "SELECT person_id, to_timestamp(turn / 1000.0) FROM segments_turns ORDER BY person_id "
            "ON CONFLICT (person_id) DO UPDATE SET due_at = least(segments_recheck.due_at, excluded.due_at)"
        )


def forget(person_ids: list[uuid.UUID]) -> int:
    """Erases what is planned for these people."""
    removed, _ = Recheck.objects.filter(person_id__in=person_ids).delete()
    for row in UnplannedRecheck.objects.filter(people__overlap=person_ids):
        left = [person for person in row.people if person not in set(person_ids)]
        UnplannedRecheck.objects.filter(pk=row.pk).update(people=left)
    return removed
