"""What steps have in common that do something outside of the journey, and may wait for an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rapport.journeys.registry import Act, Arrival, Config, Effects, Outcome, Pass, Position, Wait, World
from rapport.journeys.services.steps.waiting import later

WEEK: Mapping[str, int] = {"days": 7}
Run = Callable[[str, Config, Sequence[Arrival], World, Effects], Sequence[Outcome]]


def doing(act: Act, event: Callable[[Config], str] = lambda config: "", happened: str = "happened") -> Run:
    """Does it for who arrives; whoever gets no answer at once waits for one, or for the event, or `for` so long."""

    def run(
        step: str, config: Config, arrivals: Sequence[Arrival], world: World, effects: Effects
    ) -> list[Outcome]:
        fresh = [arrival.position for arrival in arrivals if not arrival.is_due and arrival.event is None]
        answers = effects.act(act, step, config, fresh) if fresh else {}
        if len(answers) < len(fresh):
            world.traits([position.person_id for position in fresh])
        return [
            _replied(arrival.event, happened)
            if arrival.event is not None
            else Pass("timeout")
            if arrival.is_due
            else answers.get(arrival.position.id) or _wait(config, arrival.position, world, event(config))
            for arrival in arrivals
        ]

    return run


def _replied(event: Mapping[str, Any], happened: str) -> Pass:
    """By an answer, or because the event happened."""
    if (reply := event.get("reply")) is not None:
        return Pass(reply["branch"], reply["because"], reply["answer"])
    return Pass(happened, {"event": event["event"]}, event["properties"])


def _wait(config: Config, position: Position, world: World, event: str) -> Wait:
    return Wait(later(world.now, config.get("for", WEEK), world.zone(position.person_id)), event)
