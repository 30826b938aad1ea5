"""The permissions of this app."""

from django.utils.translation import gettext_lazy as _

from rapport.core.permissions import PERMISSIONS, Permission

OWN = (
    Permission(
        "loyalty.view",
        _("See loyalty"),
        _("programmes, and the accounts and points of the people they see"),
        _("Loyalty"),
        ("viewer", "agent", "analyst", "marketer", "admin"),
        has_reach=True,
    ),
    Permission(
        "loyalty.points",
        _("Book points"),
        _("opening and blocking accounts, giving, spending and correcting points"),
        _("Loyalty"),
        ("agent", "marketer", "admin"),
    ),
    Permission(
        "loyalty.partner",
        _("Book points as a partner"),
        _("for the API key of another business: points of its own, within its limits, and nothing else"),
        _("Loyalty"),
        ("admin",),
    ),
    Permission(
        "loyalty.edit",
        _("Edit loyalty"),
        _("programmes and the rules by which points are earned"),
        _("Loyalty"),
        ("marketer", "admin"),
    ),
)


def register() -> None:
    for permission in OWN:
        PERMISSIONS.register(permission)
