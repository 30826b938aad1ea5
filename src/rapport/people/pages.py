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


def register() -> None:
    from rapport.people import queries_lists

    register_panel(Panel("origin", _("Why this is one person"), 80, "people.view", "people:origin"))
    register_settings_page(
        SettingsPage(
            "identity", _("Identity"), "fingerprint", "people:identity", 45, "settings.view", "people"
        )
    )
    register_panel(Panel("history", _("History of values"), 70, "people.view", "people:history"))
    register_settings_page(
        SettingsPage(
            "traits", _("Traits"), "tag", "people_settings:settings_traits", 27, "settings.view", "people"
        )
    )
    register_settings_page(
        SettingsPage(
            "priority",
            _("Source priority"),
            "layers",
            "people_settings:settings_priority",
            29,
            "settings.view",
            "people",
        )
    )
    register_panel(
        Panel("relationships", _("Relationships"), 50, "people.view", "people:relationships", place="facts")
    )
    register_settings_page(
        SettingsPage(
            "relationships",
            _("Relationships"),
            "users",
            "people_settings:settings_relationships",
            30,
            "settings.view",
            "people",
        )
    )
    register_new(NewEntry("person", "Person", "user-plus", "people:new", 10, "people.edit"))
    register_new(NewEntry("company", "Company", "building-2", "people:new_company", 15, "people.edit"))
    register_search(SearchProvider("companies", "Companies", "people.view", queries_lists.company_hits, 20))
    register_new(NewEntry("import", "Import", "upload", "people:new_import", 17, "people.edit"))
    register_search(SearchProvider("people", "People", "people.view", queries_lists.search_hits, 10))
