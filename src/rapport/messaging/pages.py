"""What messaging adds elsewhere: a panel on the profile, a page in the settings."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.registry import SETTINGS_PAGES, SettingsPage
from rapport.people.registry import PANELS, Panel


def register() -> None:
    PANELS.register(Panel("messages", _("Messages"), 30, "messages.view", "messaging:person"))
    SETTINGS_PAGES.register(
        SettingsPage("sending", _("Sending"), "send", "messaging:policy", 25, "settings.view", "consent")
    )
