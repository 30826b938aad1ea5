"""The usual computed traits, ready to be taken as they are or changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rapport.core.queries import workspace

ORDER = ["Order Completed"]


@dataclass(frozen=True, slots=True)
class Recipe:
    key: str
    name: str | Promise
    description: str | Promise
    definition: dict[str, Any]


def recipes() -> list[Recipe]:
    """With the workspace's currency."""
    money = {"property": "total", "currency": workspace().currency}
    return [
        Recipe(key, name, why, {**figure, **(money if key in _MONEY else {})})
        for key, name, why, figure in _USUAL
    ]


_MONEY = frozenset({"lifetime_value", "average_order_value"})
_USUAL: tuple[tuple[str, Promise, Promise, dict[str, Any]], ...] = (
    (
        "lifetime_value", _("Lifetime value"), _("All their orders, before refunds. After them: the trait orders_net."),
        {"figure": "sum", "events": ORDER},
    ),
    (
        "orders_365", _("Orders in 365 days"),
        _("Orders of the last year, cancelled ones too. Of all time, without them: orders_placed."),
        {"figure": "count", "events": ORDER, "within": "365d"},
    ),
    (
        "average_order_value", _("Average order value"), _("Average amount of an order."),
        {"figure": "average", "events": ORDER},
    ),
    ("last_order_at", _("Last order"), _("Date of the last order."), {"figure": "last_time", "events": ORDER}),
    (
        "days_since_last_order", _("Days since last order"), _("Counted in calendar days, updated at midnight."),
        {"figure": "days_since_last", "events": ORDER},
    ),
    (
        "favourite_category", _("Favourite category"), _("The category bought most often."),
        {"figure": "most_frequent", "events": ORDER, "property": "products[].category"},
    ),
    (
        "products_bought", _("Products bought"), _("The latest twenty different products."),
        {"figure": "list", "events": ORDER, "property": "products[].name", "limit": 20},
    ),
    (
        "first_source", _("First source"), _("The campaign source of the first visit that had one."),
        {"figure": "first", "events": ["Page Viewed"], "context": "campaign.source"},
    ),
)  # fmt: skip


def recipe(key: str) -> Recipe | None:
    return next((usual for usual in recipes() if usual.key == key), None)
