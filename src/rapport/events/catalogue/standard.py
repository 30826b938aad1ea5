"""Events the plan knows from the start: Segment's e-commerce and e-mail specification, and what Rapport itself tells.

They are descriptions, not schemas: nothing is enforced until somebody declares one.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from rapport.events import registry
from rapport.events.models import EventProperty, EventType

# Categories of the library and of what Rapport tells, as they are stored.
CATEGORIES = {
    "Consent": _("Consent"),
    "E-commerce": _("E-commerce"),
    "E-mail": _("Email"),
    "Messages": _("Messages"),
    "Orders and carts": _("Orders and carts"),
    "Profile": _("Profile"),
    "Segments": _("Segments"),
    "Visits": _("Visits"),
}


@cache
def _library() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(Path(__file__).with_name("standard.json").read_text())
    return document


def names() -> list[str]:
    """Every name of the specification and every name an app described."""
    return sorted({*_library()["events"], *registry.described_events()})


def described(event: EventType) -> EventType:
    """Fills in what is known of the event by its name; a known event counts as declared."""
    description = _library()["events"].get(event.name)
    if description:
        event.description, event.category = description["description"], description["category"]
        event.state = EventType.State.DECLARED
    elif registered := registry.EVENT_DESCRIPTIONS.get(event.name):
        labels = {kind.name: str(kind.label) for kind in registry.EVENT_KINDS}
        event.category, event.state = labels.get(registered.kind, ""), EventType.State.DECLARED
    return event


def category_label(event: EventType) -> str:
    """A category of the library in the reader's language; a business's own stays as it is."""
    return str(CATEGORIES.get(event.category) or event.category)


def properties(event: EventType) -> list[EventProperty]:
    """The described properties of an event of the specification."""
    description = _library()["events"].get(event.name)
    words = _library()["properties"]
    return [
        EventProperty(event=event, name=name, description=words[name][1])
        for name in (description["properties"] if description else [])
    ]


def types(name: str) -> dict[str, str]:
    """{property: JSON type} of an event of the specification."""
    description = _library()["events"].get(name)
    return (
        {name: _library()["properties"][name][0] for name in description["properties"]} if description else {}
    )
