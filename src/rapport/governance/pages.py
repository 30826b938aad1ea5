"""What governance adds to people: consents in the list and on the profile, and the rights of a person."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.people.registry import Panel, PeopleColumn, register_panel, register_people_column


def register() -> None:
    from rapport.governance import queries

    register_panel(
        Panel("consents", _("Consents"), 40, "people.view", "governance:person_consents", place="facts")
    )
    register_panel(Panel("privacy", _("Privacy"), 90, "people.view", "governance:person_privacy"))
    register_people_column(PeopleColumn("consents", _("Consent"), 60, "people.view", queries.granted_labels))
