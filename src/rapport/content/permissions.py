"""The permissions of this app."""

from django.utils.translation import gettext_lazy as _

from rapport.core.permissions import PERMISSIONS, Permission

OWN = (
    Permission(
        "templates.view",
        _("See templates"),
        _("templates and their previews"),
        _("Campaigns"),
        ("viewer", "agent", "analyst", "marketer", "admin"),
    ),
    Permission(
        "templates.edit",
        _("Edit templates"),
        _("editing, publishing and testing templates"),
        _("Campaigns"),
        ("marketer", "admin"),
    ),
    Permission(
        "onsite.view",
        _("See on-site messages"),
        _("messages on the website and their results"),
        _("Campaigns"),
        ("viewer", "agent", "analyst", "marketer", "admin"),
    ),
    Permission(
        "onsite.edit",
        _("Edit on-site messages"),
        _("writing, launching and stopping messages on the website"),
        _("Campaigns"),
        ("marketer", "admin"),
    ),
    Permission(
        "forms.view",
        _("See forms and landing pages"),
        _("forms, landing pages and their results; what was entered, with the right to see people"),
        _("Campaigns"),
        ("viewer", "agent", "analyst", "marketer", "admin"),
    ),
    Permission(
        "forms.edit",
        _("Edit forms and landing pages"),
        _("building, opening and closing forms and landing pages, and judging spam"),
        _("Campaigns"),
        ("marketer", "admin"),
    ),
)


def register() -> None:
    for permission in OWN:
        PERMISSIONS.register(permission)
