"""Values of computed traits as people read them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rapport.core.ui import formats
from rapport.segments.computed.language.definition import EACH
from rapport.segments.computed.language.figures import figure_of
from rapport.segments.models import ComputedTrait


def percent(share: float) -> str:
    return formats.percent(share, 0) if share >= 0.01 or share == 0 else f"<{formats.percent(0.01, 0)}"


def value(definition: dict[str, Any], given: Any) -> str:
    """One value: money with its currency, a time as a date, a list as its members."""
    figure = figure_of(definition)
    if given is None:
        return "–"
    if isinstance(given, dict):
        return ", ".join(_money(amount, currency) for currency, amount in given.items())
    if isinstance(given, list):
        return ", ".join(str(part) for part in given)
    if isinstance(given, bool):
        return _("yes") if given else _("no")
    if figure and figure.gives == "days":
        return ngettext("%(n)s day", "%(n)s days", int(given)) % {"n": formats.number(int(given))}
    currency = definition.get("currency")
    if isinstance(given, int | float):
        if currency and currency != EACH:
            return _money(given, currency)
        return formats.number(given if float(given).is_integer() else round(given, 2))
    if figure and figure.gives == "time":
        return _day(str(given))
    return str(given)


def figures(trait: ComputedTrait) -> list[tuple[str, str]]:
    """(label, value) of the smallest, median and largest, or first and last."""
    labels = {
        "min": _("Smallest"), "median": _("Median"), "max": _("Largest"),
        "first": _("Earliest"), "last": _("Latest"),
    }  # fmt: skip
    return [
        (label, value(trait.definition, trait.statistics[name]))
        for name, label in labels.items()
        if trait.statistics.get(name) is not None
    ]


def top(trait: ComputedTrait) -> list[tuple[str, int, float]]:
    """(value, persons, share of the most frequent) of the most frequent values."""
    counted = trait.statistics.get("top") or []
    most = max((number for _value, number in counted), default=1)
    return [(str(text), number, number / most) for text, number in counted]


def summary(trait: ComputedTrait) -> str:
    """The values in one line for the list."""
    if labelled := figures(trait):
        return " · ".join(text for _label, text in labelled)
    return ", ".join(text for text, _number, _share in top(trait)[:3])


def _money(amount: float, currency: str) -> str:
    return str(formats.money(Decimal(str(amount)), currency))


def _day(text: str) -> str:
    try:
        return str(formats.day(dt.datetime.fromisoformat(text)))
    except (ValueError, AttributeError):
        return text
