"""The permissions of this app."""

from django.utils.translation import gettext_lazy as _

from rapport.core.permissions import PERMISSIONS, Permission

OWN = (
    Permission(
        "data.view",
        _("See sources and events"),
        _("sources, live events, quarantine"),
        _("Data"),
        ("analyst", "marketer", "admin"),
    ),
    Permission(
        "data.edit",
        _("Edit sources"),
        _("creating sources, rotating keys, replaying quarantine"),
        _("Data"),
        ("admin",),
    ),
)


def register() -> None:
    for permission in OWN:
        PERMISSIONS.register(permission)
