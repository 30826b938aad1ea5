"""What events adds to the frame and the profile: sources in the New menu, sentences, the timeline."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.registry import NewEntry, register_new
from rapport.events import descriptions, descriptions_contacts
from rapport.people.registry import Panel, register_company_panel, register_panel


def register() -> None:
    descriptions.register()
    descriptions_contacts.register()
    register_new(NewEntry("source", "Source", "plug", "events:new_source", 90, "data.edit"))
    register_panel(
        Panel("timeline", _("Timeline"), 10, "people.view", "events:person_timeline", place="main")
    )
    register_panel(
        Panel("contacts", _("Calls and visits"), 5, "people.view", "events:contacts", place="main")
    )
    register_company_panel(Panel("figures", _("In figures"), 10, "people.view", "events:company_figures"))
    register_company_panel(
        Panel(
            "timeline", _("What its people did"), 20, "people.view", "events:company_timeline", place="main"
        )
    )
