"""What governance adds to people: consents in the list and on the profile, and the rights of a person."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.registry import API_ROUTERS, LISTS, ApiRouter, ListEntry
from rapport.people.registry import PANELS, PEOPLE_COLUMNS, Panel, PeopleColumn


def register() -> None:
    from rapport.governance import queries

    requests = "rapport.governance.views.requests.RequestList"
    LISTS.register(ListEntry("privacy-requests", requests, "governance:requests"))
    API_ROUTERS.register(ApiRouter("", "rapport.governance.api"))
    PANELS.register(
        Panel("consents", _("Consents"), 40, "people.view", "governance:person_consents", place="facts")
    )
    PANELS.register(Panel("privacy", _("Privacy"), 90, "people.view", "governance:person_privacy"))
    PEOPLE_COLUMNS.register(PeopleColumn("consents", _("Consent"), 60, "people.view", queries.granted_labels))
