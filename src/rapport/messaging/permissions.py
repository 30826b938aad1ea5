"""The permissions of this app."""

from django.utils.translation import gettext_lazy as _

from rapport.core.permissions import PERMISSIONS, Permission

OWN = Permission(
    "messages.view",
    _("See messages"),
    _("which messages were sent or excluded, and why"),
    _("Campaigns"),
    ("viewer", "agent", "analyst", "marketer", "admin"),
)


def register() -> None:
    PERMISSIONS.register(OWN)
