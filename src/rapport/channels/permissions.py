"""The permissions of this app."""

from django.utils.translation import gettext_lazy as _

from rapport.core.permissions import PERMISSIONS, Permission

OWN = (
    Permission(
        "channels.view",
        _("See channels"),
        _("accounts of channels and whether they work"),
        _("Campaigns"),
        ("marketer", "admin"),
    ),
    Permission(
        "channels.edit",
        _("Set up channels"),
        _("setting up accounts of channels, with their passwords"),
        _("Campaigns"),
        ("admin",),
    ),
)


def register() -> None:
    for permission in OWN:
        PERMISSIONS.register(permission)
