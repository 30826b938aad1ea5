"""What messaging adds elsewhere: a panel on the profile, a page in the settings."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.registry import (
    API_ROUTERS,
    LISTS,
    NAVIGATION,
    SETTINGS_PAGES,
    ApiRouter,
    ListEntry,
    NavEntry,
    SettingsPage,
)
from rapport.messaging.queries import headline
from rapport.messaging.services import unmatched
from rapport.people.registry import HEADLINES, PANELS, PROJECTIONS, Headline, Panel, Projection


def register() -> None:
    HEADLINES.register(Headline("engagement", _("Engagement"), 20, "messages.view", headline.engagement))
    PANELS.register(Panel("messages", _("Messages"), 30, "messages.view", "messaging:person", place="tab"))
    API_ROUTERS.register(ApiRouter("", "rapport.messaging.api.messages"))
    LISTS.register(
        ListEntry("unmatched", "rapport.messaging.views.inbound.UnmatchedList", "messaging:unmatched")
    )
    NAVIGATION.register(
        NavEntry(
            "unmatched", _("Unmatched messages"), "circle-help", "messaging:unmatched", 64, "messages.answer"
        )
    )
    PROJECTIONS.register(Projection("unmatched messages", unmatched.adopt))
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
