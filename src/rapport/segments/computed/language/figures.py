"""The figures that can be computed, and what each needs and gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Gives = Literal["number", "value", "list", "time", "days"]
LIST_LIMIT, DEFAULT_LIMIT = 100, 20


@dataclass(frozen=True, slots=True)
class Figure:
    """`words` is said before what it is of; `takes_property`: it is a figure of a property, not of the events."""

    name: str
    label: str | Promise
    words: str | Promise
    gives: Gives
    takes_property: bool = True
    takes_currency: bool = False
    may_be_zero: bool = False


FIGURES: dict[str, Figure] = {
    figure.name: figure
    for figure in (
        Figure("count", _("Count of events"), _("how often"), "number", False, may_be_zero=True),
        Figure("sum", _("Sum"), _("the sum of %(property)s"), "number", True, True, True),
        Figure("average", _("Average"), _("the average %(property)s"), "number", True, True),
        Figure("min", _("Smallest"), _("the smallest %(property)s"), "number", True, True),
        Figure("max", _("Largest"), _("the largest %(property)s"), "number", True, True),
        Figure("first", _("First value"), _("the first %(property)s"), "value"),
        Figure("last", _("Last value"), _("the last %(property)s"), "value"),
        Figure("most_frequent", _("Most frequent value"), _("the most frequent %(property)s"), "value"),
        Figure("list", _("List of values"), _("the latest %(limit)d different %(property)s"), "list"),
        Figure(
            "unique", _("Number of different values"), _("how many different %(property)s"), "number",
            may_be_zero=True,
        ),
        Figure("first_time", _("First time"), _("when for the first time"), "time", False),
        Figure("last_time", _("Last time"), _("when for the last time"), "time", False),
        Figure("days_since_first", _("Days since the first"), _("days since the first time"), "days", False),
        Figure("days_since_last", _("Days since the last"), _("days since the last time"), "days", False),
    )
}  # fmt: skip


def figure_of(definition: Any) -> Figure | None:
    """The figure a definition, made or half made, asks for."""
    name = definition.get("figure") if isinstance(definition, dict) else None
    return FIGURES.get(name) if isinstance(name, str) else None
