"""What connectors add to the frame: a page in the settings, the list of sources, the New menu, the API."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.connectors import queries
from rapport.core.registry import API_ROUTERS, NEW_ENTRIES, SETTINGS_PAGES, ApiRouter, NewEntry, SettingsPage
from rapport.events.registry import SOURCE_KINDS, SourceKind
from rapport.people.registry import PANELS, Panel


def register() -> None:
    SETTINGS_PAGES.register(
        SettingsPage("connectors", _("Connectors"), "plug", "connectors:connectors", 44, "connectors.view")
    )
    SOURCE_KINDS.register(
        SourceKind(
            "connector",
            _("Connector"),
            _("A shop or another system whose customers, products and orders come by themselves."),
            "plug",
            "connectors:of-source",
            "connectors:connectors",
            queries.states,
        )
    )
    NEW_ENTRIES.register(
        NewEntry("connector", _("Connector"), "plug", "connectors:connectors", 93, "connectors.edit")
    )
    PANELS.register(Panel("connectors", _("In connected shops"), 60, "connectors.view", "connectors:person"))
    API_ROUTERS.register(ApiRouter("/connectors", "rapport.connectors.api"))
