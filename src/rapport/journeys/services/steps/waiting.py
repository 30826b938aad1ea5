"""Steps that let time pass: for a while, until a time of day or weekday, until something happens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rapport.journeys.registry import (
    Arrival,
    Config,
    Effects,
    Outcome,
    Pass,
    Position,
    Problems,
    StepKind,
    Wait,
    World,
)
from rapport.messaging.services.quiet import moment_of

UNITS = ("minutes", "hours", "days", "weeks")
_FOR = {
    "type": "object",
    "title": gettext_lazy("For how long"),
    "format": "duration",
    "default": {"days": 1},
    "minProperties": 1,
    "additionalProperties": False,
    "properties": {unit: {"type": "integer", "minimum": 0, "maximum": 100_000} for unit in UNITS},
}
LONGEST = dt.timedelta(days=3_660)


def length(given: Mapping[str, Any]) -> dt.timedelta:
    return dt.timedelta(**{unit: given[unit] for unit in UNITS if unit in given})


def later(now: dt.datetime, given: Mapping[str, Any], zone: ZoneInfo) -> dt.datetime:
    """So long after now. Days and weeks are those of the calendar: tomorrow at the same time by the clock."""
    days = int(given.get("days", 0)) + 7 * int(given.get("weeks", 0))
    local = now.astimezone(zone)
    moment = moment_of((local + dt.timedelta(days=days)).replace(tzinfo=None), zone) if days else now
    return moment + dt.timedelta(hours=given.get("hours", 0), minutes=given.get("minutes", 0))


def next_time(now: dt.datetime, zone: ZoneInfo, at: dt.time, weekdays: Sequence[int]) -> dt.datetime:
    """When it is next that time by their clock, on one of the weekdays (Monday 0; none: any). Later than now."""
    today = now.astimezone(zone).date()
    for ahead in range(9):
        day = today + dt.timedelta(days=ahead)
        if weekdays and day.weekday() not in weekdays:
            continue
        moment = moment_of(dt.datetime.combine(day, at), zone)
        if moment > now:
            return moment
    raise ValueError("no weekday comes")


def _zone(position: Position, world: World) -> ZoneInfo:
    return world.zone(position.person_id)


def _run_for(
    step: str, config: Config, arrivals: Sequence[Arrival], world: World, effects: Effects
) -> list[Outcome]:
    world.traits([arrival.position.person_id for arrival in arrivals])
    return [
        Pass() if arrival.is_due else Wait(later(world.now, config["for"], _zone(arrival.position, world)))
        for arrival in arrivals
    ]


def _run_until(
    step: str, config: Config, arrivals: Sequence[Arrival], world: World, effects: Effects
) -> list[Outcome]:
    world.traits([arrival.position.person_id for arrival in arrivals])
    at, weekdays = dt.time.fromisoformat(config["time"]), config.get("weekdays", ())
    return [
        Pass() if arrival.is_due else Wait(next_time(world.now, _zone(arrival.position, world), at, weekdays))
        for arrival in arrivals
    ]


def _run_event(
    step: str, config: Config, arrivals: Sequence[Arrival], world: World, effects: Effects
) -> list[Outcome]:
    outcomes: list[Outcome] = []
    world.traits([arrival.position.person_id for arrival in arrivals])
    for arrival in arrivals:
        if arrival.event is not None:
            outcomes.append(Pass("happened", {"event": arrival.event["event"]}, arrival.event["properties"]))
        elif arrival.is_due:
            outcomes.append(Pass("timeout"))
        else:
            until = later(world.now, config["for"], _zone(arrival.position, world))
            outcomes.append(Wait(until, config["event"]))
    return outcomes


def _check_length(config: Config, problems: Problems) -> None:
    if not dt.timedelta(0) < length(config["for"]) <= LONGEST:
        problems.add("for", _("Wait for longer than nothing, and for ten years at most."))


def for_words(given: Mapping[str, Any]) -> str:
    counted = {
        "minutes": ngettext("%d minute", "%d minutes", given.get("minutes", 0)),
        "hours": ngettext("%d hour", "%d hours", given.get("hours", 0)),
        "days": ngettext("%d day", "%d days", given.get("days", 0)),
        "weeks": ngettext("%d week", "%d weeks", given.get("weeks", 0)),
    }
    return " ".join(counted[unit] % given[unit] for unit in reversed(UNITS) if given.get(unit))


WAIT = StepKind(
    "wait",
    gettext_lazy("Wait for a while"),
    "clock",
    {"required": ["for"], "properties": {"for": _FOR}},
    _run_for,
    lambda config: _("wait for %(time)s") % {"time": for_words(config.get("for", {}))},
    _check_length,
    waits=True,
)
UNTIL = StepKind(
    "wait_until",
    gettext_lazy("Wait until a time of day"),
    "calendar",
    {
        "required": ["time"],
        "properties": {
            "time": {
                "type": "string",
                "title": gettext_lazy("Time"),
                "format": "time",
                "default": "09:00",
                "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$",
            },
            "weekdays": {
                "type": "array",
                "title": gettext_lazy("Weekdays"),
                "format": "weekdays",
                "maxItems": 7,
                "uniqueItems": True,
                "items": {"type": "integer", "minimum": 0, "maximum": 6},
            },
        },
    },
    _run_until,
    lambda config: _("wait until %(time)s by their clock") % {"time": config.get("time", "…")},
    waits=True,
)
EVENT = StepKind(
    "wait_event",
    gettext_lazy("Wait until something happens"),
    "activity",
    {
        "required": ["event", "for"],
        "properties": {
            "event": {
                "type": "string",
                "title": gettext_lazy("Event"),
                "format": "event",
                "minLength": 1,
                "maxLength": 200,
            },
            "where": {"$ref": "#/$defs/condition", "title": gettext_lazy("Only if")},
            "for": _FOR,
        },
    },
    _run_event,
    lambda config: _("wait until “%(event)s” happens") % {"event": config.get("event", "…")},
    _check_length,
    lambda config: ("happened", "timeout"),
    lambda config: (config["event"],),
    waits=True,
)
KINDS = (WAIT, UNTIL, EVENT)
# For steps that wait for an answer.
FOR, check_length = _FOR, _check_length
