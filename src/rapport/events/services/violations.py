"""What in an event broke its schema, said without the customer's values, and counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from rapport.events.models import Violation

if TYPE_CHECKING:
    from rapport.events.services.stream import Item

MAX_BREACHES = 20
_TYPES = {
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
}
_WANTED = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_SIMPLE = {
    "enum": "is not one of the values allowed",
    "constant": "is not the value wanted",
    "pattern": "does not match the pattern",
    "format": "does not have the right format",
    "minimum": "is too small",
    "exclusiveMinimum": "is too small",
    "maximum": "is too large",
    "exclusiveMaximum": "is too large",
    "minLength": "is too short",
    "maxLength": "is too long",
    "minItems": "has too few entries",
    "maxItems": "has too many entries",
    "uniqueItems": "repeats an entry",
}


class Breach(NamedTuple):
    """One property and what is wrong with it."""

    property: str
    reason: str


def breaches(validator: Any, fields: dict[str, Any]) -> list[Breach]:
    """Everything that is wrong, each property and reason once, the first 20."""
    distinct: dict[Breach, None] = {}
    for error in validator.iter_errors(fields):
        distinct.update(dict.fromkeys(_of(error)))
        if len(distinct) >= MAX_BREACHES:
            break
    return list(distinct)[:MAX_BREACHES]


def _of(error: Any) -> list[Breach]:
    place, kind = path_of(error.instance_path), error.kind
    if kind.name == "required":
        return [Breach(_joined(place, kind.property), "is required")]
    if kind.name == "additionalProperties":
        return [Breach(_joined(place, name), "is not in the plan") for name in kind.unexpected]
    if kind.name == "type":
        wanted = " or ".join(_WANTED[type_name] for type_name in kind.types)
        return [Breach(place, f"must be {wanted}, but is {_TYPES.get(type(error.instance), 'null')}")]
    return [Breach(place, _SIMPLE.get(kind.name, f"does not fit “{kind.name}”"))]


def path_of(steps: Sequence[str | int]) -> str:
    """`["products", 0, "sku"]` as `products[].sku`."""
    path = ""
    for step in steps:
        path = f"{path}[]" if isinstance(step, int) else _joined(path, step)
    return path[:200]


def _joined(place: str, name: str) -> str:
    return f"{place}.{name}"[:200] if place else name[:200]


def told(breaches: Sequence[Breach]) -> str:
    """The first three in words."""
    words = "; ".join(f"{breach.property} {breach.reason}".strip() for breach in breaches[:3])
    return words if len(breaches) <= 3 else f"{words}; and {len(breaches) - 3} more"


class Found:
    """The violations of one batch, added up."""

    def __init__(self) -> None:
        self._counts: dict[tuple[int, dt.date, str, Breach], tuple[int, dt.datetime, str]] = {}

    def add(self, event_id: int, item: Item, broken: Sequence[Breach]) -> None:
        for breach in broken:
            key = (event_id, item.received.date(), item.source, breach)
            count = self._counts.get(key, (0, item.received, ""))[0]
            self._counts[key] = (count + 1, item.received, item.event.message_id)

    def store(self) -> None:
        """Adds rows, in the caller's transaction. Adding never waits for another worker; a loop joins them."""
        Violation.objects.bulk_create(
            Violation(
                event_id=event_id,
                day=day,
                source=source,
                property=breach.property,
                reason=breach.reason[:200],
                count=count,
                last_at=at,
                message_id=message_id,
            )
            for (event_id, day, source, breach), (count, at, message_id) in self._counts.items()
        )
