"""What segments add to people: a panel on the profile, a column in the list."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.people.registry import Panel, PeopleColumn, register_panel, register_people_column


def register() -> None:
    from rapport.segments import queries

    register_panel(Panel("segments", _("Segments"), 20, "segments.view", "segments:person"))
    register_people_column(PeopleColumn("segments", _("Segments"), 50, "segments.view", queries.names_of))
