"""Live upkeep of stages: after something that rules depend on changed of some persons, they are asked about them.

Runs after computed traits and before segments: rules may look at computed traits, segments at the stage. Rules
may look at segments too; a change of membership is an event that brings the person here again.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Sequence

from rapport.core import clickhouse, id_batch, sql
from rapport.core.services.outbox import DomainEvent, emit_many
from rapport.people.registry import Changes
from rapport.people.services import changes
from rapport.segments.clauses.shorthand import STAGE_TRAIT
from rapport.segments.computed.services import evaluation as computed
from rapport.segments.language import tree
from rapport.segments.lifecycle import queries
from rapport.segments.lifecycle.services import compiler
from rapport.segments.models import Lifecycle, Stage
from rapport.segments.services import dependencies, upkeep

SOURCE = "lifecycle"
# Segments are decided after the stages, so a rule that asks for membership waits for the word of it.
_MOVED = frozenset(map(changes.event, ("Segment Entered", "Segment Left")))
_RENEWED = changes.value(STAGE_TRAIT)


def evaluate(changed: Changes, now: dt.datetime) -> None:
    """Puts each of these persons into the stage whose rule they fit first. Repeatable."""
    lifecycle = Lifecycle.objects.first()
    if lifecycle is None:
        return
    stages = [] if lifecycle.stopped_at else queries.stages()
    if lifecycle.stopped_at and lifecycle.requested_at is None:
        return
    for _, persons in upkeep.affected(changed, [_needs(stages)]):
        for chunk in upkeep.chunks(persons):
            _place(lifecycle, stages, chunk, changed, now)


def _needs(stages: Sequence[Stage]) -> dependencies.Needs:
    needs = {changes.trait(STAGE_TRAIT), _RENEWED}
    for stage in stages:
        needs |= dependencies.of_definition(stage.rule) or {changes.ANYTHING}
        needs |= _MOVED if tree.references(stage.rule) else frozenset()
    return frozenset(needs)


def _place(
    lifecycle: Lifecycle,
    stages: Sequence[Stage],
    person_ids: list[uuid.UUID],
    changed: Changes,
    now: dt.datetime,
) -> None:
    reasons = _reasons(lifecycle, changed)
    compiled = compiler.compile_moves(stages, now=now, person_ids=person_ids)
    rows = clickhouse.rows(compiled.sql, compiled.parameters)
    id_batch.confirm(compiled.id_batches)
    stage_of = {row["person_id"]: json.loads(row["fresh"]) if row["fresh"] else None for row in rows}
    values = {person: {STAGE_TRAIT: stage} for person, stage in stage_of.items()}
    moved = computed.write(values, changed, now, source=SOURCE)
    _note(lifecycle, stages, {person: stage_of[person] or "" for person in moved}, reasons, now)


_ADD = """
    INSERT INTO segments_stagechange (person_id, stage, previous, since, reason, version)
    SELECT n.person_id, n.stage, n.previous, %b::timestamptz, n.reason, %b::int
    FROM unnest(%b::uuid[], %b::text[], %b::text[], %b::text[]) AS n (person_id, stage, previous, reason)
    RETURNING id, person_id, stage, previous, reason
"""


def _note(
    lifecycle: Lifecycle,
    stages: Sequence[Stage],
    moved: dict[uuid.UUID, str],
    reasons: dict[uuid.UUID, str],
    now: dt.datetime,
) -> None:
    """History, and the event that tells of it. `moved` is {person: their stage now, "" for none}."""
    if not moved:
        return
    before = queries.latest(list(moved))
    rows = [(who, to, before.get(who, "")) for who, to in moved.items() if to != before.get(who, "")]
    columns = [[row[n] for row in rows] for n in range(3)]
    written = sql.run(_ADD, [now, lifecycle.version, *columns, [reasons[who] for who, _, _ in rows]])
    entry = stages[-1].key if stages else ""
    emit_many(
        DomainEvent(
            "Lifecycle Stage Changed",
            person,
            {"from": previous or None, "to": stage or None, "reason": reason},
            f"lifecycle-{number}",
            now,
        )
        for number, person, stage, previous, reason in written
        if reason != "definition" and (previous or stage != entry)
    )


def _reasons(lifecycle: Lifecycle, changed: Changes) -> dict[uuid.UUID, str]:
    """Why somebody moves: something happened to them, time passed, or the rules were changed.

    The last two are found by a whole computation, which changes nothing else of them.
    """
    whole = "definition" if lifecycle.requested_at else "time"
    passed = {changes.TIME, _RENEWED}
    return {person: whole if what <= passed else "event" for person, what in changed.items()}
