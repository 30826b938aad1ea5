"""What messaging adds elsewhere: a panel on the profile, a page in the settings."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.registry import SettingsPage, register_settings_page
from rapport.people.registry import Panel, register_panel


def register() -> None:
    register_panel(Panel("messages", _("Messages"), 30, "campaigns.view", "messaging:person"))
    register_settings_page(
        SettingsPage("sending", _("Sending"), "send", "messaging:policy", 25, "settings.view", "consent")
    )
