"""What messaging adds elsewhere: a panel on the profile, a page in the settings."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.registry import API_ROUTERS, SETTINGS_PAGES, ApiRouter, SettingsPage
from rapport.messaging.queries import headline
from rapport.people.registry import HEADLINES, PANELS, Headline, Panel


def register() -> None:
    HEADLINES.register(Headline("engagement", _("Engagement"), 20, "messages.view", headline.engagement))
    PANELS.register(Panel("messages", _("Messages"), 30, "messages.view", "messaging:person"))
    API_ROUTERS.register(ApiRouter("", "rapport.messaging.api.messages"))
    SETTINGS_PAGES.register(
        SettingsPage(
            "sending", _("Sending rules"), "send", "messaging:policy", 25, "settings.view", "consent"
        )
    )
    SETTINGS_PAGES.register(
        SettingsPage(
            "mailboxes", _("Mailboxes"), "inbox", "messaging:mailboxes", 22, "channels.view", "consent"
        )
    )
    SETTINGS_PAGES.register(
        SettingsPage(
            "deliverability",
            _("Deliverability"),
            "chart-column",
            "messaging:deliverability",
            24,
            "messages.view",
            "consent",
        )
    )
    API_ROUTERS.register(ApiRouter("/deliverability", "rapport.messaging.api.deliverability"))
    API_ROUTERS.register(ApiRouter("/mailboxes", "rapport.messaging.api.mailboxes"))
