"""The builder's form: a definition as fields and back. The form is the only state; nothing is kept between edits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rapport.core.queries import workspace
from rapport.segments.builder import comparing, suggestions
from rapport.segments.builder.fields import shown
from rapport.segments.computed.language import words
from rapport.segments.computed.language.definition import EACH, MAX_EVENTS
from rapport.segments.computed.language.figures import DEFAULT_LIMIT, FIGURES, figure_of
from rapport.segments.language import comparisons
from rapport.segments.language.problems import Problem

Definition = dict[str, Any]
BLANK: Definition = {"figure": "sum", "events": [""], "property": ""}
_OPERATORS = comparing.options(tuple(comparisons.COMPARISONS))
_MOST = 20


def read(data: Mapping[str, Any]) -> Definition:
    """The definition that the form stands for; may be incomplete."""
    definition: Definition = {"figure": _text(data, "figure"), "events": _events(data)}
    figure = figure_of(definition)
    if figure and figure.takes_property:
        definition["context" if _text(data, "holder") == "context" else "property"] = _text(data, "of")
    if figure and figure.takes_currency and _text(data, "currency"):
        definition["currency"] = EACH if _text(data, "currency") == EACH else _text(data, "code").upper()
    if figure and figure.gives == "list":
        definition["limit"] = _number(data, "limit", DEFAULT_LIMIT)
    if figure and figure.may_be_zero and definition.get("currency") != EACH and data.get("zero") == "on":
        definition["zero"] = True
    definition |= _window(data)
    conditions = [_condition(data, index) for index in range(_number(data, "conditions", 0))]
    return definition | ({"where": conditions} if conditions else {})


def act(definition: Definition, action: str) -> Definition:
    """What a button of the form does: "event+", "event-:1", "where+", "where-:0"."""
    verb, _, argument = action.partition(":")
    index = int(argument) if argument.isdigit() else -1
    if verb == "event+" and len(definition["events"]) < MAX_EVENTS:
        definition["events"].append("")
    elif verb == "where+" and len(definition.get("where", [])) < _MOST:
        definition.setdefault("where", []).append({"property": "", "is": ""})
    elif verb == "event-" and 0 <= index < len(definition["events"]) > 1:
        del definition["events"][index]
    elif verb == "where-" and 0 <= index < len(definition.get("where", [])):
        del definition["where"][index]
    return definition


def drawing(definition: Definition, problems: list[Problem] | None = None) -> dict[str, Any]:
    """What the templates need to show a definition."""
    figure = figure_of(definition)
    events = definition.get("events") or [""]
    currency = definition.get("currency", "")
    within = str(definition.get("within", ""))
    number = within.rstrip("minhdwoy")
    first, last = ([*(definition.get("between") or []), None, None])[:2]
    return {
        "figures": FIGURES.values(),
        "figure": figure,
        "definition": definition,
        "events": list(enumerate(events)),
        "of": definition.get("context", definition.get("property", "")),
        "holder": "context" if "context" in definition else "property",
        "currency": currency if currency in ("", EACH) else "one",
        "code": workspace().currency if currency in ("", EACH) else currency,
        "limit": definition.get("limit", DEFAULT_LIMIT),
        "window": "within" if "within" in definition else "between" if "between" in definition else "",
        "number": number or "365",
        "unit": within[len(number) :] or "d",
        "first": first or "",
        "last": last or "",
        "conditions": _rows(definition),
        "operators": _OPERATORS,
        "words": words.describe(definition),
        "known_events": suggestions.events(),
        "known_properties": suggestions.properties([name for name in events if isinstance(name, str)]),
        "problems": by_field(problems or []),
    }


def by_field(problems: list[Problem]) -> dict[str, list[str]]:
    """{"events", "property", "currency", "window", "where", "general": what is wrong there}."""
    places = {"context": "property", "within": "window", "between": "window", "currency_property": "currency"}
    messages_by_field: dict[str, list[str]] = {}
    for problem in problems:
        name = problem.pointer.split("/")[1] if problem.pointer else "general"
        messages = messages_by_field.setdefault(places.get(name, name), [])
        if problem.message not in messages:
            messages.append(problem.message)
    return messages_by_field


def _rows(definition: Definition) -> list[dict[str, Any]]:
    """One line per comparison; several of one condition become several lines, which all must hold."""
    lines: list[dict[str, Any]] = []
    for condition in definition.get("where") or []:
        for name in comparisons.stated(condition) or ["is"]:
            value = condition.get(name, "")
            operator = "exists-not" if name == "exists" and value is False else name
            lines.append(
                {
                    "index": len(lines),
                    "name": condition.get("context", condition.get("property", "")),
                    "holder": "context" if "context" in condition else "property",
                    "operator": operator,
                    "value": shown(value),
                    "takes": name != "exists",
                }
            )
    return lines


def _condition(data: Mapping[str, Any], index: int) -> dict[str, Any]:
    holder = "context" if _text(data, f"w{index}holder") == "context" else "property"
    condition: dict[str, Any] = {holder: _text(data, f"w{index}name")}
    operator = _text(data, f"w{index}op") or "is"
    if operator in ("exists", "exists-not"):
        condition["exists"] = operator == "exists"
    elif operator in comparisons.COMPARISONS:
        condition[operator] = comparing.operand(operator, _text(data, f"w{index}value"))
    return condition


def _events(data: Mapping[str, Any]) -> list[str]:
    return [_text(data, f"event{index}") for index in range(_number(data, "events", 1))] or [""]


def _window(data: Mapping[str, Any]) -> Definition:
    if _text(data, "window") == "within":
        return {"within": _text(data, "number", "365") + _text(data, "unit", "d")}
    if _text(data, "window") == "between":
        return {"between": [_text(data, "first") or None, _text(data, "last") or None]}
    return {}


def _text(data: Mapping[str, Any], name: str, default: str = "") -> str:
    return str(data.get(name, default)).strip() or default


def _number(data: Mapping[str, Any], name: str, default: int) -> int:
    given = _text(data, name)
    return min(int(given), 1000) if given.isdigit() else default
