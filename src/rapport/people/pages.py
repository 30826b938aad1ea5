"""What people adds to the frame: the New menu, the search of everything, and its own panel of the profile."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.registry import (
    NewEntry,
    SearchProvider,
    SettingsPage,
    register_new,
    register_search,
    register_settings_page,
)
from rapport.people.registry import Panel, register_panel

PANELS = (
    Panel("origin", _("Why this is one person"), 80, "people.view", "people:origin"),
    Panel("history", _("History of values"), 70, "people.view", "people:history"),
    Panel("relationships", _("Relationships"), 50, "people.view", "people:relationships", place="facts"),
)
# name, label, icon, address, order
SETTINGS = (
    ("identity", _("Identity"), "fingerprint", "people:identity", 45),
    ("traits", _("Traits"), "tag", "people_settings:settings_traits", 27),
    ("priority", _("Source priority"), "layers", "people_settings:settings_priority", 29),
    ("relationships", _("Relationships"), "users", "people_settings:settings_relationships", 30),
)
NEW = (
    NewEntry("person", "Person", "user-plus", "people:new", 10, "people.edit"),
    NewEntry("company", "Company", "building-2", "people:new_company", 15, "people.edit"),
)


def register() -> None:
    from rapport.people import queries_lists

    for panel in PANELS:
        register_panel(panel)
    for name, label, icon, address, order in SETTINGS:
        register_settings_page(SettingsPage(name, label, icon, address, order, "settings.view", "people"))
    for entry in NEW:
        register_new(entry)
    register_search(SearchProvider("companies", "Companies", "people.view", queries_lists.company_hits, 20))
    register_search(SearchProvider("people", "People", "people.view", queries_lists.search_hits, 10))
