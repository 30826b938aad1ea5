"""How timelines tell of what happens to products somebody cares for."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.ui import formats
from rapport.events.registry import EVENT_DESCRIPTIONS, EVENT_KINDS, EventDescription, EventKind

KIND = "products"


def register() -> None:
    EVENT_KINDS.register(EventKind(KIND, gettext_lazy("Products"), "tag", 25))
    for event, icon, sentence in (
        ("Price Dropped", "tag", _price_dropped),
        (
            "Back In Stock",
            "package",
            lambda given, _context: _("%(product)s is back in stock") % _named(given),
        ),
        ("Low Stock", "package", lambda given, _context: _("%(product)s is nearly sold out") % _named(given)),
        ("New Arrival", "sparkles", lambda given, _context: _("%(product)s is new") % _named(given)),
    ):
        EVENT_DESCRIPTIONS.register(EventDescription(event, KIND, icon, sentence))


def _named(properties: dict[str, Any]) -> dict[str, str]:
    return {"product": str(properties.get("name") or properties.get("product_id") or _("A product"))}


def _price_dropped(properties: dict[str, Any], _context: dict[str, Any]) -> str:
    currency = str(properties.get("currency", ""))
    amounts = {
        name: formats.money(value, currency)
        for name in ("price", "previous_price")
        if isinstance(value := properties.get(name), int | float)
    }
    if len(amounts) < 2:
        return _("%(product)s costs less") % _named(properties)
    return _("%(product)s costs %(price)s instead of %(previous_price)s") % {**_named(properties), **amounts}
