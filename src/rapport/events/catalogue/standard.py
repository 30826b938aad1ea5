"""Events the plan knows from the start: Segment's e-commerce and e-mail specification, and what Rapport itself tells.

They are descriptions, not schemas: nothing is enforced until somebody declares one.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from rapport.events import registry
from rapport.events.models import EventProperty, EventType


@cache
def _library() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(__file__).with_name("standard.json").read_text())
    return found


def names() -> list[str]:
    """Every name of the specification and every name an app described."""
    return sorted({*_library()["events"], *registry.described_events()})


def described(event: EventType) -> EventType:
    """Fills in what is known of the event by its name; a known event counts as declared."""
    found = _library()["events"].get(event.name)
    if found:
        event.description, event.category = found["description"], found["category"]
        event.state = EventType.State.DECLARED
    elif known := registry.EVENT_DESCRIPTIONS.get(event.name):
        labels = {kind.name: str(kind.label) for kind in registry.EVENT_KINDS}
        event.category, event.state = labels.get(known.kind, ""), EventType.State.DECLARED
    return event


def properties(event: EventType) -> list[EventProperty]:
    """The described properties of an event of the specification."""
    found = _library()["events"].get(event.name)
    words = _library()["properties"]
    return [
        EventProperty(event=event, name=name, description=words[name][1])
        for name in (found["properties"] if found else [])
    ]


def types(name: str) -> dict[str, str]:
    """{property: JSON type} of an event of the specification."""
    found = _library()["events"].get(name)
    return {each: _library()["properties"][each][0] for each in found["properties"]} if found else {}
