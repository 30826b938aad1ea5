"""Computed traits in plain words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from rapport.segments.clauses import event_words
from rapport.segments.computed.language.definition import EACH, limit_of
from rapport.segments.computed.language.figures import Figure, figure_of


def describe(definition: Any) -> str:
    """A definition, made or half made, without a full stop: "the sum of total in GBP of “Order Completed” …"."""
    figure = figure_of(definition)
    if figure is None:
        return "…"
    events = [f"“{name}”" for name in definition.get("events") or [] if isinstance(name, str) and name]
    phrases = [_figure(definition, figure), _currency(definition)]
    named = _(" or ").join(events) or "…"
    phrases.append((_("of %(events)s") if figure.takes_property else "%(events)s") % {"events": named})
    phrases += [*event_words.window(definition), *event_words.conditions(definition)]
    return " ".join(part for part in phrases if part)


def _figure(definition: dict[str, Any], figure: Figure) -> str:
    name = definition.get("property") or definition.get("context") or "…"
    words = {"property": str(name).replace("[].", " ").replace("_", " "), "limit": limit_of(definition)}
    return str(figure.words) % words


def _currency(definition: dict[str, Any]) -> str:
    currency = definition.get("currency")
    if not currency:
        return ""
    return _("for each currency") if currency == EACH else _("in %(currency)s") % {"currency": currency}
