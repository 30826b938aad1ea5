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
from rapport.people.registry import PANELS, Panel


def register() -> None:
    for name, page in (("campaigns", "campaigns.CampaignList"), ("templates", "templates.TemplateList")):
        LISTS.register(ListEntry(name, f"rapport.messaging.views.{page}", f"messaging:{name}"))
    API_ROUTERS.register(ApiRouter("/campaigns", "rapport.messaging.api"))
    API_ROUTERS.register(ApiRouter("/templates", "rapport.messaging.api.templates"))
    for entry in (
        NavEntry("campaigns", _("Campaigns"), "send", "messaging:campaigns", 50, "campaigns.view"),
        NavEntry("templates", _("Templates"), "layout-template", "messaging:templates", 60, "campaigns.view"),
    ):
        NAVIGATION.register(entry)
    PANELS.register(Panel("messages", _("Messages"), 30, "campaigns.view", "messaging:person"))
    SETTINGS_PAGES.register(
        SettingsPage("sending", _("Sending"), "send", "messaging:policy", 25, "settings.view", "consent")
    )
