"""What segments add to people and events: a panel on the profile, a column in the list, what looks for an event."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.events.registry import register_event_uses
from rapport.people.registry import Panel, PeopleColumn, register_panel, register_people_column


def register() -> None:
    from rapport.segments import event_uses, queries

    register_panel(Panel("segments", _("Segments"), 20, "segments.view", "segments:person"))
    register_people_column(PeopleColumn("segments", _("Segments"), 50, "segments.view", queries.names_of))
    register_event_uses("segments", event_uses.uses)
