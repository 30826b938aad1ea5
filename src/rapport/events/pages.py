"""What events adds to the frame and the profile: sources in the New menu, sentences, the timeline."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.registry import (
    API_ROUTERS,
    LISTS,
    NAVIGATION,
    NEW_ENTRIES,
    ApiRouter,
    ListEntry,
    NavEntry,
    NewEntry,
)
from rapport.events import descriptions
from rapport.events.descriptions import activities
from rapport.people.registry import COMPANY_PANELS, PANELS, Panel


def register() -> None:
    descriptions.register()
    activities.register()
    for module in ("rapport.events.api", "rapport.events.catalogue.api"):
        API_ROUTERS.register(ApiRouter("", module))
    for name, path, address in (
        ("event-catalogue", "catalogue.lists.Catalogue", "events:catalogue"),
        ("sources", "views.source_list.SourceList", "events:data"),
        ("quarantine", "views.quarantine.QuarantineList", "events:quarantine"),
    ):
        LISTS.register(ListEntry(name, f"rapport.events.{path}", address))
    NAVIGATION.register(
        NavEntry("data", _("Data"), "database", "events:data", 130, "data.view", under="data")
    )
    NEW_ENTRIES.register(NewEntry("source", _("Source"), "plug", "events:new_source", 90, "data.edit"))
    PANELS.register(
        Panel("timeline", _("Timeline"), 10, "people.view", "events:person_timeline", place="main")
    )
    PANELS.register(
        Panel("activities", _("Calls and visits"), 5, "people.view", "events:activities", place="main")
    )
    COMPANY_PANELS.register(Panel("figures", _("In figures"), 10, "people.view", "events:company_figures"))
    COMPANY_PANELS.register(
        Panel(
            "timeline",
            _("Activity of its people"),
            20,
            "people.view",
            "events:company_timeline",
            place="main",
        )
    )
