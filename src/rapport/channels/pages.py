"""What channels add elsewhere: a page in the settings, and their API."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.registry import API_ROUTERS, SETTINGS_PAGES, ApiRouter, SettingsPage


def register() -> None:
    SETTINGS_PAGES.register(
        SettingsPage("channels", _("Channels"), "send", "channels:accounts", 20, "channels.view", "consent")
    )
    SETTINGS_PAGES.register(
        SettingsPage(
            "senders", _("Senders and domains"), "at-sign", "channels:senders", 22, "channels.view", "consent"
        )
    )
    API_ROUTERS.register(ApiRouter("/channels", "rapport.channels.api"))
    API_ROUTERS.register(ApiRouter("", "rapport.channels.email.api"))
