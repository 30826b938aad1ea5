"""Which events a clause is about: name, time and conditions. Shared by `did`, `did_not` and `sequence`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from rapport.segments.clauses.trait import NAME_SCHEMA
from rapport.segments.language import comparisons, next_change, times, tree
from rapport.segments.language.compilation import Compilation, milliseconds
from rapport.segments.language.problems import Report, child
from rapport.segments.language.registry import Clause
from rapport.segments.language.values import Value, elements, event_property

MAX_CONDITIONS = 20
WHERE_KEYS = frozenset({"property", "context", *comparisons.COMPARISONS})
KEYS = frozenset({"within", "between", "where"})
# Months end raggedly: an event that has fallen out may come back for a day (see language.next_change).
_MARGIN = dt.timedelta(days=5)


def fits(clause: Clause, event: str, to: Compilation, needed: Clause | None = None) -> str:
    """SQL over a row of `events`: is it one of those the clause is about?

    The window of `needed`, if given, says from when on events are needed, instead of the clause's own.
    """
    start, end = window(clause, to)
    conditions = [f"event = {to.bind(event, 'String')}"]
    if start is not None:
        conditions.append(f"at >= {to.moment(start)}")
    if end is not None:
        conditions.append(f"at < {to.moment(end)}")
    conditions += [_condition(condition, to) for condition in clause.get("where", [])]
    fitting = " AND ".join(conditions)
    first, _last = window(needed or clause, to)
    to.looks_at(fitting, [event], first - _MARGIN if first is not None else None)
    return fitting


def next_changes(clause: Clause, event: str, to: Compilation) -> list[str]:
    """When the first of the events enters or falls out by itself: one aggregate per thing that moves."""
    still = {**clause, "where": [c for c in clause.get("where", []) if not comparisons.moves_with_time(c)]}
    ends = still.pop("between", None) or [None, None]
    relative = [end for end in ends if times.is_relative(end)]
    if "within" in still:
        relative.append("-" + still.pop("within"))
    still["between"] = [None if times.is_relative(end) else end for end in ends]
    moving = [next_change.crossing(to, "at", shift) for shift in relative]
    for condition in clause.get("where", []):
        moving += comparisons.next_changes(condition, _property(condition), to)
    if not moving:
        return []
    base = fits(still, event, to, needed=clause)
    return [to.aggregate(f"minIf({change}, {base})", "min") for change in moving]


def moves_with_time(clause: Clause) -> bool:
    ends = clause.get("between")
    relative = isinstance(ends, list) and any(times.is_relative(end) for end in ends)
    conditions = clause.get("where") or []
    return (
        "within" in clause
        or relative
        or any(comparisons.moves_with_time(c) for c in conditions if isinstance(c, dict))
    )


def holder_key(condition: Clause) -> str:
    return "context" if "context" in condition else "property"


def _property(condition: Clause) -> Value:
    holder = "context" if "context" in condition else "properties"
    return event_property(condition[holder_key(condition)], holder)


def _condition(condition: Clause, to: Compilation) -> str:
    name: str = condition[holder_key(condition)]
    if "[]." not in name:
        return comparisons.compile_all(condition, _property(condition), to)
    holder = "context" if "context" in condition else "properties"
    holds = comparisons.compile_all(condition, Value("x"), to)
    return f"arrayExists(x -> {holds}, {elements(name, holder)})"


def window(clause: Clause, to: Compilation) -> tuple[dt.datetime | None, dt.datetime | None]:
    """From (included) and to (not included). A last day given as a date is included whole."""
    starts, end = [], None
    if "within" in clause:
        starts.append(times.before(to.now, clause["within"]))
    first, last = clause.get("between", (None, None))
    if first is not None:
        starts.append(times.instant(first, now=to.now, zone=to.zone))
    if last is not None:
        move = times.day_after if times.is_date(last) else times.instant
        end = move(last, now=to.now, zone=to.zone)
    return (_rounded(max(starts)) if starts else None), end


def _rounded(moment: dt.datetime) -> dt.datetime:
    """Down to the millisecond that events are stored with."""
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=milliseconds(moment))


def schema() -> dict[str, Any]:
    """The `properties` of a JSON Schema for time and conditions."""
    return {
        "within": {
            "type": "string",
            "pattern": times.DURATION_PATTERN,
            "description": times.DURATION_HINT,
        },
        "between": {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": ["string", "null"]}},
        "where": where_schema(),
    }


def where_schema() -> dict[str, Any]:
    return {"type": "array", "maxItems": MAX_CONDITIONS, "items": {"$ref": "#/$defs/condition"}}


def condition_schema() -> dict[str, Any]:
    """JSON Schema of one member of `where`."""
    dotted = {**NAME_SCHEMA, "description": "Dots lead into objects, [] into lists: products[].sku."}
    return {
        "type": "object",
        "properties": {"property": dotted, "context": dotted, **comparisons.schema()},
        "oneOf": [{"required": ["property"]}, {"required": ["context"]}],
        "minProperties": 2,
        "additionalProperties": False,
    }


def check_window(clause: Clause, pointer: str, report: Report) -> None:
    if "within" in clause and not times.is_duration(clause["within"]):
        report.add(child(pointer, "within"), times.DURATION_HINT)
    if "between" not in clause:
        return
    ends = clause["between"]
    if not isinstance(ends, list) or len(ends) != 2 or ends == [None, None]:
        report.add(child(pointer, "between"), _("Write two dates; one of them may be null for open."))
        return
    wrong = [(i, p) for i, end in enumerate(ends) if end is not None and (p := times.instant_problem(end))]
    for index, problem in wrong:
        report.add(child(child(pointer, "between"), index), problem)


def check_conditions(clause: Clause, pointer: str, report: Report) -> None:
    if "where" not in clause:
        return
    place, conditions = child(pointer, "where"), clause["where"]
    if not isinstance(conditions, list) or len(conditions) > MAX_CONDITIONS:
        report.add(place, _("This must be a list of at most %(n)d conditions.") % {"n": MAX_CONDITIONS})
        return
    for index, condition in enumerate(conditions):
        here = child(place, index)
        if not isinstance(condition, dict) or ("property" in condition) == ("context" in condition):
            report.add(here, _('A condition looks like {"property": "total", "gt": 50}.'))
            continue
        tree.only_in(condition, here, WHERE_KEYS, report)
        key = "context" if "context" in condition else "property"
        _check_name(condition, key, here, report)
        comparisons.check(condition, here, report)


def _check_name(condition: Clause, key: str, here: str, report: Report) -> None:
    name = condition[key]
    plain = name.replace("[].", ".", 1) if isinstance(name, str) else name
    tree.name_problem(plain, _("property"), child(here, key), report, dotted=True)
    if isinstance(name, str) and "[]" in plain:
        report.add(child(here, key), _("One list can be looked into: products[].sku."))
    if isinstance(name, str) and "[]." in name and comparisons.moves_with_time(condition):
        report.add(here, _("Inside a list, dates are compared with fixed dates only."))
