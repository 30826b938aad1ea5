"""The permissions of this app."""

from django.utils.translation import gettext_lazy as _

from rapport.core.permissions import PERMISSIONS, Permission

OWN = (
    Permission(
        "connectors.view",
        _("See connectors"),
        _("which shops and systems are connected, and how that goes"),
        _("Data"),
        ("analyst", "marketer", "admin"),
    ),
    Permission(
        "connectors.edit",
        _("Connect shops and systems"),
        _("connecting, reading all or single records again, what is written there, disconnecting"),
        _("Data"),
        ("admin",),
    ),
)


def register() -> None:
    for permission in OWN:
        PERMISSIONS.register(permission)
