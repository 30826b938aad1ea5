"""The permissions of this app."""

from django.utils.translation import gettext_lazy as _

from rapport.core.permissions import PERMISSIONS, Permission

OWN = (
    Permission(
        "campaigns.view",
        _("See campaigns"),
        _("campaigns and their results"),
        _("Campaigns"),
        ("viewer", "agent", "analyst", "marketer", "admin"),
    ),
    Permission(
        "campaigns.edit",
        _("Edit campaigns"),
        _("creating and editing campaigns"),
        _("Campaigns"),
        ("marketer", "admin"),
    ),
    Permission(
        "campaigns.send",
        _("Send campaigns"),
        _("sending, pausing and cancelling campaigns"),
        _("Campaigns"),
        ("marketer", "admin"),
    ),
)


def register() -> None:
    for permission in OWN:
        PERMISSIONS.register(permission)
