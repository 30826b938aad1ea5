"""The comparisons that traits, event properties and identifiers share. All stated ones must hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeGuard

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.segments.language import anniversaries, next_change, times
from rapport.segments.language.compilation import Compilation
from rapport.segments.language.problems import Report, child
from rapport.segments.language.values import Value

MAX_TEXT = 1000
MAX_CHOICES = 1000
_SCALAR: dict[str, Any] = {"type": ["string", "number", "boolean"], "maxLength": MAX_TEXT}
_TEXT = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}
# Beyond, neighbouring whole numbers are one and the same float.
EXACT = 2**53
_NUMBER = {"type": "number", "minimum": -EXACT, "maximum": EXACT}
_INSTANT = {"type": "string", "pattern": times.INSTANT_PATTERN, "description": times.INSTANT_HINT}
_DATE = {"type": "string", "format": "date"}
_CHOICES = {"type": "array", "minItems": 1, "maxItems": MAX_CHOICES, "items": _SCALAR}
_TRUTH = {"type": "boolean"}
_DAYS = {"type": "integer", "minimum": -anniversaries.LIMIT, "maximum": anniversaries.LIMIT}

Sql = Callable[[Compilation, Value, Any], str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`wrong` says what is wrong with an operand (or None); `sql` may be NULL, which counts as no."""

    name: str
    label: Any
    operand: str
    schema: dict[str, Any]
    wrong: Callable[[Any], str | None]
    sql: Sql


def is_number(value: object) -> bool:
    return _is_numeric(value) and abs(value) <= EXACT


def _is_numeric(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _wrong_number(value: Any) -> str | None:
    if is_number(value):
        return None
    if _is_numeric(value):
        return _("Numbers are compared up to ±%(n)d (2^53); beyond, they are not exact.") % {"n": EXACT}
    return _("This must be a number.")


def _wrong_text(value: Any) -> str | None:
    if isinstance(value, str) and 0 < len(value) <= MAX_TEXT and "\0" not in value:
        return None
    return _("This must be text of 1 to %(n)d characters.") % {"n": MAX_TEXT}


def _is_long(value: object) -> TypeGuard[int]:
    """A whole number that no float holds exactly: an id, which is compared digit by digit."""
    return isinstance(value, int) and EXACT <= abs(value) < 10 ** len(str(2**64))


def _wrong_scalar(value: Any) -> str | None:
    if isinstance(value, bool) or is_number(value) or _is_long(value):
        return None
    if _is_numeric(value):
        return _wrong_number(value)
    if isinstance(value, str) and len(value) <= MAX_TEXT and "\0" not in value:
        return None
    return _("This must be text of at most %(n)d characters, a number, true or false.") % {"n": MAX_TEXT}


def _wrong_choices(value: Any) -> str | None:
    if not isinstance(value, list) or not 0 < len(value) <= MAX_CHOICES:
        return _("This must be a list of 1 to %(n)d values.") % {"n": MAX_CHOICES}
    return next((problem for item in value if (problem := _wrong_scalar(item))), None)


def _wrong_truth(value: Any) -> str | None:
    return None if isinstance(value, bool) else _("This must be true or false.")


def _wrong_date(value: Any) -> str | None:
    if isinstance(value, str) and times.is_date(value) and times.instant_problem(value) is None:
        return None
    return _("Write a date like 2026-01-31.")


def _equal(to: Compilation, value: Value, operand: Any) -> str:
    if isinstance(operand, bool):
        literal = "true" if operand else "false"
        bound = to.bind(literal, "String")
        listed = f" OR has({value.truths}, {literal}) OR has({value.texts}, {bound})" if value.truths else ""
        return f"(ifNull({value.text} = {bound}, 0){listed})"
    if _is_long(operand):
        operand = str(operand)
    if isinstance(operand, str):
        bound = to.bind(operand, "String")
        listed = f" OR has({value.texts}, {bound})" if value.texts else ""
        return f"(ifNull({value.text} = {bound}, 0){listed})"
    bound = to.bind(float(operand), "Float64")
    listed = f" OR has({value.numbers}, {bound})" if value.numbers else ""
    return f"(ifNull({value.number} = {bound}, 0){listed})"


def _one_of(to: Compilation, value: Value, operand: list[Any]) -> str:
    texts = [str(item) for item in operand if isinstance(item, str) or _is_long(item)]
    texts += ["true" if item else "false" for item in operand if isinstance(item, bool)]
    truths = {item for item in operand if isinstance(item, bool)}
    numbers = [float(item) for item in operand if is_number(item) and not _is_long(item)]
    conditions = []
    if texts:
        bound = to.bind(texts, "Array(String)")
        conditions.append(f"ifNull(has({bound}, {value.text}), 0)")
        conditions += [f"hasAny({value.texts}, {bound})"] if value.texts else []
    if numbers:
        bound = to.bind(numbers, "Array(Float64)")
        conditions.append(f"ifNull(has({bound}, {value.number}), 0)")
        conditions += [f"hasAny({value.numbers}, {bound})"] if value.numbers else []
    if value.truths:
        conditions += [f"has({value.truths}, {'true' if truth else 'false'})" for truth in sorted(truths)]
    return "(" + " OR ".join(conditions) + ")"


def _contains(to: Compilation, value: Value, operand: str) -> str:
    bound = to.bind(operand, "String")
    inside = f"ifNull(positionCaseInsensitiveUTF8({value.text}, {bound}) > 0, 0)"
    if not value.texts:
        return inside
    element = f"positionCaseInsensitiveUTF8(ifNull(t, ''), {bound}) > 0"
    # A list of numbers has a text as a whole, "[1,5]", which is not meant.
    single = f"empty({value.texts})" + (f" AND empty({value.numbers})" if value.numbers else "")
    return f"if({single}, {inside}, arrayExists(t -> {element}, {value.texts}))"


def _starts_with(to: Compilation, value: Value, operand: str) -> str:
    return f"startsWith(lowerUTF8({value.text}), lowerUTF8({to.bind(operand, 'String')}))"


def _ends_with(to: Compilation, value: Value, operand: str) -> str:
    return f"endsWith(lowerUTF8({value.text}), lowerUTF8({to.bind(operand, 'String')}))"


def _ordered(sign: str) -> Sql:
    return lambda to, value, operand: f"{value.number} {sign} {to.bind(float(operand), 'Float64')}"


def _moment(to: Compilation, operand: str) -> str:
    return to.moment(times.instant(operand, now=to.now, zone=to.zone))


def _before(to: Compilation, value: Value, operand: str) -> str:
    return f"{value.instant(to)} < {_moment(to, operand)}"


def _after(to: Compilation, value: Value, operand: str) -> str:
    if times.is_date(operand):
        return f"{value.instant(to)} >= {_next_day(to, operand)}"
    return f"{value.instant(to)} > {_moment(to, operand)}"


def _on(to: Compilation, value: Value, operand: str) -> str:
    return (
        f"({value.instant(to)} >= {_moment(to, operand)} AND {value.instant(to)} < {_next_day(to, operand)})"
    )


def _next_day(to: Compilation, operand: str) -> str:
    return to.moment(times.day_after(operand, now=to.now, zone=to.zone))


def _exists(to: Compilation, value: Value, operand: bool) -> str:
    return value.present if operand else f"NOT {value.present}"


def _not(positive: Sql) -> Sql:
    """The exact complement: who lacks the value is counted in."""
    return lambda to, value, operand: f"NOT ifNull({positive(to, value, operand)}, 0)"


COMPARISONS: dict[str, Comparison] = {
    comparison.name: comparison
    for comparison in (
        Comparison("is", gettext_lazy("is"), "scalar", _SCALAR, _wrong_scalar, _equal),
        Comparison("is_not", gettext_lazy("is not"), "scalar", _SCALAR, _wrong_scalar, _not(_equal)),
        Comparison("in", gettext_lazy("is one of"), "choices", _CHOICES, _wrong_choices, _one_of),
        Comparison("not_in", gettext_lazy("is none of"), "choices", _CHOICES, _wrong_choices, _not(_one_of)),
        Comparison("contains", gettext_lazy("contains"), "text", _TEXT, _wrong_text, _contains),
        Comparison(
            "not_contains", gettext_lazy("does not contain"), "text", _TEXT, _wrong_text, _not(_contains)
        ),
        Comparison("starts_with", gettext_lazy("starts with"), "text", _TEXT, _wrong_text, _starts_with),
        Comparison("ends_with", gettext_lazy("ends with"), "text", _TEXT, _wrong_text, _ends_with),
        Comparison("gt", gettext_lazy("is more than"), "number", _NUMBER, _wrong_number, _ordered(">")),
        Comparison("gte", gettext_lazy("is at least"), "number", _NUMBER, _wrong_number, _ordered(">=")),
        Comparison("lt", gettext_lazy("is less than"), "number", _NUMBER, _wrong_number, _ordered("<")),
        Comparison("lte", gettext_lazy("is at most"), "number", _NUMBER, _wrong_number, _ordered("<=")),
        Comparison("before", gettext_lazy("is before"), "instant", _INSTANT, times.instant_problem, _before),
        Comparison("after", gettext_lazy("is after"), "instant", _INSTANT, times.instant_problem, _after),
        Comparison("on", gettext_lazy("is on"), "date", _DATE, _wrong_date, _on),
        Comparison(
            "anniversary_within",
            gettext_lazy("has its anniversary within days"),
            "number",
            _DAYS,
            anniversaries.wrong,
            anniversaries.sql,
        ),
        Comparison("exists", gettext_lazy("is known"), "truth", _TRUTH, _wrong_truth, _exists),
    )
}
TEXTUAL = ("is", "is_not", "in", "not_in", "contains", "not_contains", "starts_with", "ends_with")
NUMERIC = ("gt", "gte", "lt", "lte")
DATED = ("before", "after", "on")
TEMPORAL = (*DATED, "anniversary_within")


def schema(names: tuple[str, ...] = tuple(COMPARISONS)) -> dict[str, Any]:
    """The `properties` of a JSON Schema for these comparisons."""
    return {name: {**COMPARISONS[name].schema, "title": str(COMPARISONS[name].label)} for name in names}


def stated(clause: dict[str, Any]) -> list[str]:
    return [name for name in COMPARISONS if name in clause]


def check(clause: dict[str, Any], pointer: str, report: Report, *, required: bool = True) -> None:
    """Adds what is wrong with the operands, and the lack of any comparison when one is `required`."""
    names = stated(clause)
    if required and not names:
        report.add(pointer, _("Say how to compare: is, contains, gt, before, exists …"))
    for name in names:
        problem = COMPARISONS[name].wrong(clause[name])
        if problem:
            report.add(child(pointer, name), problem)


def compile_all(clause: dict[str, Any], value: Value, to: Compilation) -> str:
    """Boolean SQL, never NULL, that holds when every stated comparison holds."""
    conditions = [f"ifNull({COMPARISONS[name].sql(to, value, clause[name])}, 0)" for name in stated(clause)]
    return "(" + " AND ".join(conditions or ["1"]) + ")"


def moves_with_time(clause: dict[str, Any]) -> bool:
    return "anniversary_within" in clause or any(times.is_relative(clause.get(name)) for name in DATED)


def next_changes(clause: dict[str, Any], value: Value, to: Compilation) -> list[str]:
    """SQL of the instants at which time alone may change an answer (see `language.next_change`)."""
    moment = value.instant(to)
    relative = [clause[name] for name in DATED if times.is_relative(clause.get(name))]
    changes = [next_change.crossing(to, moment, operand) for operand in relative]
    if "anniversary_within" in clause:
        changes += anniversaries.next_changes(to, value, clause["anniversary_within"])
    return changes


def describe(clause: dict[str, Any]) -> str:
    """The comparisons in words: "is more than 50 and is less than 80"."""
    return _(" and ").join(_said(name, clause[name]) for name in stated(clause)) or "…"


def _said(name: str, operand: Any) -> str:
    if name == "exists":
        return _("has a value") if operand else _("has no value")
    if name == "anniversary_within":
        return anniversaries.words(operand) if anniversaries.wrong(operand) is None else "…"
    return f"{COMPARISONS[name].label} {operand_in_words(name, operand)}"


def operand_in_words(name: str, operand: Any) -> str:
    if name in DATED:
        return times.instant_in_words(operand)
    if isinstance(operand, list):
        return ", ".join(_quoted(item) for item in operand) or "…"
    return _quoted(operand)


def _quoted(operand: Any) -> str:
    if isinstance(operand, bool):
        return _("true") if operand else _("false")
    if _is_long(operand):
        return str(operand)
    if isinstance(operand, int | float):
        return (
            f"{operand:g}" if isinstance(operand, float) and not operand.is_integer() else f"{operand:,.0f}"
        )
    return f"“{operand}”" if operand not in (None, "") else "…"
