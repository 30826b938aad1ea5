"""Enrolments as rows: claimed in batches, written back by one statement."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from rapport.core import sql
from rapport.core.clock import Clock
from rapport.core.jobs import claim_rows
from rapport.core.services import outbox
from rapport.core.services.outbox import DomainEvent
from rapport.journeys.models import Enrolment, Journey, JourneyVersion
from rapport.journeys.registry import DEPTH, Position
from rapport.journeys.services import aftermath
from rapport.journeys.services.engine import Move
from rapport.journeys.services.tallies import Tally, reached

WITH_DUE = """
    SELECT j.id FROM journeys_journey j
    WHERE j.live_id IS NOT NULL AND j.paused_at IS NULL AND j.archived_at IS NULL AND EXISTS (
        SELECT 1 FROM journeys_enrolment e
        WHERE e.journey_id = j.id AND e.is_bulk IN (false, true) AND e.ended_at IS NULL AND e.due_at <= %b)
"""
_MOVED = """
    UPDATE journeys_enrolment e SET step = t.step, due_at = t.due_at, awaited = t.awaited, is_waiting = t.is_waiting,
        moves = t.moves, data = coalesce(t.data, e.data), outcome = t.outcome, moved_at = %b, attempts = 0, error = '',
        ended_at = CASE WHEN t.outcome = '' THEN NULL ELSE %b::timestamptz END
    FROM unnest(%b::bigint[], %b::text[], %b::timestamptz[], %b::text[], %b::bool[], %b::int[], %b::jsonb[],
                %b::text[])
        AS t (id, step, due_at, awaited, is_waiting, moves, data, outcome)
    WHERE e.id = t.id
"""
_PASSED = """
    INSERT INTO journeys_passage (enrolment_id, step, branch, at, because)
    SELECT t.enrolment, t.step, t.branch, %b, t.because
    FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::jsonb[]) AS t (enrolment, step, branch, because)
"""
_encode = msgspec.json.Encoder().encode


class Standing(Protocol):
    """Somebody on a journey: an enrolment, or a run that is only replayed."""

    @property
    def pk(self) -> int: ...
    @property
    def person_id(self) -> uuid.UUID: ...
    @property
    def key(self) -> str: ...
    @property
    def step(self) -> str: ...
    @property
    def data(self) -> dict[str, Any]: ...
    @property
    def entered_at(self) -> dt.datetime: ...
    @property
    def moves(self) -> int: ...
    @property
    def due_at(self) -> dt.datetime | None: ...
    @property
    def is_waiting(self) -> bool: ...
    @property
    def moved_at(self) -> dt.datetime | None: ...


ENDINGS = {"goal": "Journey Goal Reached"}


def with_due(now: dt.datetime) -> list[Journey]:
    """The journeys with somebody whose time has come."""
    ids = [pk for (pk,) in sql.run(WITH_DUE, [now])]
    return list(Journey.objects.filter(pk__in=ids).order_by("pk")) if ids else []


def claim(journey: Journey, is_bulk: bool, now: dt.datetime, limit: int) -> list[Enrolment]:
    """Those who are due, longest first, who came in bulk or who did not; locked until the transaction ends."""
    rows = Enrolment.objects.filter(journey=journey, is_bulk=is_bulk, ended_at=None, due_at__lte=now)
    return claim_rows(rows.order_by("due_at", "pk"), limit=limit)


def position(row: Standing) -> Position:
    return Position(
        row.pk, row.person_id, row.key, row.step, row.data, row.entered_at, row.moves, row.moved_at
    )


def write(journey: Journey, version: JourneyVersion, moves: Sequence[Move], clock: Clock) -> None:
    """Where everybody is now, what they passed, and the events that say so."""
    if not moves:
        return
    now = clock.now()
    sql.run(
        _MOVED,
        [
            now,
            now,
            [move.position.id for move in moves],
            [move.position.step for move in moves],
            [move.due_at for move in moves],
            [move.awaited for move in moves],
            [move.is_waiting for move in moves],
            [move.position.moves for move in moves],
            [_encode(move.position.data).decode() if move.has_answer else None for move in moves],
            [move.outcome for move in moves],
        ],
    )
    traces = [(move.position.id, trace) for move in moves for trace in move.traces]
    if traces:
        columns = [
            [pk for pk, _trace in traces],
            [trace.step for _pk, trace in traces],
            [trace.branch for _pk, trace in traces],
            [_encode(trace.because).decode() if trace.because else "{}" for _pk, trace in traces],
        ]
        sql.run(_PASSED, [now, *columns])
    _count(journey, version, moves, now)
    aftermath.follow(journey, version, [move for move in moves if move.is_over], now)
    outbox.emit_many(_events(journey, version, moves), clock=clock)


def _count(journey: Journey, version: JourneyVersion, moves: Sequence[Move], now: dt.datetime) -> None:
    """Of the steps in one go only the first took time."""
    tally = Tally()
    for move in moves:
        position = move.position
        seconds = (now - position.since).total_seconds() if position.since else 0.0
        for trace in move.traces:
            tally.passed(trace.step, trace.branch, seconds)
            seconds = 0.0
        before = move.traces[0].step if move.traces else position.step
        tally.moved(before, "" if move.outcome else position.step)
        if move.outcome:
            tally.ended(position.step, move.outcome)
    tally.write(journey.pk, version.pk, now)
    reached(journey.pk, [move.position.id for move in moves if move.outcome == "goal"], now)


def _events(journey: Journey, version: JourneyVersion, moves: Sequence[Move]) -> list[DomainEvent]:
    shared = {"journey_id": str(journey.pk), "journey_name": journey.name, "version": version.number}
    events = []
    for move in moves:
        where = {**shared, "enrolment": move.position.id, DEPTH: move.position.depth + 1}
        if move.position.key:
            where["key"] = move.position.key
        first = move.position.moves - len(move.traces)
        for at, trace in enumerate(move.traces):
            properties = {**where, "step": trace.step, "branch": trace.branch}
            key = f"journey-{move.position.id}-{first + at}"
            events.append(DomainEvent("Journey Step Completed", move.position.person_id, properties, key))
        if move.outcome:
            properties = {**where, "step": move.position.step, "outcome": move.outcome}
            name = ENDINGS.get(move.outcome, "Journey Left")
            key = f"journey-{move.position.id}-end"
            events.append(DomainEvent(name, move.position.person_id, properties, key))
    return events
