"""Carries people from step to step: the same code live, in a replay, and step by step.

It knows nothing of tables: it gets positions, asks the kinds of steps, and says where everybody ended up.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapport.journeys.registry import STEP_KINDS, Arrival, Effects, End, Outcome, Pass, Position, Wait, World
from rapport.journeys.services.definitions import Definition
from rapport.journeys.services.ways import following

logger = logging.getLogger("rapport.journeys")
# Steps in one go, and altogether: whoever goes round is let go on a little later, and stopped in the end.
MOST_AT_ONCE = 50
MOST_EVER = 10_000
REST = dt.timedelta(minutes=1)


class StepFailed(Exception):
    """A step could not be run for these; nothing of the batch may be kept."""

    def __init__(self, arrivals: Sequence[Arrival], error: Exception) -> None:
        super().__init__(str(error))
        self.arrivals = arrivals


@dataclass(slots=True)
class Trace:
    """One step that was passed."""

    step: str
    branch: str
    because: Mapping[str, Any]


@dataclass(slots=True)
class Move:
    """Where a position is now, or how it ended, and the steps in between."""

    position: Position
    traces: list[Trace] = field(default_factory=list)
    due_at: dt.datetime | None = None
    awaited: str = ""
    is_waiting: bool = False
    has_answer: bool = False
    outcome: str = ""

    @property
    def is_over(self) -> bool:
        return bool(self.outcome)


def advance(
    definition: Definition, arrivals: Sequence[Arrival], world: World, effects: Effects
) -> list[Move]:
    """Carries each as far as it goes now. Raises StepFailed."""
    moves = {arrival.position.id: Move(arrival.position) for arrival in arrivals}
    going = list(arrivals)
    for _turn in range(MOST_AT_ONCE):
        if not going:
            break
        going = _one_step(definition, going, moves, world, effects)
    for arrival in going:
        moves[arrival.position.id].due_at = world.now + REST
    return list(moves.values())


class _NoEffects:
    """Of steps that wait: going on from one does nothing yet."""

    def send(self, *_given: object) -> Any:
        raise AssertionError("a step that waits sends nothing")

    set_traits = emit = act = send


def resume(definition: Definition, arrival: Arrival, world: World) -> Move:
    """Takes somebody past the step at which they waited for an event; the next is due at once."""
    move = Move(arrival.position)
    _one_step(definition, [arrival], {arrival.position.id: move}, world, _NoEffects())
    if not move.is_over and move.due_at is None:
        move.due_at = world.now
    return move


def _one_step(
    definition: Definition,
    arrivals: Sequence[Arrival],
    moves: Mapping[int, Move],
    world: World,
    effects: Effects,
) -> list[Arrival]:
    """Runs the step of each, those at the same step together. Returns who goes on at once."""
    by_step: dict[str, list[Arrival]] = defaultdict(list)
    for arrival in arrivals:
        by_step[arrival.position.step].append(arrival)
    onward: list[Arrival] = []
    for step, together in by_step.items():
        config = definition["steps"][step]
        try:
            outcomes = STEP_KINDS[config["type"]].run(step, config, together, world, effects)
        except Exception as error:
            raise StepFailed(together, error) from error
        for arrival, outcome in zip(together, outcomes, strict=True):
            if _take(definition, moves[arrival.position.id], outcome):
                onward.append(Arrival(arrival.position))
    return onward


def _take(definition: Definition, move: Move, outcome: Outcome) -> bool:
    """Notes what came of a step; says whether the next is to be run at once."""
    position = move.position
    if isinstance(outcome, Wait):
        move.due_at, move.awaited, move.is_waiting = outcome.until, outcome.event, True
        return False
    if isinstance(outcome, End):
        move.outcome = outcome.outcome
        move.traces.append(Trace(position.step, "", {}))
        position.moves += 1
        return False
    return _pass(definition, move, outcome)


def _pass(definition: Definition, move: Move, outcome: Pass) -> bool:
    position = move.position
    step = position.step
    move.traces.append(Trace(step, outcome.branch, outcome.because))
    position.moves += 1
    if outcome.answer is not None:
        position.data = {**position.data, step: outcome.answer}
        move.has_answer = True
    after = following(definition["steps"][step], outcome.branch)
    if not after:
        move.outcome = "completed"
    elif position.moves >= MOST_EVER:
        move.outcome = "endless"
    else:
        position.step = after
    return not move.is_over
