"""Figures over the events of a clause: sums and the like, values, times and distinct days.

Every figure is put together from one part per id, because events of merged persons keep their old id.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from rapport.segments.clauses.trait import NAME_SCHEMA
from rapport.segments.language import comparisons, next_change, times, tree
from rapport.segments.language.compilation import Compilation, milliseconds
from rapport.segments.language.problems import Report, child
from rapport.segments.language.registry import Clause
from rapport.segments.language.values import Moment, Value, event_property

AGGREGATES = ("sum", "average", "min", "max", "unique")
CHOSEN = ("first_value", "last_value", "most_frequent")
FIGURES = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "is": "="}
TIMES = {"first_time": "min", "last_time": "max"}
MAX_PERIODS = 60
KEYS = frozenset({*AGGREGATES, *CHOSEN, *TIMES, *comparisons.COMPARISONS, "on_days", "each", "periods"}) - {
    "exists",
    *comparisons.TEMPORAL,
}


def figure(function: str, name: str, fits: str, to: Compilation) -> str:
    """The amount, as an exact decimal that may be NULL."""
    value = event_property(name)
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


def chosen(function: str, name: str, fits: str, to: Compilation) -> str:
    """The first, last or most frequent value as text; NULL when there is none. Ties: first and most frequent
    take the smallest text, last takes the largest."""
    value = event_property(name).text
    if function == "most_frequent":
        inner = f"sumMapIf([ifNull({value}, '')], [toUInt64(1)], {fits} AND isNotNull({value}))"
        counts = to.aggregate(inner, "sumMap")
        best = f"arrayFirst((v, n) -> n = arrayMax({counts}.2), {counts}.1, {counts}.2)"
        return f"if(empty({counts}.1), NULL, {best})"
    pick, end = ("Min", 1) if function == "first_value" else ("Max", -1)
    pair = f"tuple(toUnixTimestamp64Milli(at), ifNull({value}, ''))"
    inner = f"arraySlice(arraySort(groupArrayIf({pair}, {fits} AND isNotNull({value}))), {end}, 1)"
    arrays = to.aggregate(inner, "groupArrayArray")
    return f"if(empty({arrays}), NULL, array{pick}({arrays}).2)"


def moment(name: str, fits: str, to: Compilation) -> Moment:
    """When the first or last of the events was."""
    function = TIMES[name]
    return Moment(to.aggregate(f"{function}OrNullIf(at, {fits})", function))


def compile_figures(clause: Clause, fits: str, to: Compilation) -> list[str]:
    """Boolean SQL for each figure that the clause compares."""
    conditions = []
    if function := next((name for name in AGGREGATES if name in clause), None):
        amount = figure(function, clause[function], fits, to)
        conditions += [
            f"ifNull({amount} {sign} {to.bind(f'{clause[key]:.6f}', 'Decimal(38, 6)')}, 0)"
            for key, sign in FIGURES.items()
            if key in clause
        ]
    if function := next((name for name in CHOSEN if name in clause), None):
        text = chosen(function, clause[function], fits, to)
        conditions.append(comparisons.compile_all(clause, Value(text), to))
    conditions += [
        comparisons.compile_all(clause[name], moment(name, fits, to), to) for name in TIMES if name in clause
    ]
    if "on_days" in clause:
        inner = f"groupUniqArrayIf(toDate32(at, {to.bind(str(to.zone), 'String')}), {fits})"
        conditions.append(
            f"(length({to.aggregate(inner, 'groupUniqArrayArray')}) >= {int(clause['on_days'])})"
        )
    return conditions


def per_period(clause: Clause, fits: str, counts: list[str], to: Compilation) -> str:
    """Whether the counts ("{} >= 2") hold in each of the last periods, the newest ending now."""
    now, length, periods = (
        milliseconds(to.now),
        next_change.fixed(clause["each"]),
        int(clause.get("periods", 1)),
    )
    age = f"({now} - toUnixTimestamp64Milli(at))"
    recent = f"{age} >= 0 AND {age} < {length * periods}"  # type: ignore[operator]
    inner = f"sumMapIf([intDiv({age}, {length})], [toUInt64(1)], {fits} AND {recent})"
    per_age = to.aggregate(inner, "sumMap")
    number = f"if(has({per_age}.1, i), arrayElement({per_age}.2, indexOf({per_age}.1, i)), 0)"
    holds = " AND ".join(count.format(number) for count in counts)
    return f"arrayAll(i -> {holds}, range({periods}))"


def next_changes(clause: Clause, fits: str, to: Compilation) -> list[str]:
    """When the figures themselves move: times grow old, events pass from period to period."""
    changes = [turn for name in TIMES if name in clause for turn in _time_changes(clause, name, fits, to)]
    if "each" in clause:
        now, length = milliseconds(to.now), next_change.fixed(clause["each"])
        at = "toUnixTimestamp64Milli(at)"
        edge = f"({at} + (intDiv({now} - {at}, {length}) + 1) * {length})"
        inside = f"{now} - {at} < {length * int(clause.get('periods', 1))}"  # type: ignore[operator]
        following = f"multiIf({at} > {now}, {at}, {inside}, toInt64({edge}), NULL)"
        changes.append(to.aggregate(f"minIf({following}, {fits})", "min"))
    return changes


def _time_changes(clause: Clause, name: str, fits: str, to: Compilation) -> list[str]:
    return comparisons.next_changes(clause[name], moment(name, fits, to), to)


def moves_with_time(clause: Clause) -> bool:
    compared = [clause[name] for name in TIMES if isinstance(clause.get(name), dict)]
    return "each" in clause or any(comparisons.moves_with_time(operands) for operands in compared)


def schema() -> dict[str, Any]:
    """The `properties` of a JSON Schema for figures."""
    dated = {
        "type": "object",
        "properties": comparisons.schema(comparisons.TEMPORAL),
        "minProperties": 1,
        "additionalProperties": False,
    }
    plain = tuple(name for name in comparisons.COMPARISONS if name in KEYS)
    return {
        **dict.fromkeys((*AGGREGATES, *CHOSEN), NAME_SCHEMA),
        **comparisons.schema(plain),
        **dict.fromkeys(TIMES, dated),
        "on_days": {"type": "integer", "minimum": 1, "maximum": 10_000},
        "each": {"type": "string", "pattern": "^[1-9][0-9]{0,4}(min|h|d|w)$"},
        "periods": {"type": "integer", "minimum": 1, "maximum": MAX_PERIODS},
    }


def check(clause: Clause, pointer: str, report: Report) -> None:
    """Adds what is wrong with the figures of a clause."""
    amounts = [key for key in AGGREGATES if key in clause]
    values = [key for key in CHOSEN if key in clause]
    functions = [*amounts, *values]
    if len(functions) > 1:
        report.add(child(pointer, functions[1]), _("One clause compares one figure; add another clause."))
    for key in functions:
        tree.name_problem(clause[key], _("property"), child(pointer, key), report, dotted=True)
    _check_compared(clause, pointer, report, amounts=amounts, values=values)
    for key in TIMES:
        if key in clause:
            _check_time(clause[key], child(pointer, key), report)
    _check_days(clause, pointer, report)
    stated = [key for key in (*functions, *TIMES, "on_days", "each") if key in clause]
    if stated and "did_not" in clause:
        report.add(child(pointer, stated[0]), _("An event that was not done has no figure; use did."))


def _check_compared(
    clause: Clause, pointer: str, report: Report, *, amounts: list[str], values: list[str]
) -> None:
    compared = comparisons.stated(clause)
    if (amounts or values) and not compared:
        report.add(pointer, _("Compare the figure with gt, gte, lt, lte or is."))
    if values:
        comparisons.check({key: clause[key] for key in compared}, pointer, report)
        return
    for key in compared:
        if not amounts:
            report.add(child(pointer, key), _("Say of which property: sum, average, min, max or unique."))
        elif key not in FIGURES:
            report.add(child(pointer, key), _("A figure is compared with gt, gte, lt, lte or is."))
        elif not comparisons.is_number(clause[key]):
            report.add(child(pointer, key), _("This must be a number."))


def _check_time(compared: Any, pointer: str, report: Report) -> None:
    if not isinstance(compared, dict):
        report.add(pointer, _('Say before or after when: {"before": "-90d"}.'))
        return
    tree.only_in(compared, pointer, frozenset(comparisons.TEMPORAL), report)
    comparisons.check(compared, pointer, report)


def _check_days(clause: Clause, pointer: str, report: Report) -> None:
    for key, limit in (("on_days", 10_000), ("periods", MAX_PERIODS)):
        value = clause.get(key, 1)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= limit:
            report.add(child(pointer, key), _("This must be a whole number from 1 to %(n)d.") % {"n": limit})
    period = clause.get("each", "1d")
    if not times.is_duration(period) or next_change.fixed(period) is None:
        report.add(child(pointer, "each"), _("A period is in minutes, hours, days or weeks: 1w."))
    if "periods" in clause and "each" not in clause:
        report.add(child(pointer, "periods"), _('Say how long a period is: "each": "1w".'))
