"""The permissions of this app."""

from django.utils.translation import gettext_lazy as _

from rapport.core.permissions import PERMISSIONS, Permission

OWN = (
    Permission(
        "people.view",
        _("See people"),
        _("people, profiles, timelines, companies"),
        _("People"),
        ("viewer", "agent", "analyst", "marketer", "admin"),
        has_reach=True,
    ),
    Permission(
        "people.edit",
        _("Edit people"),
        _(
            "traits, companies, relationships, owners and teams, consents, restriction of processing, "
            "merging, importing, duplicates, data quality and repairs"
        ),
        _("People"),
        ("agent", "marketer", "admin"),
        has_reach=True,
    ),
    Permission(
        "people.personal",
        _("See personal data of events"),
        _(
            "seeing event properties that are flagged as personal data, asking about them in segments"
            " and computed traits, and raw payloads; others see ••••"
        ),
        _("People"),
        ("agent", "marketer", "admin"),
    ),
    Permission(
        "people.export",
        _("Export people"),
        _(
            "lists as files; with permission to see personal data also a copy of everything held about "
            "a person"
        ),
        _("People"),
        ("analyst", "marketer", "admin"),
        has_reach=True,
    ),
    Permission(
        "people.erase",
        _("Erase people"),
        _("erasing a person permanently"),
        _("People"),
        ("admin",),
        has_reach=True,
    ),
)


def register() -> None:
    for permission in OWN:
        PERMISSIONS.register(permission)
