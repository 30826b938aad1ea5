"""Conditions of triggers, exits and branches, answered in memory for one person at one moment.

{"all": […]}, {"any": […]}, {"not": …}, {"segment": key}, {"trait": name, "op": …, "value": …},
{"property": path, …} of the event in hand, {"answer": path, …} of an earlier step. A path is names joined by dots.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Condition = Mapping[str, Any]
MISSING = object()
MOST_CHOICES = 100
VALUES = ("trait", "property", "answer")
OPERATORS: dict[str, Any] = {
    "is": gettext_lazy("is"),
    "is_not": gettext_lazy("is not"),
    "contains": gettext_lazy("contains"),
    "one_of": gettext_lazy("is one of"),
    "gt": gettext_lazy("is more than"),
    "gte": gettext_lazy("is at least"),
    "lt": gettext_lazy("is less than"),
    "lte": gettext_lazy("is at most"),
    "exists": gettext_lazy("is known"),
    "missing": gettext_lazy("is not known"),
}
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda left, right: left > right,
    "gte": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "lte": lambda left, right: left <= right,
}
_PATH = {"type": "string", "minLength": 1, "maxLength": 200}
SCHEMA: dict[str, Any] = {
    "oneOf": [
        {"$ref": "#/$defs/all"},
        {"$ref": "#/$defs/any"},
        {"$ref": "#/$defs/not"},
        {"$ref": "#/$defs/segment"},
        {"$ref": "#/$defs/comparison"},
    ]
}
_LIST = {"type": "array", "minItems": 1, "maxItems": 50, "items": {"$ref": "#/$defs/condition"}}
DEFINITIONS: dict[str, Any] = {
    "condition": SCHEMA,
    "all": {
        "type": "object",
        "required": ["all"],
        "additionalProperties": False,
        "properties": {"all": _LIST},
    },
    "any": {
        "type": "object",
        "required": ["any"],
        "additionalProperties": False,
        "properties": {"any": _LIST},
    },
    "not": {
        "type": "object",
        "required": ["not"],
        "additionalProperties": False,
        "properties": {"not": {"$ref": "#/$defs/condition"}},
    },
    "segment": {
        "type": "object",
        "required": ["segment"],
        "additionalProperties": False,
        "properties": {"segment": _PATH},
    },
    "comparison": {
        "type": "object",
        "required": ["op"],
        "additionalProperties": False,
        "properties": {
            **dict.fromkeys(VALUES, _PATH),
            "op": {"enum": list(OPERATORS)},
            "value": {},
        },
        "oneOf": [{"required": [name]} for name in VALUES],
    },
}


@dataclass(frozen=True, slots=True)
class Context:
    """What conditions are answered from. `segments` are the keys of those the person is in."""

    traits: Mapping[str, Any] = field(default_factory=dict)
    segments: Collection[str] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)


def holds(condition: Condition, context: Context) -> bool:
    """Whether a checked condition holds. What is not known is neither equal, nor more, nor less."""
    if "all" in condition:
        return all(holds(part, context) for part in condition["all"])
    if "any" in condition:
        return any(holds(part, context) for part in condition["any"])
    if "not" in condition:
        return not holds(condition["not"], context)
    if "segment" in condition:
        return condition["segment"] in context.segments
    return _compare(condition["op"], _value(condition, context), condition.get("value"))


def faults(condition: Condition | None) -> list[str]:
    """What is wrong with the values it compares with, beyond its shape."""
    problems = []
    for clause in clauses(condition):
        if "op" not in clause or clause["op"] in {"exists", "missing"}:
            continue
        value = clause.get("value")
        values = value if clause["op"] == "one_of" and isinstance(value, list) else [value]
        is_right = clause["op"] != "one_of" or (isinstance(value, list) and 0 < len(value) <= MOST_CHOICES)
        if not is_right or not all(isinstance(part, str | int | float) for part in values):
            problems.append(
                _("“%(name)s” is compared with nothing, or with what cannot be compared.")
                % {"name": next(str(clause[kind]) for kind in VALUES if kind in clause)}
            )
    return problems


def segments(condition: Condition | None) -> set[str]:
    """Keys of the segments it looks at."""
    return {part["segment"] for part in clauses(condition) if "segment" in part}


def clauses(condition: Condition | None) -> Iterator[Condition]:
    """The condition and all inside it."""
    if condition is None:
        return
    yield condition
    for name in ("all", "any"):
        for part in condition.get(name, ()):
            yield from clauses(part)
    if "not" in condition:
        yield from clauses(condition["not"])


def evidence(condition: Condition, context: Context) -> dict[str, Any]:
    """{name: value} of all that the condition looks at, as far as it is known; of a segment, whether they are in it."""
    values: dict[str, Any] = {}
    for clause in clauses(condition):
        if "segment" in clause:
            values[clause["segment"]] = clause["segment"] in context.segments
        elif "op" in clause and (value := _value(clause, context)) is not MISSING:
            values[next(clause[kind] for kind in VALUES if kind in clause)] = value
    return values


def words(condition: Condition) -> str:
    """The condition in a sentence's part."""
    if "all" in condition:
        return _(" and ").join(words(part) for part in condition["all"])
    if "any" in condition:
        return _(" or ").join(words(part) for part in condition["any"])
    if "not" in condition:
        return _("not (%(condition)s)") % {"condition": words(condition["not"])}
    if "segment" in condition:
        return _("in the segment “%(key)s”") % {"key": condition["segment"]}
    name = next(str(condition[kind]) for kind in VALUES if kind in condition)
    value = condition.get("value")
    shown = ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return f"{name} {OPERATORS[condition['op']]} {shown}".strip()


def path_value(values: Any, path: str) -> Any:
    """What stands at names joined by dots, or MISSING. A name with dots of its own wins."""
    if isinstance(values, Mapping) and path in values:
        return values[path]
    for name in path.split("."):
        if not isinstance(values, Mapping) or name not in values:
            return MISSING
        values = values[name]
    return values


def _value(condition: Condition, context: Context) -> Any:
    if "trait" in condition:
        return path_value(context.traits, condition["trait"])
    if "property" in condition:
        return path_value(context.properties, condition["property"])
    return path_value(context.answers, condition["answer"])


def _compare(operator: str, left: Any, right: Any) -> bool:
    is_known = left is not MISSING and left is not None and left != ""
    if operator in {"exists", "missing"}:
        return is_known == (operator == "exists")
    if operator == "is_not":
        return not (is_known and _equal(left, right))
    if not is_known:
        return False
    if operator == "is":
        return _equal(left, right)
    if operator == "one_of":
        return any(_equal(left, choice) for choice in right)
    if operator == "contains":
        if isinstance(left, list):
            return any(_equal(item, right) for item in left)
        return str(right).casefold() in str(left).casefold()
    pair = _ordered(left, right)
    return pair is not None and _COMPARED[operator](*pair)


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    pair = _ordered(left, right)
    return pair[0] == pair[1] if pair is not None else str(left).casefold() == str(right).casefold()


def _ordered(left: Any, right: Any) -> tuple[Any, Any] | None:
    """Both as numbers or both as moments; None where they are neither."""
    for convert in (_number, _moment):
        first, second = convert(left), convert(right)
        if first is not None and second is not None:
            return first, second
    return None


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _moment(value: Any) -> dt.datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
