"""Live upkeep of stages: after something happened to some persons, the rules are asked about them at once.

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
from rapport.segments.clauses.shorthand import STAGE_TRAIT
from rapport.segments.computed.services import evaluation as computed
from rapport.segments.lifecycle import queries
from rapport.segments.lifecycle.services import compiler
from rapport.segments.models import Lifecycle, Stage, StaleValue

SOURCE = "lifecycle"
CHUNK = 20_000


def evaluate_people(person_ids: list[uuid.UUID], now: dt.datetime) -> None:
    """Puts each of these persons into the stage whose rule they fit first. Repeatable."""
    lifecycle = Lifecycle.objects.first()
    if lifecycle is None:
        return
    stages = [] if lifecycle.stopped_at else queries.stages()
    if lifecycle.stopped_at and lifecycle.requested_at is None:
        return
    for chunk in computed.chunks(person_ids, CHUNK):
        _place(lifecycle, stages, chunk, now)


def _place(
    lifecycle: Lifecycle, stages: Sequence[Stage], person_ids: list[uuid.UUID], now: dt.datetime
) -> None:
    compiled = compiler.compile_moves(stages, now=now, person_ids=person_ids)
    rows = clickhouse.rows(compiled.sql, compiled.parameters)
    id_batch.confirm(compiled.id_batches)
    stage_of = {row["person_id"]: json.loads(row["fresh"]) if row["fresh"] else None for row in rows}
    values = {person: {STAGE_TRAIT: stage} for person, stage in stage_of.items()}
    changed = computed.write(values, now, source=SOURCE)
    _note(lifecycle, stages, {person: stage_of[person] or "" for person in changed}, now)


_LATEST = """
    SELECT DISTINCT ON (person_id) person_id, stage FROM segments_stagechange
    WHERE person_id = ANY(%b::uuid[]) ORDER BY person_id, since DESC, id DESC
"""
_ADD = """
    INSERT INTO segments_stagechange (person_id, stage, previous, since, reason, version)
    SELECT n.person_id, n.stage, n.previous, %b::timestamptz, n.reason, %b::int
    FROM unnest(%b::uuid[], %b::text[], %b::text[], %b::text[]) AS n (person_id, stage, previous, reason)
    RETURNING id, person_id, stage, previous, reason
"""


def _note(
    lifecycle: Lifecycle, stages: Sequence[Stage], moved: dict[uuid.UUID, str], now: dt.datetime
) -> None:
    """History, and the event that tells of it. `moved` is {person: their stage now, "" for none}."""
    if not moved:
        return
    before = dict(sql.run(_LATEST, [list(moved)]))
    rows = [(who, to, before.get(who, "")) for who, to in moved.items() if to != before.get(who, "")]
    reasons = _reasons(lifecycle, [who for who, _, _ in rows])
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


def _reasons(lifecycle: Lifecycle, person_ids: list[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Why somebody moves: something happened to them, time passed, or the rules were changed."""
    whole = "definition" if lifecycle.requested_at else "time"
    handed = StaleValue.objects.filter(owner=lifecycle.pk, handed=True, person_id__in=person_ids)
    looked_for = set(handed.values_list("person_id", flat=True))
    return {person: whole if person in looked_for else "event" for person in person_ids}
