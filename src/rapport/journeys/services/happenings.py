"""What an event means to a journey: whether it lets somebody in, ends a run, or lets it go on; live and in a replay."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from rapport.journeys.models import ListenedEvent
from rapport.journeys.registry import STEP_KINDS, Arrival, World, depth_of
from rapport.journeys.services import conditions, engine, store, triggers
from rapport.journeys.services.conditions import Context
from rapport.journeys.services.engine import Move
from rapport.journeys.services.entering import Entrant
from rapport.journeys.services.store import Standing

# Journeys that start one another go on for so long: two that answer each other would write to somebody for ever.
MOST_DEPTH = 5
Role = ListenedEvent.Role


@dataclass(frozen=True, slots=True)
class Happening:
    """An event as conditions look at it."""

    event: str
    person_id: uuid.UUID
    at: dt.datetime
    properties: Mapping[str, Any]
    is_public: bool = False


class Waiting(Standing, Protocol):
    """Somebody on a journey who may wait for an event."""

    @property
    def awaited(self) -> str: ...


def affected(
    definition: Mapping[str, Any],
    roles: set[tuple[str, str]],
    row: Waiting,
    happening: Happening,
    world: World,
) -> Move | None:
    """What an event does to somebody on the journey: ends it, or lets them go on; live and in a replay."""
    if ending := _ending(definition, roles, happening, row.data, world):
        return Move(store.position(row), outcome=ending)
    if row.awaited != happening.event or not _awaits(definition, row, happening, world):
        return None
    given = {"event": happening.event, "properties": happening.properties}
    return engine.resume(definition, Arrival(store.position(row), event=given), world)


def _awaits(definition: Mapping[str, Any], row: Waiting, happening: Happening, world: World) -> bool:
    step = definition["steps"][row.step]
    where = STEP_KINDS[step["type"]].awaited(step)
    return fits({"where": where}, happening, row.data, world)


def _ending(
    definition: Mapping[str, Any],
    roles: set[tuple[str, str]],
    happening: Happening,
    data: Mapping[str, Any],
    world: World,
) -> str:
    """How the event ends it for the person, or ""."""
    goal = definition.get("goal")
    if (happening.event, Role.GOAL) in roles and goal and fits(goal, happening, data, world):
        return "goal"
    leaving = [rule for rule in definition.get("exits", ()) if rule["event"] == happening.event]
    return "exit" if any(fits(rule, happening, data, world) for rule in leaving) else ""


def fits(rule: Mapping[str, Any], happening: Happening, data: Mapping[str, Any], world: World) -> bool:
    """Whether the rule's condition on an event, if it has one, holds."""
    where = rule.get("where")
    return not where or conditions.holds(where, context_of(where, happening, data, world))


def context_of(
    where: conditions.Condition, happening: Happening, data: Mapping[str, Any], world: World
) -> Context:
    """What a condition on an event is answered from."""
    persons = [happening.person_id]
    inside = [key for key in conditions.segments(where) if world.members(key, persons)]
    traits = world.traits(persons).get(happening.person_id, {})
    return Context(traits, inside, happening.properties, data)


def entrant_of(trigger: Mapping[str, Any], happening: Happening) -> Entrant:
    given = {
        "event": happening.event,
        "at": happening.at.isoformat(),
        "properties": happening.properties,
        "is_public": happening.is_public,
    }
    return Entrant(happening.person_id, key_of(trigger, happening), given)


def opens(trigger: Mapping[str, Any], happening: Happening) -> bool:
    """Whether it is what the trigger means, whatever its condition says."""
    if depth_of(happening.properties) >= MOST_DEPTH:
        return False
    return triggers.opens(trigger, happening.event, happening.properties)


def key_of(trigger: Mapping[str, Any], happening: Happening) -> str:
    """Which run it is: the value of the property that the trigger names."""
    if not trigger.get("key"):
        return ""
    value = conditions.path_value(happening.properties, trigger["key"])
    return "" if value is conditions.MISSING or value is None else str(value)[:200]


def evidence_of(where: conditions.Condition, happening: Happening, world: World) -> dict[str, Any]:
    """The values that a condition on an event looked at."""
    return conditions.evidence(where, context_of(where, happening, {}, world))
