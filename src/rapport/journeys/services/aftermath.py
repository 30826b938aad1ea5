"""What follows when a run ends: the journey that waits for it goes on, and what was decided in it has won or not."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from django.db.models import F

from rapport.journeys.models import ChoiceArm, Enrolment, Journey, JourneyVersion, StepAnswer
from rapport.journeys.services.engine import Move
from rapport.journeys.services.origin import ORIGIN
from rapport.messaging.services import dropping

DECIDE = "decide"
Outcome = Enrolment.Outcome
# Whoever ends so is past what their messages were about; whoever went to the end still gets them.
LEAVING = {Outcome.GOAL, Outcome.EXIT, Outcome.OUTSIDE, Outcome.REMOVED}


def follow(journey: Journey, version: JourneyVersion, ended: Sequence[Move], now: dt.datetime) -> None:
    """In the transaction that ends them."""
    leaving = [(move.position.person_id, move.position.id) for move in ended if move.outcome in LEAVING]
    if leaving:
        dropping.drop_of_runs(origin=ORIGIN.name, beginning=journey.pk.hex, runs=leaving, now=now)
    parents = [
        (parent, move.outcome)
        for move in ended
        if (parent := move.position.data.get("trigger", {}).get("parent"))
    ]
    if parents:
        _answer(parents)
    steps = [name for name, step in version.definition["steps"].items() if step["type"] == DECIDE]
    if steps:
        _reward(journey, steps, [move for move in ended if move.outcome == Enrolment.Outcome.GOAL])


def _answer(parents: Sequence[tuple[dict[str, int], str]]) -> None:
    ids = [parent["enrolment"] for parent, _outcome in parents]
    standing = dict(Enrolment.objects.filter(pk__in=ids, ended_at=None).values_list("pk", "moves"))
    StepAnswer.objects.bulk_create(
        [
            StepAnswer(
                enrolment_id=parent["enrolment"],
                moves=parent["moves"],
                branch="goal" if outcome == Enrolment.Outcome.GOAL else "ended",
                answer={"outcome": outcome},
            )
            for parent, outcome in parents
            if standing.get(parent["enrolment"]) == parent["moves"]
        ]
    )


def _reward(journey: Journey, steps: Sequence[str], reached: Sequence[Move]) -> None:
    """The options by which they came to the goal."""
    won = Counter(
        (step, answer["option"])
        for move in reached
        for step in steps
        if isinstance(answer := move.position.data.get(step), dict) and "option" in answer
    )
    for (step, option), count in sorted(won.items()):
        ChoiceArm.objects.filter(journey=journey, step=step, option=option).update(won=F("won") + count)
