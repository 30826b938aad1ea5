"""What people adds to the frame: the New menu, the search of everything, and its own panel of the profile."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.registry import NewEntry, SearchProvider, register_new, register_search
from rapport.people.registry import Panel, register_panel


def register() -> None:
    from rapport.people import queries_lists

    register_panel(Panel("origin", _("Why this is one person"), 80, "people.view", "people:origin"))
    register_new(NewEntry("person", "Person", "user-plus", "people:new", 10, "people.edit"))
    register_new(NewEntry("import", "Import", "upload", "people:new_import", 15, "people.edit"))
    register_search(SearchProvider("people", "People", "people.view", queries_lists.search_hits, 10))
