"""Rules: when this happens and that is true, do this now. A rule is a journey of one moment, by the same engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.journeys.models import Journey
from rapport.journeys.services import definitions, journeys
from rapport.journeys.services.definitions import InvalidDefinition

DO = "do"


def definition_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Of what the simple form says."""
    trigger: dict[str, Any] = {"type": "event", "event": given["event"]}
    if given.get("property"):
        trigger["where"] = {"property": given["property"], "op": given["op"], "value": given.get("value", "")}
    hours = given.get("again") or 0
    definition = {
        "trigger": trigger,
        "entry": {"again": "after", "days": hours / 24} if hours else {"again": "always"},
        "start": DO,
        "steps": {DO: {"type": given["do"], **_settings(given)}},
    }
    return {**definition, "audience": {"segment": given["segment"]}} if given.get("segment") else definition


def _settings(given: Mapping[str, Any]) -> dict[str, Any]:
    match given["do"]:
        case "list":
            return {"list": given["list"], "do": "add"}
        case "set_traits":
            return {"traits": {given["trait"]: given["trait_value"]}}
        case "emit":
            return {"event": given["tell"]}
    return {"about": given["about"], "to": [given["to"]]}


@transaction.atomic
def create(*, actor: Actor, name: str, definition: Mapping[str, Any], clock: Clock = SYSTEM) -> Journey:
    """A draft of a rule. Raises PermissionDenied, InvalidDefinition."""
    if problems := definitions.check(definition):
        raise InvalidDefinition(problems)
    return journeys.create(actor=actor, name=name, definition=definition, kind=Journey.Kind.RULE, clock=clock)
