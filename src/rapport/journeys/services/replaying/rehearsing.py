"""A definition carried over a few thousand people at once: their walks, and what the gate would have said."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapport.channels.registry import CHANNELS
from rapport.journeys.models import Journey
from rapport.journeys.services.aftermath import LEAVING
from rapport.journeys.services.definitions import Definition, segments_heard
from rapport.journeys.services.effects import source_of
from rapport.journeys.services.origin import ORIGIN
from rapport.journeys.services.replaying.past import PastWorld
from rapport.journeys.services.replaying.reading import Persons, Span
from rapport.journeys.services.replaying.simulating import Earlier, Plan, Run, Simulation, Walk
from rapport.journeys.services.replaying.tallying import Sent
from rapport.messaging.services.foreseeing import Foreseen, Planned, foresee

Given = Mapping[uuid.UUID, Mapping[str, Earlier]]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One person's walk, with the messages of each run."""

    walk: Walk
    sent: Mapping[int, Sequence[Sent]]


def rehearse(
    journey: Journey,
    definition: Definition,
    happenings: Persons,
    earlier: Given,
    span: Span,
    now: dt.datetime,
) -> tuple[list[Rehearsed], PastWorld]:
    """All of these people, in their order, and the world as it was asked."""
    world = world_of(journey, definition, list(happenings), span)
    plan = Plan.of(journey.pk, journey.name, definition, span.until)
    walks = []
    for person, events in happenings.items():
        world.now = span.since
        walks.append(Simulation(plan, person, world, earlier.get(person)).run(events))
    return judged(journey, walks, now), world


def world_of(journey: Journey, definition: Definition, persons: Sequence[uuid.UUID], span: Span) -> PastWorld:
    return PastWorld(persons, segments_heard(definition), now=span.since, own=source_of(journey.name))


def judged(journey: Journey, walks: Sequence[Walk], now: dt.datetime) -> list[Rehearsed]:
    """What the gate would have said of every message of these walks."""
    orders = [(run, message) for walk in walks for run in walk.runs for message in run.messages]
    planned = [
        Planned(
            run.person_id,
            message.config["channel"],
            message.config["purpose"],
            message.at,
            run.ended_at if run.outcome in LEAVING else None,
        )
        for run, message in orders
        if message.config.get("channel") in CHANNELS
    ]
    answers = iter(foresee(planned, without=(ORIGIN.name, journey.pk.hex), now=now))
    sent: dict[int, list[Sent]] = {}
    for run, message in orders:
        is_judged = message.config.get("channel") in CHANNELS
        foreseen = next(answers) if is_judged else Foreseen("", message.at)
        sent.setdefault(run.pk, []).append(Sent(message, foreseen))
    return [Rehearsed(walk, {run.pk: sent.get(run.pk, []) for run in walk.runs}) for walk in walks]


def shown(rehearsed: Rehearsed) -> dict[str, Any]:
    """JSON-ready: what would have become of somebody."""
    return {
        "runs": [_run(run, rehearsed.sent.get(run.pk, ())) for run in rehearsed.walk.runs],
        "refusals": [
            {"at": row.at.isoformat(), "event": row.event, "key": row.key, "reason": row.reason,
             "because": dict(row.because)}
            for row in rehearsed.walk.refusals
        ],
    }  # fmt: skip


def _run(run: Run, sent: Sequence[Sent]) -> dict[str, Any]:
    return {
        "key": run.key,
        "entered_at": run.entered_at.isoformat(),
        "ended_at": run.ended_at.isoformat() if run.ended_at else None,
        "outcome": run.outcome,
        "error": run.error,
        "step": run.step,
        "due_at": run.due_at.isoformat() if run.due_at else None,
        "passed": [
            {"step": at.step, "branch": at.branch, "at": at.at.isoformat(), "because": dict(at.because)}
            for at in run.passed
        ],
        "messages": [
            {
                "step": entry.message.step,
                "channel": str(entry.message.config.get("channel", "")),
                "at": entry.message.at.isoformat(),
                "goes_at": entry.foreseen.at.isoformat(),
                "reason": entry.foreseen.reason,
            }
            for entry in sent
        ],
    }
