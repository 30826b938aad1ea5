"""Steps that change something: a trait of the person, or an event that others hear of."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.journeys.registry import Arrival, Config, Effects, Outcome, Pass, StepKind, World
from rapport.journeys.services.steps import titles

_VALUE = {"type": ["string", "number", "boolean", "null"]}


def _run_trait(
    step: str, config: Config, arrivals: Sequence[Arrival], world: World, effects: Effects
) -> list[Outcome]:
    effects.set_traits(step, [arrival.position for arrival in arrivals], config["traits"])
    return [Pass(because={"traits": sorted(config["traits"])}) for _arrival in arrivals]


def _run_event(
    step: str, config: Config, arrivals: Sequence[Arrival], world: World, effects: Effects
) -> list[Outcome]:
    positions = [arrival.position for arrival in arrivals]
    effects.emit(step, config["event"], positions, config.get("properties", {}))
    return [Pass() for _arrival in arrivals]


TRAIT = StepKind(
    "set_traits",
    gettext_lazy("Change traits"),
    "pencil",
    {
        "required": ["traits"],
        "properties": {
            "traits": {
                "type": "object",
                "title": titles.TRAITS,
                "format": "traits",
                "minProperties": 1,
                "maxProperties": 20,
                "propertyNames": {"minLength": 1, "maxLength": 64},
                "additionalProperties": _VALUE,
            }
        },
    },
    _run_trait,
    lambda config: _("change %(names)s") % {"names": ", ".join(config.get("traits", {}))},
    changes_people=True,
    permission="people.edit",
)
EVENT = StepKind(
    "emit",
    gettext_lazy("Tell of an event"),
    "radio",
    {
        "required": ["event"],
        "properties": {
            "event": {
                "type": "string",
                "title": titles.EVENT,
                "format": "event",
                "minLength": 1,
                "maxLength": 200,
            },
            "properties": {
                "type": "object",
                "title": titles.PROPERTIES,
                "maxProperties": 50,
                "additionalProperties": _VALUE,
            },
        },
    },
    _run_event,
    lambda config: _("tell of “%(event)s”") % {"event": config.get("event", "…")},
)
KINDS = (TRAIT, EVENT)
