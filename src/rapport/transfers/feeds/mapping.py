"""From a payload to events: one mapping says what kind of call it is, whose, when, and with which properties.

It is plain JSON, with an expression (see `expressions`) in every field:

    {"when": ["type = charge.succeeded"], "for_each": "line_items", "type": "'track'", "event": "'Paid'",
     "email": "customer.email | lower", "message_id": "id", "timestamp": "created | date",
     "external_ids": {"stripe": "customer.id"}, "properties": {"total": "amount | minor(currency)"}, "traits": {}}

The events come out as calls in Segment's form, so that capture checks them like everybody's. A track or page call
with traits, an e-mail address or a phone number is preceded by the identify call that tells whose it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from rapport.transfers.feeds.expressions import Expression, Scope, parse
from rapport.transfers.feeds.making import One, Outcome, Trouble
from rapport.transfers.feeds.steps import Bad, text

SINGLE = (
    "type",
    "event",
    "user_id",
    "anonymous_id",
    "email",
    "phone",
    "group_id",
    "timestamp",
    "message_id",
)
TABLES = ("properties", "traits", "external_ids")
MOST_FIELDS = 200
# More than a payload can hold: none is taken in part.
MOST_ITEMS = 100_000


class Invalid(ValueError):
    """The mapping itself cannot be read; `errors` is {field: what is wrong}."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {why}" for name, why in errors.items()))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Condition:
    """`path = value`, `path != value`, or a path that must lead to something."""

    expression: Expression
    sign: str = ""
    value: str = ""

    def holds(self, scope: Scope) -> bool:
        try:
            value = self.expression.of(scope)
            shown = "" if value is None else text(value)
        except Bad:
            return self.sign == "!="
        if not self.sign:
            return bool(value) or value == 0
        return (shown == self.value) == (self.sign == "=")


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping that could be read; made by `read`."""

    when: tuple[Condition, ...]
    for_each: Expression | None
    single: dict[str, Expression]
    tables: dict[str, dict[str, Expression]]

    def apply(self, payload: Any, headers: dict[str, str] | None = None, *, key: str = "") -> Outcome:
        """The calls of one payload. Without a message id of its own, `key` (or the payload's hash) gives it."""
        outcome = Outcome()
        top = Scope(payload, payload, {name.lower(): value for name, value in (headers or {}).items()})
        key = key or hashlib.sha256(msgspec.json.encode(payload, order="sorted")).hexdigest()[:40]
        ids: set[str] = set()
        outcome.met = False
        for number, scope in self._items(top, outcome):
            if not all(condition.holds(scope) for condition in self.when):
                continue
            outcome.met = True
            One(self.single, self.tables, scope, outcome, number, key, ids).map()
        if outcome.troubles:
            outcome.met = True
        return outcome

    def _items(self, top: Scope, outcome: Outcome) -> Iterator[tuple[int, Scope]]:
        if self.for_each is None:
            yield 0, top
            return
        try:
            items = self.for_each.of(top)
        except Bad as error:
            outcome.troubles.append(Trouble("for_each", str(error)))
            return
        if not isinstance(items, list):
            outcome.troubles.append(
                Trouble("for_each", _("There is no list at %(path)s.") % {"path": self.for_each.text})
            )
            return
        if len(items) > MOST_ITEMS:
            message = _("%(count)d items; at most %(most)d are taken from one payload.")
            outcome.troubles.append(Trouble("for_each", message % {"count": len(items), "most": MOST_ITEMS}))
            return
        for number, item in enumerate(items, 1):
            yield number, Scope(top.root, item, top.headers)


def read(given: Any) -> Mapping:
    """The mapping in this JSON. Raises Invalid."""
    errors: dict[str, str] = {}
    if not isinstance(given, dict):
        raise Invalid({"mapping": _("A mapping is an object.")})
    for name in given.keys() - {"when", "for_each", *SINGLE, *TABLES}:
        errors[str(name)] = _("A mapping has no such field.")
    single = {
        name: expression
        for name in SINGLE
        if given.get(name) and (expression := _read(name, given[name], errors))
    }
    tables = {name: _table(name, given.get(name) or {}, errors) for name in TABLES}
    when = tuple(filter(None, (_condition(line, errors) for line in _lines(given.get("when"), errors))))
    item_path = _read("for_each", given["for_each"], errors) if given.get("for_each") else None
    if errors:
        raise Invalid(errors)
    return Mapping(when, item_path, single, tables)


def _read(name: str, written: Any, errors: dict[str, str]) -> Expression | None:
    try:
        if not isinstance(written, str):
            raise Bad(_("Write it as text: a path, or a constant in quotes."))
        return parse(written)
    except Bad as error:
        errors[name] = str(error)
        return None


def _table(name: str, given: Any, errors: dict[str, str]) -> dict[str, Expression]:
    if not isinstance(given, dict) or len(given) > MOST_FIELDS:
        errors[name] = _("This is an object of at most %(most)d names.") % {"most": MOST_FIELDS}
        return {}
    return {
        str(key)[:200]: expression
        for key, written in given.items()
        if (expression := _read(f"{name}.{key}", written, errors))
    }


def _lines(given: Any, errors: dict[str, str]) -> list[str]:
    if given in (None, "", []):
        return []
    if not isinstance(given, list) or len(given) > 20 or not all(isinstance(line, str) for line in given):
        errors["when"] = _("Conditions are a list of at most 20 lines of text.")
        return []
    return [line for line in given if line.strip()]


def _condition(line: str, errors: dict[str, str]) -> Condition | None:
    sign = "!=" if "!=" in line else "=" if "=" in line else ""
    left, _sign, right = line.partition(sign) if sign else (line, "", "")
    expression = _read("when", left, errors)
    return Condition(expression, sign, right.strip().strip("'\"")) if expression else None
