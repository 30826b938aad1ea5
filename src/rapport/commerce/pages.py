"""What commerce adds to the frame: navigation, lists, search, the New menu, the API."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.commerce.queries import products as queries
from rapport.core import registry
from rapport.core.access import Actor


def _search(actor: Actor, text: str, limit: int) -> list[registry.SearchHit]:
    rows = queries.search(queries.products(actor), text).order_by("title", "pk")[:limit]
    return [
        registry.SearchHit(str(row), reverse("commerce:product", args=[row.pk]), "tag", row.brand)
        for row in rows
    ]


def register() -> None:
    views = "rapport.commerce.views.products"
    registry.LISTS.register(registry.ListEntry("products", f"{views}.ProductList", "commerce:products"))
    registry.LISTS.register(registry.ListEntry("categories", f"{views}.CategoryList", "commerce:categories"))
    registry.NAVIGATION.register(
        registry.NavEntry(
            "products",
            _("Products"),
            "tag",
            "commerce:products",
            45,
            "products.view",
            also=("/categories/",),
            under="commerce",
        )
    )
    registry.SEARCH_PROVIDERS.register(
        registry.SearchProvider("products", _("Products"), "products.view", _search, 35)
    )
    registry.NEW_ENTRIES.register(
        registry.NewEntry("product-feed", _("Product feed"), "tag", "commerce:feed-new", 92, "products.edit")
    )
    registry.API_ROUTERS.register(registry.ApiRouter("", "rapport.commerce.api.catalogue"))
