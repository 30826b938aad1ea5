"""What an event's properties must be for somebody to enter a campaign. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MOST = 10


def _number(value: Any) -> float | None:
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def _above(given: Any, value: str) -> bool:
    left, right = _number(given), _number(value)
    return left is not None and right is not None and left > right


def _below(given: Any, value: str) -> bool:
    left, right = _number(given), _number(value)
    return left is not None and right is not None and left < right


def _text(given: Any) -> str:
    return str(given).lower() if isinstance(given, bool) else str(given)


def _same(given: Any, value: str) -> bool:
    left, right = _number(given), _number(value)
    return _text(given) == value or (left is not None and left == right)


OPERATORS: dict[str, tuple[Any, Callable[[Any, str], bool]]] = {
    "is": (gettext_lazy("is"), _same),
    "is_not": (gettext_lazy("is not"), lambda given, value: not _same(given, value)),
    "contains": (gettext_lazy("contains"), lambda given, value: value.lower() in _text(given).lower()),
    "above": (gettext_lazy("is above"), _above),
    "below": (gettext_lazy("is below"), _below),
}


def meets(conditions: Sequence[Mapping[str, str]], properties: Mapping[str, Any]) -> bool:
    """Whether all of them hold. What is not there is nothing, and only `is_not` holds for it."""
    return all(_holds(row, properties) for row in conditions)


def _holds(row: Mapping[str, str], properties: Mapping[str, Any]) -> bool:
    value: Any = properties
    for step in row["property"].split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    if value is None:
        return row["operator"] == "is_not"
    return OPERATORS[row["operator"]][1](value, row["value"])


def checked(conditions: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The same, tidied. Raises ValidationError."""
    if len(conditions) > MOST:
        raise ValidationError({"conditions": _("At most %(n)s conditions.") % {"n": MOST}})
    tidy = []
    for row in conditions:
        name, operator = str(row.get("property", "")).strip(), str(row.get("operator", "is"))
        if not name or len(name) > 100 or operator not in OPERATORS:
            raise ValidationError({"conditions": _("Each names a property and how it is compared.")})
        tidy.append({"property": name, "operator": operator, "value": str(row.get("value", ""))[:200]})
    return tidy
