"""Leaving and entering on time: who is looked at when, because time alone may change an answer.

Every clause can say when, for a person, its answer may change next (`language.next_change`). The first of these
instants over all segments is kept per person, and at that instant the person is looked at by the same live
evaluation that follows events. It is worked out beside the event pipeline, in one query for thousands of people.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import connection, transaction

from rapport.core import clickhouse, id_batch, jobs
from rapport.core.clock import SYSTEM, Clock
from rapport.events.services.pace import Paced, is_behind
from rapport.segments.language import next_change, tree
from rapport.segments.language.compilation import milliseconds
from rapport.segments.models import Recheck, Segment, UnplannedRecheck
from rapport.segments.services import compiler
from rapport.segments.services.membership import evaluate_people

CHUNK = 5_000
# Nobody is forgotten for longer than this, however far away their next instant is.
HORIZON = dt.timedelta(days=400)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def note(person_ids: list[uuid.UUID], now: dt.datetime) -> None:
    """Asks for the next instant of these people; called after live upkeep has looked at them."""
    if person_ids and Segment.objects.filter(archived_at=None, moves_with_time=True).exists():
        UnplannedRecheck.objects.create(people=person_ids)


def recheck_now(person_ids: Sequence[uuid.UUID], *, now: dt.datetime) -> None:
    """Has these people looked at by the worker at once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO segments_recheck (person_id, due_at) SELECT p, %s FROM unnest(%s::uuid[]) AS p ORDER BY p "
            "ON CONFLICT (person_id) DO UPDATE SET due_at = least(segments_recheck.due_at, excluded.due_at)",
            [now, list(person_ids)],
        )


@transaction.atomic
def plan_once(clock: Clock = SYSTEM) -> int:
    """Works out the next instant of people who wait for it; returns how many."""
    rows = jobs.claim_rows(UnplannedRecheck.objects.order_by("pk"), limit=200)
    people = list(dict.fromkeys(person for row in rows for person in row.people))
    plan(people, now=clock.now())
    UnplannedRecheck.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(people)


def plan(person_ids: Sequence[uuid.UUID], *, now: dt.datetime) -> None:
    """Stores when these people are to be looked at next, and forgets earlier plans for them."""
    definitions = _moving()
    for start in range(0, len(person_ids), CHUNK):
        chunk = list(person_ids[start : start + CHUNK])
        due_at = next_changes(definitions, now=now, person_ids=chunk)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM segments_recheck WHERE person_id = ANY(%s::uuid[])", [chunk])
            cursor.execute(
                "INSERT INTO segments_recheck (person_id, due_at) "
                "SELECT * FROM unnest(%s::uuid[], %s::timestamptz[]) "
                "ON CONFLICT (person_id) DO UPDATE SET due_at = excluded.due_at",
                [list(due_at), list(due_at.values())],
            )


def _moving() -> list[dict[str, object]]:
    live = Segment.objects.filter(archived_at=None, moves_with_time=True).order_by("key")
    return [segment.definition for segment in live if not tree.check(segment.definition)]


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
        "SETTINGS max_ast_elements = 1000000, max_expanded_ast_elements = 2000000"
    )
    return compiler.Compiled(sql, to.parameters, to.id_batches())


@transaction.atomic
def run_due(clock: Clock = SYSTEM) -> int:
    """Looks at the people whose time has come; returns how many."""
    now = clock.now()
    due = jobs.claim_rows(Recheck.objects.filter(due_at__lte=now).order_by("due_at"), limit=CHUNK)
    people = [row.person_id for row in due]
    if people:
        evaluate_people(people, now, reason="time")
        Recheck.objects.filter(person_id__in=people, due_at__lte=now).delete()
        UnplannedRecheck.objects.create(people=people)
    return len(people)


def run_once(clock: Clock = SYSTEM) -> int:
    """One turn of the worker's loop: whose time has come at once, what is to be planned now and then."""
    return run_due(clock) + _plan_seldom(clock)


# The same persons come again with their next event; until it is planned, an instant that is near is only found later.
_plan_seldom = Paced(Paced(plan_once), while_=is_behind, longest=30.0)


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
