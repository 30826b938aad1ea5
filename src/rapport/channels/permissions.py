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
    Permission(
        "letters.view",
        _("See letters"),
        _("letters and what became of them"),
        _("Campaigns"),
        ("viewer", "agent", "analyst", "marketer", "admin"),
        has_reach=True,
    ),
    Permission(
        "letters.edit",
        _("Note returned letters"),
        _("noting letters that came back"),
        _("Campaigns"),
        ("agent", "marketer", "admin"),
        has_reach=True,
    ),
    Permission(
        "letters.print",
        _("Print letters"),
        _("closing and downloading print files, which hold letters of everybody"),
        _("Campaigns"),
        ("marketer", "admin"),
    ),
    Permission(
        "calls.view",
        _("See calls"),
        _("calls to be made and what came of them"),
        _("Campaigns"),
        ("viewer", "agent", "analyst", "marketer", "admin"),
        has_reach=True,
    ),
    Permission(
        "calls.edit",
        _("Make calls"),
        _("taking calls and saying what came of them"),
        _("Campaigns"),
        ("agent", "marketer", "admin"),
        has_reach=True,
    ),
)


def register() -> None:
    for permission in OWN:
        PERMISSIONS.register(permission)
