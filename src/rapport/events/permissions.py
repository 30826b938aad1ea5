"""The permissions of this app."""

from django.utils.translation import gettext_lazy as _

from rapport.core.permissions import Permission

PERMISSIONS = (
    Permission(
        "data.view",
        _("See sources and events"),
        _("sources, live events, quarantine"),
        _("Data"),
        ("analyst", "marketer", "admin"),
    ),
    Permission(
        "data.edit",
        _("Change sources"),
        _("making sources, rotating keys, replaying quarantine"),
        _("Data"),
        ("admin",),
    ),
)
