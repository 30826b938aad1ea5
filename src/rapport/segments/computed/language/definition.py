"""Definitions of computed traits: are they well formed, do they change as time passes, their JSON schema.

{"figure": "sum", "events": ["Order Completed"], "property": "total", "currency": "GBP", "within": "365d"}
"""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _

from rapport.segments.clauses.scope import MAX_CONDITIONS, condition_schema
from rapport.segments.clauses.trait import NAME_SCHEMA
from rapport.segments.computed.language.figures import DEFAULT_LIMIT, FIGURES, LIST_LIMIT, Figure, figure_of
from rapport.segments.language import comparisons, times, tree
from rapport.segments.language.problems import InvalidDefinition, Problem, Report, child

MAX_EVENTS = 10
EACH = "each"
CURRENCY = re.compile(r"[A-Z]{3}")
_ABOUT_EVENTS = ("within", "between", "where")
KEYS = frozenset(
    {"figure", "events", "property", "context", "currency", "currency_property", "limit", "zero", *_ABOUT_EVENTS}
)  # fmt: skip

Definition = dict[str, Any]


def check(definition: Any) -> list[Problem]:
    """Everything that is wrong with a definition; empty when it can be used."""
    report = Report()
    if not isinstance(definition, dict):
        return [Problem("", _('A definition is a JSON object such as {"figure": "count", "events": ["…"]}.'))]
    tree.only_in(definition, "", KEYS, report)
    figure = figure_of(definition)
    if figure is None:
        report.add("/figure", _("Use one of: %(known)s.") % {"known": ", ".join(FIGURES)})
    _check_events(definition, report)
    report.problems += _about_events(definition)
    if figure:
        _check_property(definition, figure, report)
        _check_options(definition, figure, report)
    return report.problems


def validate(definition: Any) -> Definition:
    """The definition itself, or InvalidDefinition with every reason."""
    if problems := check(definition):
        raise InvalidDefinition(problems)
    checked: Definition = definition
    return checked


def moves_with_time(definition: Definition) -> bool:
    """Whether a value can change though nothing happens."""
    figure = figure_of(definition)
    conditions = definition.get("where") or []
    moving = any(comparisons.moves_with_time(c) for c in conditions if isinstance(c, dict))
    return (
        "within" in definition
        or _between_moves(definition)
        or moving
        or bool(figure and figure.gives == "days")
    )


def daily(definition: Definition) -> bool:
    """Whether time changes values at midnight only."""
    return "within" not in definition and not _between_moves(definition) and not any(
        comparisons.moves_with_time(c) for c in definition.get("where") or []
    )  # fmt: skip


def limit_of(definition: Definition) -> int:
    limit = definition.get("limit")
    return limit if isinstance(limit, int) else DEFAULT_LIMIT


def _between_moves(definition: Definition) -> bool:
    return any(times.is_relative(end) for end in definition.get("between") or [])


def _check_events(definition: Definition, report: Report) -> None:
    events = definition.get("events")
    if not isinstance(events, list) or not 0 < len(events) <= MAX_EVENTS:
        report.add("/events", _("Name 1 to %(n)d events in a list.") % {"n": MAX_EVENTS})
        return
    for index, name in enumerate(events):
        tree.name_problem(name, _("event"), f"/events/{index}", report)


def _about_events(definition: Definition) -> list[Problem]:
    """The parts that segments have too are checked as segments check them."""
    shared = {key: definition[key] for key in _ABOUT_EVENTS if key in definition}
    return tree.check({"did": "event", **shared}) if shared else []


def _check_property(definition: Definition, figure: Figure, report: Report) -> None:
    stated = [key for key in ("property", "context") if key in definition]
    if not figure.takes_property:
        for key in stated:
            report.add(f"/{key}", _("This figure is about the events themselves, not about a property."))
        return
    if len(stated) != 1:
        report.add("/property", _("Name the property, such as total or products[].quantity."))
        return
    name = definition[stated[0]]
    plain = name.replace("[]", "", 1) if isinstance(name, str) else name
    tree.name_problem(plain, _("property"), f"/{stated[0]}", report, dotted=True)
    if isinstance(name, str) and name and not re.fullmatch(r"[^\[\]]+(\[\])?(\.[^\[\]]+)?", name):
        report.add(f"/{stated[0]}", _("[] may stand once, after the name of a list: products[].quantity."))


def _check_options(definition: Definition, figure: Figure, report: Report) -> None:
    currency = definition.get("currency")
    if currency is not None:
        if not figure.takes_currency:
            report.add("/currency", _("Only sums, averages, smallest and largest amounts have a currency."))
        elif currency != EACH and not (isinstance(currency, str) and CURRENCY.fullmatch(currency)):
            report.add("/currency", _('Write a currency like GBP, or "each" for one amount per currency.'))
    if "currency_property" in definition:
        place = child("", "currency_property")
        tree.name_problem(definition["currency_property"], _("property"), place, report, dotted=True)
        if currency is None:
            report.add(place, _("Say which currency."))
    limit = definition.get("limit", DEFAULT_LIMIT)
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= LIST_LIMIT:
        report.add("/limit", _("This must be a whole number from 1 to %(n)d.") % {"n": LIST_LIMIT})
    elif "limit" in definition and figure.gives != "list":
        report.add("/limit", _("Only a list has a length."))
    _check_zero(definition, figure, report)


def _check_zero(definition: Definition, figure: Figure, report: Report) -> None:
    if "zero" not in definition:
        return
    if not isinstance(definition["zero"], bool):
        report.add("/zero", _("This must be true or false."))
    elif definition["zero"] and (not figure.may_be_zero or definition.get("currency") == EACH):
        report.add(
            "/zero", _("Only a count, a sum and a number of values can be 0 for people who have none.")
        )


def json_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of a definition."""
    event = tree_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Definition of a computed trait",
        "type": "object",
        "additionalProperties": False,
        "required": ["figure", "events"],
        "properties": {
            "figure": {"enum": list(FIGURES)},
            "events": {"type": "array", "minItems": 1, "maxItems": MAX_EVENTS, "items": NAME_SCHEMA},
            "property": {
                **NAME_SCHEMA,
                "description": "Dots lead inwards, [] into a list: products[].quantity.",
            },
            "context": {**NAME_SCHEMA, "description": "Instead of property: a part of the event's context."},
            "currency": {"type": "string", "pattern": "^([A-Z]{3}|each)$"},
            "currency_property": {**NAME_SCHEMA, "default": "currency"},
            "limit": {"type": "integer", "minimum": 1, "maximum": LIST_LIMIT, "default": DEFAULT_LIMIT},
            "zero": {"type": "boolean", "default": False},
            **event,
        },
        "$defs": {"condition": condition_schema()},
    }


def tree_schema() -> dict[str, Any]:
    """What stands in a segment's event clause just so."""
    ends = {"type": ["string", "null"]}
    return {
        "within": {"type": "string", "pattern": times.DURATION_PATTERN, "description": times.DURATION_HINT},
        "between": {"type": "array", "minItems": 2, "maxItems": 2, "items": ends},
        "where": {"type": "array", "maxItems": MAX_CONDITIONS, "items": {"$ref": "#/$defs/condition"}},
    }
