"""The permissions of this app."""

from django.utils.translation import gettext_lazy as _

from rapport.core.permissions import PERMISSIONS, Permission

OWN = (
    Permission(
        "webhooks.view",
        _("See webhook endpoints"),
        _("which programs are told of events, and how that goes"),
        _("Data"),
        ("analyst", "marketer", "admin"),
    ),
    Permission(
        "webhooks.edit",
        _("Set up webhook endpoints"),
        _("having programs told of events, as far as one sees the people oneself"),
        _("Data"),
        ("admin",),
    ),
)


def register() -> None:
    for permission in OWN:
        PERMISSIONS.register(permission)
