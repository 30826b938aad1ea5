"""Live upkeep of stages: after something that rules depend on changed of some persons, they are asked about them.

Runs after computed traits and before segments: rules may look at computed traits, segments at the stage. Rules
may look at segments too; a change of membership is an event that brings the person here again.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence

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
# So many queries for the reasons of one look; live it is one or two. Of others, what changed of them says it.
MOST_MOMENTS = 8


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
    compiled = compiler.compile_moves(stages, now=now, person_ids=person_ids)
    rows = clickhouse.rows(compiled.sql, compiled.parameters)
    id_batch.confirm(compiled.id_batches)
    stage_of = {row["person_id"]: json.loads(row["fresh"]) if row["fresh"] else None for row in rows}
    values = {person: {STAGE_TRAIT: stage} for person, stage in stage_of.items()}
    moved = computed.write(values, changed, now, source=SOURCE)
    _note(lifecycle, stages, {person: stage_of[person] or "" for person in moved}, changed, now)


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
    changed: Changes,
    now: dt.datetime,
) -> None:
    """Records who moved and why. `moved` is {person: their stage now, "" for none}."""
    if not moved:
        return
    before = queries.latest(list(moved))
    stood = {who: before[who][0] if who in before else "" for who in moved}
    rows = [(who, to, stood[who]) for who, to in moved.items() if to != stood[who]]
    reasons = _reasons(lifecycle, stages, {who: changed[who] for who, _, _ in rows}, before)
    record(lifecycle, stages, [(*row, reasons[row[0]]) for row in rows], now)


def record(
    lifecycle: Lifecycle,
    stages: Sequence[Stage],
    moves: Sequence[tuple[uuid.UUID, str, str, str]],
    now: dt.datetime,
) -> None:
    """History, and the event that tells of it; `moves` are (person, stage, the one before or "", reason)."""
    columns = [[move[n] for move in moves] for n in range(4)]
    written = sql.run(_ADD, [now, lifecycle.version, *columns])
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


def _reasons(
    lifecycle: Lifecycle,
    stages: Sequence[Stage],
    changed: Changes,
    before: Mapping[uuid.UUID, tuple[str, dt.datetime]],
) -> dict[uuid.UUID, str]:
    """Why somebody moves: something happened to them, time passed, or the rules were changed.

    What brought a person here says little: something may happen to them just when time has passed, and a whole
    computation, which looks for what time did, may see an event before its change set comes. So rules are asked what
    they would have answered of all that is known now at the moment when the person came into the stage they leave:
    another stage than that, and it was an event.
    """
    caused = _needs(stages) - {changes.TIME, _RENEWED, changes.trait(STAGE_TRAIT)} | {changes.ANYTHING}
    by_event = {person: not caused.isdisjoint(what) for person, what in changed.items()}
    if lifecycle.requested_at:
        return {person: "event" if caused_it else "definition" for person, caused_it in by_event.items()}
    if not lifecycle.moves_with_time:
        return dict.fromkeys(changed, "event")
    moments: dict[dt.datetime, list[uuid.UUID]] = {}
    for person in changed:
        if person in before:
            moments.setdefault(before[person][1], []).append(person)
        else:
            by_event[person] = True
    for moment in sorted(moments, key=lambda moment: -len(moments[moment]))[:MOST_MOMENTS]:
        stood = _stages_at(stages, moments[moment], moment)
        by_event |= {person: stood.get(person, "") != before[person][0] for person in moments[moment]}
    return {person: "event" if caused_it else "time" for person, caused_it in by_event.items()}


def _stages_at(stages: Sequence[Stage], persons: list[uuid.UUID], at: dt.datetime) -> dict[uuid.UUID, str]:
    """Where they would have stood at that moment, by what is known of them now."""
    compiled = compiler.compile_moves(stages, now=at, person_ids=persons, everybody=True)
    rows = clickhouse.rows(compiled.sql, compiled.parameters)
    id_batch.confirm(compiled.id_batches)
    return {row["person_id"]: json.loads(row["fresh"]) if row["fresh"] else "" for row in rows}
