"""Rows of comparisons in the form: operator and value."""

from __future__ import annotations

from typing import Any

from rapport.segments.builder.fields import Fields, choices, number_or_text, scalar, shown
from rapport.segments.language.comparisons import COMPARISONS

_INPUTS = {"number": "number", "date": "date"}
_EXISTS, _EXISTS_NOT = "exists", "exists-not"


def read(fields: Fields, prefix: str = "") -> dict[str, Any]:
    """The comparisons of one clause (or, with a prefix, of one condition)."""
    compared: dict[str, Any] = {}
    for index in range(fields.size(f"{prefix}comparisons")):
        name = fields.text(f"{prefix}op{index}", "is")
        text = fields.text(f"{prefix}value{index}")
        if name in {_EXISTS, _EXISTS_NOT}:
            compared["exists"] = name == _EXISTS
        elif name in COMPARISONS:
            compared[name] = operand(name, text)
    return compared


def operand(name: str, text: str) -> Any:
    kind = COMPARISONS[name].operand
    if kind == "scalar":
        return scalar(text)
    if kind == "choices":
        return choices(text)
    return number_or_text(text) if kind == "number" else text


def rows(clause: dict[str, Any], names: tuple[str, ...]) -> list[dict[str, Any]]:
    """What the template shows for each comparison of a clause."""
    lines: list[dict[str, Any]] = []
    for name in COMPARISONS:
        if name not in clause:
            continue
        value = clause[name]
        operator = _EXISTS_NOT if name == "exists" and value is False else name
        kind = COMPARISONS[name].operand
        lines.append(
            {
                "index": len(lines),
                "operator": operator,
                "value": shown(value),
                "input": _INPUTS.get(kind, "text"),
                "takes": kind != "truth",
                "kind": kind,
                "options": options(names),
            }
        )
    return lines


def options(names: tuple[str, ...]) -> list[tuple[str, Any]]:
    from django.utils.translation import gettext

    choices = [(name, COMPARISONS[name].label) for name in names if name != "exists"]
    if "exists" in names:
        choices += [(_EXISTS, gettext("has a value")), (_EXISTS_NOT, gettext("has no value"))]
    return choices


def add(clause: dict[str, Any], names: tuple[str, ...]) -> None:
    """Adds the first comparison that the clause does not have yet."""
    preferred = ("is", "gte", "lte", "contains", *names)
    free = next(
        (name for name in preferred if name in names and name not in clause and name != "exists"), None
    )
    if free:
        clause[free] = operand(free, "")


def remove(clause: dict[str, Any], index: int) -> None:
    """Takes away the comparison in a row; the last one stays."""
    stated = [name for name in COMPARISONS if name in clause]
    if len(stated) > 1 and 0 <= index < len(stated):
        del clause[stated[index]]
