"""The permissions of this app."""

from django.utils.translation import gettext_lazy as _

from rapport.core.permissions import PERMISSIONS, Permission

OWN = (
    Permission(
        "journeys.view",
        _("See journeys"),
        _("journeys, who is on them, and why"),
        _("Campaigns"),
        ("viewer", "agent", "analyst", "marketer", "admin"),
    ),
    Permission(
        "journeys.edit",
        _("Edit journeys"),
        _("writing journeys; what is live goes on as it is"),
        _("Campaigns"),
        ("marketer", "admin"),
    ),
    Permission(
        "journeys.publish",
        _("Publish journeys"),
        _("making a draft live, pausing and archiving journeys"),
        _("Campaigns"),
        ("marketer", "admin"),
    ),
    Permission(
        "journeys.enrol",
        _("Put people on journeys"),
        _("letting people in, taking them out, trying a failed step again"),
        _("Campaigns"),
        ("marketer", "admin"),
    ),
)


def register() -> None:
    for permission in OWN:
        PERMISSIONS.register(permission)
