"""What channels add elsewhere: a page in the settings, and their API."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.registry import API_ROUTERS, SETTINGS_PAGES, ApiRouter, SettingsPage


def register() -> None:
    SETTINGS_PAGES.register(
        SettingsPage("channels", _("Channels"), "send", "channels:accounts", 20, "channels.view", "consent")
    )
    API_ROUTERS.register(ApiRouter("/channels", "rapport.channels.api"))
