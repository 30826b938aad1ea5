"""The permissions of this app."""

from django.utils.translation import gettext_lazy as _

from rapport.core.permissions import PERMISSIONS, Permission

OWN = (
    Permission(
        "insights.view",
        _("See insights"),
        _("the home page and its figures, attribution, data quality"),
        _("Insights"),
        ("viewer", "agent", "analyst", "marketer", "admin"),
    ),
)


def register() -> None:
    for permission in OWN:
        PERMISSIONS.register(permission)
