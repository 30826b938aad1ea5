"""The figures of an attribution as pages, the API and the export give them: rounded once, in one place."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.money import rounded
from rapport.insights.attribution.labels import label_of
from rapport.insights.attribution.sharing import REST, Attribution, Row, Share

MODEL_LABELS = {
    "first": gettext_lazy("First"),
    "last": gettext_lazy("Last"),
    "linear": gettext_lazy("Linear"),
    "position": gettext_lazy("Position"),
    "time_decay": gettext_lazy("Time decay"),
    "markov": gettext_lazy("Data-driven"),
}
MODEL_WORDS = {
    "first": gettext_lazy("The first touchpoint gets all of it."),
    "last": gettext_lazy("The last touchpoint gets all of it."),
    "linear": gettext_lazy("Every touchpoint gets the same."),
    "position": gettext_lazy("The first and the last get 40% each, those between share the rest."),
    "time_decay": gettext_lazy("A touchpoint a week earlier gets half as much."),
    "markov": gettext_lazy(
        "In proportion to how many conversions would be missing without it, by a Markov chain of all paths (Anderl and"
        " others, 2016)."
    ),
}
MEASURES = {
    "revenue": gettext_lazy("Revenue"),
    "conversions": gettext_lazy("Conversions"),
    "customers": gettext_lazy("New customers"),
    "lifetime": gettext_lazy("Value of new customers"),
}
MONEY = {"revenue", "lifetime"}


@dataclass(frozen=True, slots=True)
class Figures:
    """A share, rounded: counts to two digits, amounts to the currency's minor unit."""

    conversions: Decimal
    revenue: Decimal
    customers: Decimal
    lifetime: Decimal


def figures(share: Share, currency: str) -> Figures:
    def count(number: float) -> Decimal:
        return round(Decimal(repr(float(number))), 2)

    def money(number: float) -> Decimal:
        return rounded(Decimal(repr(float(number))), currency)

    return Figures(
        count(share.conversions), money(share.revenue), count(share.customers), money(share.lifetime)
    )


def named(key: str) -> str:
    """What a touchpoint is called: its channel, or its campaign with the channel."""
    if key == REST:
        return _("All others")
    channel, bar, campaign = key.partition("|")
    if not bar:
        return label_of(channel)
    return (
        f"{campaign} ({label_of(channel)})"
        if campaign
        else _("%(channel)s without a campaign") % {"channel": label_of(channel)}
    )


def table(shared: Attribution) -> list[tuple[str, Row | None, dict[str, Figures]]]:
    """(name, row, {model: figures}) of each touchpoint, then what no model shares out, then everything."""
    lines: list[tuple[str, Row | None, dict[str, Figures]]] = [
        (named(row.key), row, {model: figures(share, shared.currency) for model, share in row.models.items()})
        for row in shared.rows
    ]
    for name, share in ((_("Without a touchpoint"), shared.untouched), (_("Everything"), shared.total)):
        lines.append((name, None, dict.fromkeys(MODEL_LABELS, figures(share, shared.currency))))
    return lines
