"""One person walked through a journey moment by moment, over what happened to them or what somebody makes up."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapport.journeys.models import Journey
from rapport.journeys.services.definitions import Definition
from rapport.journeys.services.happenings import Happening
from rapport.journeys.services.replaying import reading
from rapport.journeys.services.replaying.reading import Span
from rapport.journeys.services.replaying.rehearsing import judged, world_of
from rapport.journeys.services.replaying.simulating import (
    MOST_MOMENTS,
    Passed,
    Plan,
    Refusal,
    Run,
    Simulation,
    Walk,
)
from rapport.journeys.services.replaying.tallying import Sent
from rapport.people.queries import survivor_of

MOST_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one run of the person is after a moment."""

    key: str
    step: str
    due_at: dt.datetime | None
    awaited: str
    outcome: str
    error: str


@dataclass(slots=True)
class Moment:
    """What happened at a moment, or that a time came (`event` is empty), and what that led to."""

    at: dt.datetime
    event: str
    properties: Mapping[str, Any]
    passed: list[Passed] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    standing: list[Standing] = field(default_factory=list)
    entered: int = 0

    @property
    def is_news(self) -> bool:
        return bool(self.passed or self.refusals or self.entered or self.sent)


def walk(
    journey: Journey,
    definition: Definition,
    person_id: uuid.UUID,
    span: Span,
    *,
    now: dt.datetime,
    made_up: Sequence[tuple[str, dt.datetime, Mapping[str, Any]]] | None = None,
) -> list[Moment]:
    """Every moment that concerns the journey, first to last. With `made_up` events only those happen."""
    person = survivor_of([person_id]).get(person_id, person_id)
    if made_up is None:
        events = reading.happenings_of(journey, [person], [definition], span).get(person, [])
        earlier = reading.earlier(journey, [person], span.since).get(person, {})
    else:
        events = [Happening(name, person, at, properties) for name, at, properties in made_up]
        earlier = {}
    world = world_of(journey, definition, [person], span)
    simulation = Simulation(Plan.of(journey.pk, journey.name, definition, span.until), person, world, earlier)
    moments = _moments(simulation, events)
    sent = judged(journey, [simulation.walk], now)[0].sent
    _lay_messages(moments, simulation.walk, sent)
    return moments


def _moments(simulation: Simulation, events: Sequence[Happening]) -> list[Moment]:
    simulation.add(events)
    moments: list[Moment] = []
    before = _Counts()
    for _number in range(MOST_MOMENTS):
        if not simulation.advance() or len(moments) >= MOST_SHOWN:
            break
        event = simulation.last
        moment = Moment(simulation.world.now, event.event if event else "", event.properties if event else {})
        before.take(simulation.walk, moment)
        moment.standing = [_standing(run) for run in simulation.walk.runs]
        moments.append(moment)
    return moments


@dataclass(slots=True)
class _Counts:
    """How much of a walk earlier moments have."""

    runs: int = 0
    refusals: int = 0
    passed: dict[int, int] = field(default_factory=dict)

    def take(self, whole: Walk, moment: Moment) -> None:
        moment.entered = len(whole.runs) - self.runs
        moment.refusals = whole.refusals[self.refusals :]
        for run in whole.runs:
            moment.passed += run.passed[self.passed.get(run.pk, 0) :]
            self.passed[run.pk] = len(run.passed)
        self.runs, self.refusals = len(whole.runs), len(whole.refusals)


def _standing(run: Run) -> Standing:
    return Standing(run.key, run.step, run.due_at, run.awaited, run.outcome, run.error)


def _lay_messages(moments: Sequence[Moment], whole: Walk, sent: Mapping[int, Sequence[Sent]]) -> None:
    """Puts each message with the moment that ordered it."""
    for run in whole.runs:
        for entry in sent.get(run.pk, ()):
            ordered = [moment for moment in moments if moment.at == entry.message.at]
            if ordered:
                with_step = [m for m in ordered if any(at.step == entry.message.step for at in m.passed)]
                (with_step or ordered)[0].sent.append(entry)


def shown(moments: Sequence[Moment]) -> dict[str, Any]:
    """JSON-ready."""
    return {"moments": [_shown(moment) for moment in moments]}


def _shown(moment: Moment) -> dict[str, Any]:
    return {
        "at": moment.at.isoformat(),
        "event": moment.event,
        "entered": moment.entered,
        "passed": [
            {"step": at.step, "branch": at.branch, "because": dict(at.because)} for at in moment.passed
        ],
        "refusals": [
            {"key": row.key, "reason": row.reason, "because": dict(row.because)} for row in moment.refusals
        ],
        "messages": [
            {
                "step": entry.message.step,
                "goes_at": entry.foreseen.at.isoformat(),
                "reason": entry.foreseen.reason,
            }
            for entry in moment.sent
        ],
        "standing": [
            {
                "key": run.key,
                "step": run.step,
                "due_at": run.due_at.isoformat() if run.due_at else None,
                "awaited": run.awaited,
                "outcome": run.outcome,
                "error": run.error,
            }
            for run in moment.standing
        ],
    }
