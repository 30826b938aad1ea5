"""{"did": "Order Completed", "at_least": 3, "within": "30d"}: what the person has done, how often, how much.

`at_least`, `at_most`, `exactly` count the events that fit; without any of them once is enough. With `sum`,
`average`, `min`, `max` or `unique` of a property, `gt`, `gte`, `lt`, `lte`, `is` compare that figure as well.
`did_not` is the same question answered the other way round: not once. A person without any event has not done it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.segments.clauses import event_words
from rapport.segments.clauses.trait import NAME_SCHEMA
from rapport.segments.language import comparisons, times, tree
from rapport.segments.language.compilation import Compilation, milliseconds
from rapport.segments.language.problems import Report, child
from rapport.segments.language.values import event_property
from rapport.segments.registry import Clause, ClauseKind

COUNTS = {"at_least": ">=", "at_most": "<=", "exactly": "="}
AGGREGATES = ("sum", "average", "min", "max", "unique")
FIGURES = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "is": "="}
MAX_CONDITIONS = 20
_WHERE_KEYS = frozenset({"property", "context", *comparisons.COMPARISONS})
_COMMON = frozenset({"within", "between", "where"})


class EventClause(ClauseKind):
    name = "event"
    label = gettext_lazy("Event")
    icon = "activity"
    markers = ("did", "did_not")
    keys = frozenset({"did", "did_not", *COUNTS, *AGGREGATES, *FIGURES, *_COMMON})

    def schema(self) -> dict[str, Any]:
        count = {"type": "integer", "minimum": 0, "maximum": 1_000_000}
        figures = comparisons.schema(comparisons.NUMERIC) | {"is": {"type": "number"}}
        properties = {
            "did": NAME_SCHEMA,
            "did_not": NAME_SCHEMA,
            **dict.fromkeys(COUNTS, count),
            **dict.fromkeys(AGGREGATES, NAME_SCHEMA),
            **figures,
            "within": {
                "type": "string",
                "pattern": times.DURATION_PATTERN,
                "description": times.DURATION_HINT,
            },
            "between": {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": ["string", "null"]}},
            "where": {"type": "array", "maxItems": MAX_CONDITIONS, "items": {"$ref": "#/$defs/condition"}},
        }
        return {"properties": properties, "oneOf": [{"required": ["did"]}, {"required": ["did_not"]}]}

    def definitions(self) -> dict[str, Any]:
        return {"condition": condition_schema()}

    def check(self, clause: Clause, pointer: str, report: Report) -> None:
        self.unknown_keys(clause, pointer, report)
        marker = "did_not" if "did_not" in clause else "did"
        if "did" in clause and "did_not" in clause:
            report.add(pointer, _("Say either did or did_not."))
        tree.name_problem(clause[marker], _("event"), child(pointer, marker), report)
        _check_counts(clause, pointer, report)
        _check_figure(clause, pointer, report)
        _check_window(clause, pointer, report)
        _check_conditions(clause, pointer, report)

    def compile(self, clause: Clause, to: Compilation) -> str:
        fits = _fits(clause, to)
        number = f"ifNull({to.aggregate(f'countIf({fits})', 'sum')}, 0)"
        if "did_not" in clause:
            return f"({number} = 0)"
        parts = [f"{number} {sign} {int(clause[key])}" for key, sign in COUNTS.items() if key in clause]
        function = next((name for name in AGGREGATES if name in clause), None)
        if function:
            figure = _figure(function, event_property(clause[function]), fits, to)
            parts += [
                f"ifNull({figure} {sign} {to.bind(f'{clause[key]:.6f}', 'Decimal(38, 6)')}, 0)"
                for key, sign in FIGURES.items()
                if key in clause
            ]
        if not any(key in clause for key in COUNTS):
            parts.append(f"{number} >= 1")
        return "(" + " AND ".join(parts) + ")"

    def describe(self, clause: Clause) -> str:
        return event_words.describe(clause)

    def evidence(self, clause: Clause, to: Compilation) -> dict[str, str]:
        fits = _fits(clause, to)
        function = next((name for name in AGGREGATES if name in clause), None)
        figure = {"figure": _figure(function, event_property(clause[function]), fits, to)} if function else {}
        return {
            "count": f"ifNull({to.aggregate(f'countIf({fits})', 'sum')}, 0)",
            "last": to.aggregate(f"maxIf(at, {fits})", "max"),
            **figure,
        }

    def told(self, clause: Clause, found: dict[str, Any]) -> str:
        return event_words.told(clause, found)

    def blank(self) -> Clause:
        return {"did": "", "at_least": 1, "within": "30d"}

    def moves_with_time(self, clause: Clause) -> bool:
        conditions = clause.get("where") or []
        relative = any(comparisons.moves_with_time(c) for c in conditions if isinstance(c, dict))
        return "within" in clause or "between" in clause or relative


def _fits(clause: Clause, to: Compilation) -> str:
    """The SQL that holds for the events the clause is about."""
    event: str = clause["did_not"] if "did_not" in clause else clause["did"]
    parts = [f"event = {to.bind(event, 'String')}"]
    start, end = window(clause, to)
    if start is not None:
        parts.append(f"at >= {to.moment(start)}")
    if end is not None:
        parts.append(f"at < {to.moment(end)}")
    for condition in clause.get("where", []):
        holder = "context" if "context" in condition else "properties"
        name = condition.get("context", condition.get("property"))
        parts.append(comparisons.compile_all(condition, event_property(name, holder), to))
    to.looks_at(event, start)
    return " AND ".join(parts)


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


def _figure(function: str, value: Any, fits: str, to: Compilation) -> str:
    amount = value.decimal
    if function == "sum":
        return f"ifNull({to.aggregate(f'sumIf({amount}, {fits})', 'sum')}, 0)"
    if function == "average":
        number = to.aggregate(f"countIf(isNotNull({amount}) AND {fits})", "sum")
        total = to.aggregate(f"sumIf({amount}, {fits})", "sum")
        return f"toDecimal128OrNull(toString(toFloat64({total}) / {number}), 6)"
    if function == "unique":
        inner = f"groupUniqArrayIf({value.text}, {fits} AND isNotNull({value.text}))"
        return f"toDecimal128(length({to.aggregate(inner, 'groupUniqArrayArray')}), 6)"
    return to.aggregate(f"{function}If({amount}, {fits})", function)


def _check_counts(clause: Clause, pointer: str, report: Report) -> None:
    stated = [key for key in COUNTS if key in clause]
    for key in stated:
        value = clause[key]
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 1_000_000:
            report.add(child(pointer, key), _("This must be a whole number from 0 to 1,000,000."))
    if "did_not" in clause and stated:
        report.add(child(pointer, stated[0]), _("did_not means not once; to count, use did."))
    if "exactly" in clause and len(stated) > 1:
        report.add(child(pointer, "exactly"), _("Use exactly alone, or at_least with at_most."))


def _check_figure(clause: Clause, pointer: str, report: Report) -> None:
    functions = [key for key in AGGREGATES if key in clause]
    compared = [key for key in FIGURES if key in clause]
    if len(functions) > 1:
        report.add(child(pointer, functions[1]), _("One clause compares one figure; add another clause."))
    for key in functions:
        tree.name_problem(clause[key], _("property"), child(pointer, key), report, dotted=True)
        if not compared:
            report.add(pointer, _("Compare the figure with gt, gte, lt, lte or is."))
    for key in compared:
        if not functions:
            report.add(child(pointer, key), _("Say of which property: sum, average, min, max or unique."))
        elif not comparisons.is_number(clause[key]):
            report.add(child(pointer, key), _("This must be a number."))
    if functions and "did_not" in clause:
        report.add(child(pointer, functions[0]), _("What was not done has no figure; use did."))


def _check_window(clause: Clause, pointer: str, report: Report) -> None:
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


def _check_conditions(clause: Clause, pointer: str, report: Report) -> None:
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
        tree.only_in(condition, here, _WHERE_KEYS, report)
        key = "context" if "context" in condition else "property"
        tree.name_problem(condition[key], _("property"), child(here, key), report, dotted=True)
        comparisons.check(condition, here, report)


def condition_schema() -> dict[str, Any]:
    """JSON Schema of one member of `where`."""
    named = {"property": NAME_SCHEMA, "context": NAME_SCHEMA}
    return {
        "type": "object",
        "properties": {**named, **comparisons.schema()},
        "oneOf": [{"required": ["property"]}, {"required": ["context"]}],
        "minProperties": 2,
        "additionalProperties": False,
    }
