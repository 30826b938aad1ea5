"""What segments add to people and events: a panel on the profile, a column in the list, what looks for an event."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.registry import API_ROUTERS, LISTS, NAVIGATION, ApiRouter, ListEntry, NavEntry
from rapport.events.registry import EVENT_USES
from rapport.people.registry import PANELS, PEOPLE_COLUMNS, Panel, PeopleColumn


def register() -> None:
    from rapport.segments import event_uses, queries

    for name, page, address in (
        ("segments", "views.lists.SegmentList", "segments:list"),
        ("computed-traits", "computed.views.TraitList", "computed:list"),
    ):
        LISTS.register(ListEntry(name, f"rapport.segments.{page}", address))
    NAVIGATION.register(
        NavEntry(
            "segments", _("Segments"), "pie-chart", "segments:list", 40, "segments.view", ("/lifecycle/",)
        )
    )
    for prefix, module in (
        ("/segments", "api"),
        ("/computed-traits", "computed.api"),
        ("/lifecycle", "lifecycle.api"),
    ):
        API_ROUTERS.register(ApiRouter(prefix, f"rapport.segments.{module}"))
    PANELS.register(Panel("segments", _("Segments"), 20, "segments.view", "segments:person"))
    PEOPLE_COLUMNS.register(PeopleColumn("segments", _("Segments"), 50, "segments.view", queries.names_of))
    EVENT_USES.register(event_uses.uses, "segments")
