"""The permissions of this app."""

from django.utils.translation import gettext_lazy as _

from rapport.core.permissions import PERMISSIONS, Permission

OWN = (
    Permission(
        "orders.view",
        _("See orders"),
        _("orders, carts, returns and subscriptions of the people they see"),
        _("Commerce"),
        ("viewer", "agent", "analyst", "marketer", "admin"),
        has_reach=True,
    ),
    Permission(
        "orders.edit",
        _("Edit orders"),
        _("importing orders, telling of them over the API, and rebuilding them from events"),
        _("Commerce"),
        ("admin",),
    ),
    Permission(
        "products.view",
        _("See products"),
        _("products, prices, stock and categories"),
        _("Commerce"),
        ("viewer", "agent", "analyst", "marketer", "admin"),
    ),
    Permission(
        "products.edit",
        _("Edit products"),
        _("products, prices, stock, categories and feeds"),
        _("Commerce"),
        ("marketer", "admin"),
    ),
)


def register() -> None:
    for permission in OWN:
        PERMISSIONS.register(permission)
