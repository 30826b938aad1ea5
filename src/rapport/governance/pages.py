"""Settings pages of governance, and what it adds to people: consents in the list and on the profile."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.registry import (
    API_ROUTERS,
    LISTS,
    SETTINGS_GROUPS,
    SETTINGS_PAGES,
    ApiRouter,
    ListEntry,
    SettingsGroup,
    SettingsPage,
)
from rapport.people.registry import (
    HEADLINES,
    PANELS,
    PEOPLE_COLUMNS,
    PEOPLE_FILTERS,
    Headline,
    Panel,
    PeopleColumn,
    PeopleFilter,
)


def register() -> None:
    from rapport.governance import queries

    SETTINGS_GROUPS.register(SettingsGroup("consent", _("Sending and privacy"), 30))
    for name, label, icon, url_name, order in (
        ("purposes", _("Purposes"), "handshake", "governance:purposes", 50),
        ("coverage", _("Consent coverage"), "shield-check", "governance:coverage", 55),
        ("suppression", _("Suppression"), "mail-x", "governance:suppressions", 60),
        ("privacy", _("Privacy requests"), "fingerprint", "governance:requests", 70),
    ):
        SETTINGS_PAGES.register(SettingsPage(name, label, icon, url_name, order, "settings.view", "consent"))
    requests = "rapport.governance.views.requests.RequestList"
    LISTS.register(ListEntry("privacy-requests", requests, "governance:requests"))
    for module in ("consents", "suppressions"):
        API_ROUTERS.register(ApiRouter("", f"rapport.governance.api.{module}"))
    PANELS.register(Panel("consents", _("Consents"), 22, "people.view", "governance:person_consents"))
    HEADLINES.register(Headline("reachable", _("Reachable by"), 30, "people.view", queries.reachable))
    PANELS.register(Panel("privacy", _("Privacy"), 90, "people.view", "governance:person_privacy"))
    consent = queries.ConsentFilter("consent", _("Consent"), choices=queries.consent_choices)
    PEOPLE_FILTERS.register(PeopleFilter("consent", "people.view", consent))
    PEOPLE_COLUMNS.register(PeopleColumn("consents", _("Consent"), 60, "people.view", queries.granted_labels))
