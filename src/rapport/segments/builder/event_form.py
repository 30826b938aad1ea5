"""How a clause about events is edited: the event, how often, when, with which properties and which figure."""

from __future__ import annotations

from typing import Any

from rapport.segments.builder import comparing
from rapport.segments.builder.fields import Fields, number_or_text, shown
from rapport.segments.clauses.event import AGGREGATES, COUNTS, FIGURES
from rapport.segments.clauses.figures import CHOSEN, TIMES
from rapport.segments.language import comparisons

Clause = dict[str, Any]
EVERY = tuple(comparisons.COMPARISONS)
DAYS = "on_days"
VALUED = tuple(name for name in EVERY if name not in comparisons.TEMPORAL and name != "exists")
EDITED = frozenset(
    {"did", "did_not", "within", "between", "each", "periods", "where", DAYS}
    | {*COUNTS, *AGGREGATES, *FIGURES, *CHOSEN, *TIMES}
)


def read(fields: Fields) -> Clause:
    clause: Clause = {fields.text("marker", "did"): fields.text("name")}
    if "did" in clause and fields.text("count") in (*COUNTS, DAYS):
        clause[fields.text("count")] = number_or_text(fields.text("times"))
    clause |= read_window(fields)
    if "each" in clause and "did" not in clause:
        del clause["each"], clause["periods"]
    if conditions := read_conditions(fields):
        clause["where"] = conditions
    return clause | (_read_figure(fields) if "did" in clause else {})


def read_window(fields: Fields) -> Clause:
    """The time that a clause looks at: at any time, in the last so long, between two days, in each period."""
    match fields.text("window"):
        case "within":
            return {"within": fields.text("number") + fields.text("unit")}
        case "between":
            return {"between": [fields.text("first") or None, fields.text("last") or None]}
        case "each":
            period = (fields.text("length") or "1") + (fields.text("period") or "w")
            return {"each": period, "periods": number_or_text(fields.text("periods") or "4")}
    return {}


def read_conditions(fields: Fields, prefix: str = "") -> list[Clause]:
    return [
        {
            "property": fields.text(f"{prefix}w{index}.name"),
            **comparing.read(fields, f"{prefix}w{index}."),
        }
        for index in range(fields.size(f"{prefix}conditions"))
    ]


def _read_figure(fields: Fields) -> Clause:
    name, compare, amount = fields.text("figure"), fields.text("compare"), fields.text("amount")
    if name in AGGREGATES:
        compare = compare if compare in FIGURES else "gt"
        return {name: fields.text("of"), compare: number_or_text(amount)}
    if name in CHOSEN:
        compare = compare if compare in VALUED else "is"
        return {name: fields.text("of"), compare: comparing.operand(compare, amount)}
    if name in TIMES:
        compare = compare if compare in comparisons.DATED else "after"
        return {name: {compare: amount}}
    return {}


def show(clause: Clause) -> dict[str, Any]:
    count = next((key for key in (*COUNTS, DAYS) if key in clause), "at_least")
    return {
        "marker": "did_not" if "did_not" in clause else "did",
        "name": clause.get("did_not", clause.get("did", "")),
        "count": count,
        "times": shown(clause.get(count, 1)),
        "conditions": show_conditions(clause),
        **show_window(clause),
        **_show_figure(clause),
    }


def show_window(clause: Clause) -> dict[str, Any]:
    number, unit = split_time(str(clause.get("within", "")), "30", "d")
    length, period = split_time(str(clause.get("each", "")), "1", "w")
    first, last = ([*(clause.get("between") or []), None, None])[:2]
    return {
        "window": next((key for key in ("within", "between", "each") if key in clause), ""),
        "number": number,
        "unit": unit,
        "first": first or "",
        "last": last or "",
        "length": length,
        "period": period,
        "periods": shown(clause.get("periods", 1 if "each" in clause else 4)),
    }


def split_time(text: str, number: str, unit: str) -> tuple[str, str]:
    """ "30d" as ("30", "d"); the given ones where nothing is said."""
    digits = text.rstrip("minhdwoy")
    return (digits, text[len(digits) :]) if digits and text[len(digits) :] else (number, unit)


def show_conditions(clause: Clause, prefix: str = "", argument: str = "") -> list[dict[str, Any]]:
    """Each condition, with the beginning of its fields' names and the word by which buttons mean it."""
    return [
        {
            "index": index,
            "base": f"{prefix}w{index}.",
            "argument": f"{argument}w{index}",
            "name": condition.get("property", ""),
            "comparisons": comparing.rows(condition, EVERY),
        }
        for index, condition in enumerate(clause.get("where", []))
    ]


def _show_figure(clause: Clause) -> dict[str, Any]:
    name = next((key for key in (*AGGREGATES, *CHOSEN, *TIMES) if key in clause), "")
    kind = ""
    names: tuple[str, ...] = ()
    if name in AGGREGATES:
        kind, names = "amount", tuple(FIGURES)
    elif name in CHOSEN:
        kind, names = "value", VALUED
    elif name in TIMES:
        kind, names = "time", comparisons.DATED
    holder = clause[name] if kind == "time" else clause
    compare = next((key for key in names if key in holder), names[0] if names else "")
    return {
        "figure": name,
        "figure_kind": kind,
        "of": clause.get(name, "") if kind != "time" else "",
        "compare": compare,
        "compares": [(operator, comparisons.COMPARISONS[operator].label) for operator in names],
        "amount": shown(holder.get(compare)) if name else "",
    }


def editable(clause: Clause) -> bool:
    """Whether the form can say all that the clause says."""
    if not set(clause) <= EDITED | set(EVERY):
        return False
    figures = [key for key in (*AGGREGATES, *CHOSEN, *TIMES) if key in clause]
    compared = [key for key in EVERY if key in clause]
    if figures and figures[0] in TIMES:
        dated = clause[figures[0]]
        if not isinstance(dated, dict) or len(dated) != 1 or not set(dated) <= set(comparisons.DATED):
            return False
    elif not set(compared) <= set(VALUED):
        return False
    counts = sum(key in clause for key in (*COUNTS, DAYS))
    windows = sum(key in clause for key in ("within", "between", "each"))
    whole = counts <= 1 and windows <= 1 and len(figures) <= 1 and len(compared) <= 1
    return whole and plain_conditions(clause)


def plain_conditions(clause: Clause) -> bool:
    """Whether all conditions are about properties; those about an event's context are written as JSON."""
    return not any("context" in condition for condition in clause.get("where", []))
