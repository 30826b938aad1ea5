"""What webhook endpoints add to the frame: a page in the settings, and their API."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.registry import API_ROUTERS, SETTINGS_PAGES, ApiRouter, SettingsPage


def register() -> None:
    SETTINGS_PAGES.register(
        SettingsPage("webhooks", _("Webhooks"), "webhook", "integrations:endpoints", 45, "webhooks.view")
    )
    API_ROUTERS.register(ApiRouter("/webhook-endpoints", "rapport.integrations.api"))
