"""What people adds to the frame: the New menu, the search of everything, and its own panel of the profile."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.registry import (
    API_ROUTERS,
    LISTS,
    NAVIGATION,
    NEW_ENTRIES,
    OWNED_RECORDS,
    SEARCH_PROVIDERS,
    SETTINGS_GROUPS,
    SETTINGS_PAGES,
    ApiRouter,
    ListEntry,
    NavEntry,
    NewEntry,
    OwnedRecord,
    SearchProvider,
    SettingsGroup,
    SettingsPage,
)
from rapport.people.registry import COMPANY_PANELS, PANELS, Panel

OWN_PANELS = (
    Panel("origin", _("Merges and identity"), 80, "people.view", "people:origin"),
    Panel("history", _("History of values"), 85, "people.view", "people:history"),
    Panel("owner", _("Owner and team"), 10, "people.view", "people:owner", place="facts"),
    Panel("relationships", _("Relationships"), 50, "people.view", "people:relationships", place="facts"),
)
# name, label, icon, address, order
SETTINGS = (
    ("identity", _("Identity"), "fingerprint", "people:identity", 45),
    ("traits", _("Traits"), "tag", "people_settings:settings_traits", 27),
    ("priority", _("Source priority"), "layers", "people_settings:settings_priority", 29),
    ("relationships", _("Relationships"), "users", "people_settings:settings_relationships", 30),
)
NAVIGATION_ENTRIES = (
    NavEntry("people", _("People"), "users", "people:list", 20, "people.view", ("/data/people/",)),
    NavEntry("companies", _("Companies"), "building-2", "people:companies", 30, "people.view"),
)
ROUTERS = (
    ("/people", "api"),
    ("", "api.identity"),
    ("/companies", "api.companies"),
    ("/traits", "api.traits"),
    ("", "api.relationships"),
)
LIST_PAGES = (
    ("people", "lists.PeopleList", "people:list"),
    ("companies", "companies.CompanyList", "people:companies"),
)
NEW = (
    NewEntry("person", _("Person"), "user-plus", "people:new", 10, "people.edit"),
    NewEntry("company", _("Company"), "building-2", "people:new_company", 15, "people.edit"),
)


def register_owned() -> None:
    from rapport.people import queries
    from rapport.people.models import Company, Person
    from rapport.people.queries import lists as list_queries

    for name, label, model, rows, address in (
        ("person", _("Person"), Person, queries.people, "people:profile"),
        ("company", _("Company"), Company, list_queries.live_companies, "people:company"),
    ):
        OWNED_RECORDS.register(OwnedRecord(name, label, model, rows, "people.view", "people.edit", address))


def register() -> None:
    from rapport.people.queries import lists as list_queries

    for panel in OWN_PANELS:
        PANELS.register(panel)
    COMPANY_PANELS.register(
        Panel("owner", _("Owner and team"), 10, "people.view", "people:company_owner", place="facts")
    )
    SETTINGS_GROUPS.register(SettingsGroup("people", _("Customer data"), 20))
    for name, label, icon, address, order in SETTINGS:
        SETTINGS_PAGES.register(SettingsPage(name, label, icon, address, order, "settings.view", "people"))
    for nav in NAVIGATION_ENTRIES:
        NAVIGATION.register(nav)
    for prefix, module in ROUTERS:
        API_ROUTERS.register(ApiRouter(prefix, f"rapport.people.{module}"))
    for name, page, address in LIST_PAGES:
        LISTS.register(ListEntry(name, f"rapport.people.views.{page}", address))
    for entry in NEW:
        NEW_ENTRIES.register(entry)
    SEARCH_PROVIDERS.register(
        SearchProvider("companies", _("Companies"), "people.view", list_queries.company_hits, 20)
    )
    SEARCH_PROVIDERS.register(
        SearchProvider("people", _("People"), "people.view", list_queries.search_hits, 10)
    )
