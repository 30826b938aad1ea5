"""The traits that a person's value is kept as, and what profiles call them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from rapport.commerce.models import CustomerValue
from rapport.core.queries import workspace
from rapport.core.ui import formats
from rapport.people.registry import TraitWords

SOURCE = "computed"
NAMES = (
    "rfm_group", "rfm_scores", "orders_placed", "orders_net", "orders_average", "first_ordered_on", "last_ordered_on",
    "order_interval_days", "orders_margin",
)  # fmt: skip


def of(row: CustomerValue | None) -> dict[str, Any]:
    """{trait: value}; null where there is none any more."""
    if row is None:
        return dict.fromkeys(NAMES)
    average = row.average
    return {
        "rfm_group": row.group,
        "rfm_scores": f"{row.recency}{row.frequency}{row.monetary}",
        "orders_placed": row.orders,
        "orders_net": float(row.net),
        "orders_average": round(float(average), 2) if isinstance(average, Decimal) else None,
        "first_ordered_on": row.first_at.date().isoformat(),
        "last_ordered_on": row.last_at.date().isoformat(),
        "order_interval_days": float(row.interval_days) if row.interval_days is not None else None,
        "orders_margin": float(row.margin) if row.margin is not None else None,
    }


def words() -> dict[str, TraitWords]:
    """How profiles show them."""
    groups = {value: str(label) for value, label in CustomerValue.Group.choices}
    currency = workspace().currency

    def money(value: Any) -> str:
        return formats.money(Decimal(str(value)), currency)

    def days(value: Any) -> str:
        return _("%(n)s days") % {"n": formats.number(value)}

    shown: dict[str, tuple[str, Callable[[Any], str]]] = {
        "rfm_group": (_("Customer group"), lambda value: groups.get(value, str(value))),
        "rfm_scores": (_("Recency, frequency, money"), lambda value: " · ".join(str(value))),
        "orders_placed": (_("Orders"), formats.number),
        "orders_net": (_("Spent"), money),
        "orders_average": (_("Spent per order"), money),
        "first_ordered_on": (_("First order"), str),
        "last_ordered_on": (_("Last order"), str),
        "order_interval_days": (_("Orders every"), days),
        "orders_margin": (_("Margin"), money),
    }
    return {name: TraitWords(*pair) for name, pair in shown.items()}
