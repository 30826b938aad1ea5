"""The permissions of this app."""

from django.utils.translation import gettext_lazy as _

from rapport.core.permissions import PERMISSIONS, Permission

OWN = (
    Permission(
        "segments.view",
        _("See segments"),
        _("segments and their members"),
        _("Segments"),
        ("viewer", "agent", "analyst", "marketer", "admin"),
    ),
    Permission(
        "segments.edit",
        _("Edit segments"),
        _("creating, editing and archiving segments"),
        _("Segments"),
        ("analyst", "marketer", "admin"),
    ),
)


def register() -> None:
    for permission in OWN:
        PERMISSIONS.register(permission)
