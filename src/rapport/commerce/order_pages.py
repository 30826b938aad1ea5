"""What orders and carts add to the frame and to profiles."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.commerce.order_words import DESCRIBED, ICONS, SENTENCES
from rapport.commerce.queries import order_timeline
from rapport.commerce.queries import orders as queries
from rapport.core import registry
from rapport.core.access import Actor
from rapport.events.registry import EVENT_DESCRIPTIONS, TIMELINE_RECORDS, EventDescription, Sentence
from rapport.people.registry import PANELS, Panel


def _search(actor: Actor, text: str, limit: int) -> list[registry.SearchHit]:
    rows = queries.numbered(queries.orders(actor), text)[:limit]
    return [
        registry.SearchHit(
            str(row), reverse("commerce:order", args=[row.pk]), "package", str(row.person or "")
        )
        for row in rows
    ]


LISTED = {
    "orders": "orders.OrderList", "returns": "orders.ReturnList", "carts": "carts.CartList",
    "subscriptions": "subscriptions.SubscriptionList", "order-lines": "order_lines.LineList",
}  # fmt: skip


def _sentence(kind: str) -> Sentence:
    return lambda _properties, _context: str(SENTENCES[kind])


def register() -> None:
    for module in ("carts", "order_corrections", "order_files", "orders", "subscriptions"):
        registry.API_ROUTERS.register(registry.ApiRouter("", f"rapport.commerce.api.{module}"))
    for name, path in LISTED.items():
        entry = registry.ListEntry(name, f"rapport.commerce.views.{path}", f"commerce:{name}")
        registry.LISTS.register(entry)
    registry.NAVIGATION.register(
        registry.NavEntry(
            "orders",
            _("Orders"),
            "package",
            "commerce:orders",
            34,
            "orders.view",
            also=("/carts/", "/returns/", "/subscriptions/"),
            under="commerce",
        )
    )
    registry.SEARCH_PROVIDERS.register(
        registry.SearchProvider("orders", _("Orders"), "orders.view", _search, 30)
    )
    registry.SETTINGS_PAGES.register(
        registry.SettingsPage(
            "orders", _("Orders and carts"), "package", "commerce:order-rules", 60, "settings.view"
        )
    )
    registry.NEW_ENTRIES.register(
        registry.NewEntry(
            "order-file", _("Import orders"), "package", "commerce:order-files", 93, "orders.edit"
        )
    )
    PANELS.register(Panel("orders", _("Orders and carts"), 15, "orders.view", "commerce:person-orders"))
    for event, kind in DESCRIBED.items():
        icon = ICONS.get(kind, "shopping-cart")
        EVENT_DESCRIPTIONS.register(EventDescription(event, "commerce", icon, _sentence(kind)))
    TIMELINE_RECORDS.register(order_timeline.records, "orders")
