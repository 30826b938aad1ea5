"""What a journey consists of, as JSON, and everything that can be wrong with it.

{"trigger": see `triggers`, "entry": {"again": "never"|"always"|"after", "days"?},
"audience"?: condition, "stay"?: true, "goal"?: {"event", "where"?}, "exits"?: [{"event", "where"?}],
"late"?: {"hours", "then": "run"|"end"}, "holdout"?: percent of the people, "start": step,
"steps": {name: {"type": kind, …, "next": step or {branch: step}}}}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import jsonschema_rs
from django.utils.translation import gettext as _

from rapport.journeys.models import ListenedEvent
from rapport.journeys.registry import STEP_KINDS
from rapport.journeys.services import conditions, triggers, ways
from rapport.journeys.services.problem_words import InvalidDefinition, Problem, place_and_words
from rapport.journeys.services.schema_texts import in_words
from rapport.segments.queries.segments import names

__all__ = [
    "MOST_STEPS",
    "Definition",
    "InvalidDefinition",
    "Problem",
    "check",
    "checked",
    "listened",
    "schema",
]
MOST_STEPS = 200
_NAME = {"type": "string", "pattern": "^[a-z0-9_-]{1,40}$"}
_EVENT = {"type": "string", "minLength": 1, "maxLength": 200}
_WHERE = {"$ref": "#/$defs/condition"}
_LISTENED = {
    "type": "object",
    "required": ["event"],
    "additionalProperties": False,
    "properties": {"event": _EVENT, "where": _WHERE},
}
Definition = Mapping[str, Any]


_ENTRY = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "again": {"enum": ["never", "always", "after"]},
        "days": {"type": "number", "exclusiveMinimum": 0, "maximum": 3660},
    },
}
_LATE = {
    "type": "object",
    "required": ["hours", "then"],
    "additionalProperties": False,
    "properties": {
        "hours": {"type": "number", "exclusiveMinimum": 0, "maximum": 8784},
        "then": {"enum": ["run", "end"]},
    },
}


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a definition, with all steps there are, in the language of who asks."""
    resolved: dict[str, Any] = in_words(_schema())
    return resolved


@cache
def _schema() -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": ["trigger", "start", "steps"],
        "additionalProperties": False,
        "properties": {
            "trigger": triggers.SCHEMA,
            "entry": _ENTRY,
            "audience": _WHERE,
            "stay": {"type": "boolean"},
            "goal": _LISTENED,
            "exits": {"type": "array", "maxItems": 20, "items": _LISTENED},
            "late": _LATE,
            "holdout": {"type": "number", "exclusiveMinimum": 0, "maximum": 50},
            "start": _NAME,
            "steps": {
                "type": "object",
                "minProperties": 1,
                "maxProperties": MOST_STEPS,
                "propertyNames": _NAME,
                "additionalProperties": {"oneOf": [_step(kind.name) for kind in STEP_KINDS]},
            },
        },
        "$defs": conditions.DEFINITIONS,
    }


def _step(name: str) -> dict[str, Any]:
    kind = STEP_KINDS[name]
    own = kind.schema
    return {
        "type": "object",
        "required": ["type", *own.get("required", ())],
        "additionalProperties": False,
        "properties": {
            "type": {"const": name},
            "title": {"type": "string", "maxLength": 120},
            "note": {"type": "string", "maxLength": 2000},
            "next": {"anyOf": [_NAME, {"type": "object", "additionalProperties": _NAME}]},
            **own.get("properties", {}),
        },
    }


@cache
def _validator(step_type: str) -> Any:
    """Of a whole definition for "", otherwise of one kind of step: its errors name what is wrong, not five others."""
    if not step_type:
        steps = {**schema()["properties"]["steps"], "additionalProperties": {"type": "object"}}
        whole = {**schema(), "properties": {**schema()["properties"], "steps": steps}}
        return jsonschema_rs.Draft202012Validator(whole)
    return jsonschema_rs.Draft202012Validator({**in_words(_step(step_type)), "$defs": conditions.DEFINITIONS})


def check(definition: Any) -> list[Problem]:
    """Everything that is wrong with it; empty when it can be published."""
    if isinstance(definition, Mapping) and definition.get("steps") == {}:
        return [Problem("/steps", _("Add the first step."))]
    misfits = [place_and_words(error) for error in _errors("", definition)]
    if misfits:
        return [Problem(_pointer(path), words) for path, words in misfits]
    problems: list[Problem] = []
    steps: Mapping[str, Any] = definition["steps"]
    for name, step in steps.items():
        problems += _step_problems(name, step, steps)
    if definition["start"] not in steps:
        problems.append(Problem("/start", _("There is no step “%(name)s”.") % {"name": definition["start"]}))
    problems += _trigger_problems(definition)
    problems += _unknown_segments(definition)
    problems += _compared_wrongly(definition)
    return problems or [*ways.unreached(definition), *ways.never_learning(definition)]


def checked(definition: Any) -> Definition:
    """The definition. Raises InvalidDefinition."""
    if problems := check(definition):
        raise InvalidDefinition(problems)
    result: Definition = definition
    return result


def listened(definition: Definition) -> set[tuple[str, str]]:
    """{(event, role)} that the definition listens to."""
    trigger, role = definition["trigger"], ListenedEvent.Role
    pairs: set[tuple[str, str]] = {(event, role.ENTRY) for event in triggers.events(trigger)}
    if "goal" in definition:
        pairs.add((definition["goal"]["event"], role.GOAL))
    pairs |= {(leaving["event"], role.EXIT) for leaving in definition.get("exits", ())}
    for step in definition["steps"].values():
        pairs |= {(event, role.STEP) for event in STEP_KINDS[step["type"]].events(step)}
    return {(event, str(name)) for event, name in pairs}


class _StepProblems:
    """Where a kind's check puts what it finds."""

    def __init__(self, name: str) -> None:
        self._name, self.problems = name, list[Problem]()

    def add(self, pointer: str, message: str) -> None:
        inside = "/".join(["/steps", self._name, *filter(None, pointer.split("."))])
        self.problems.append(Problem(inside, message))


def _step_problems(name: str, step: Any, steps: Mapping[str, Any]) -> list[Problem]:
    where = _StepProblems(name)
    kind = STEP_KINDS.get(str(step.get("type", "")))
    if kind is None:
        registered = ", ".join(sorted(entry.name for entry in STEP_KINDS))
        where.add("type", _("There is no such step; there are %(names)s.") % {"names": registered})
        return where.problems
    for error in _errors(kind.name, step):
        path, words = place_and_words(error)
        where.add(".".join(path), words)
    if where.problems:
        return where.problems
    kind.check(step, where)
    branches, after = kind.branches(step), step.get("next", {})
    if after and not branches:
        where.add("next", _("Nothing can come after this step."))
        return where.problems
    targets = dict.fromkeys(branches, after) if isinstance(after, str) else after
    for branch, target in targets.items():
        if branch not in branches:
            words = _("There is no branch “%(branch)s”; there are %(names)s.")
            where.add(f"next.{branch}", words % {"branch": branch, "names": ", ".join(branches) or "–"})
        elif target not in steps:
            where.add("next", _("There is no step “%(name)s”.") % {"name": target})
    return where.problems


def _trigger_problems(definition: Definition) -> Iterator[Problem]:
    trigger = definition["trigger"]
    for name, words in triggers.problems(trigger):
        yield Problem(f"/trigger/{name}", words)
    for name, step in definition["steps"].items():
        if step["type"] == "emit" and trigger["type"] == "event" and step["event"] == trigger.get("event"):
            yield Problem(f"/steps/{name}/event", _("It would start this journey again."))
    entry = definition.get("entry", {})
    if entry.get("again") == "after" and "days" not in entry:
        yield Problem("/entry/days", _("Say after how many days people may come again."))


def _unknown_segments(definition: Definition) -> Iterator[Problem]:
    registered = names()
    for pointer, condition in _conditions(definition):
        for key in sorted(conditions.segments(condition) - registered.keys()):
            yield Problem(pointer, _("There is no segment “%(key)s”.") % {"key": key})
    segment = definition["trigger"].get("segment")
    if segment and segment not in registered:
        yield Problem("/trigger/segment", _("There is no segment “%(key)s”.") % {"key": segment})


def _compared_wrongly(definition: Definition) -> Iterator[Problem]:
    for pointer, condition in _conditions(definition):
        for words in conditions.faults(condition):
            yield Problem(pointer, words)


def segments_heard(definition: Definition) -> set[str]:
    """Keys of the segments that conditions of the definition look at."""
    return {key for _pointer, condition in _conditions(definition) for key in conditions.segments(condition)}


def _conditions(definition: Definition) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield "/audience", definition.get("audience", {})
    yield "/trigger/where", definition["trigger"].get("where", {})
    yield "/goal/where", definition.get("goal", {}).get("where", {})
    for at, leaving in enumerate(definition.get("exits", ())):
        yield f"/exits/{at}/where", leaving.get("where", {})
    for name, step in definition["steps"].items():
        for field in ("if", "where"):
            if isinstance(step.get(field), Mapping):
                yield f"/steps/{name}/{field}", step[field]
        options = step.get("options")
        for option, settings in options.items() if isinstance(options, Mapping) else ():
            yield f"/steps/{name}/options/{option}/if", settings.get("if", {})


def _errors(step_type: str, value: Any) -> list[Any]:
    return list(_validator(step_type).iter_errors(value))[:20]


def _pointer(path: Any) -> str:
    return "".join(f"/{part}" for part in path) or "/"
