"""Hides what is flagged as personal from whoever may not see it."""

from __future__ import annotations

from typing import Any

from rapport.core.access import Actor
from rapport.events.models import EventProperty

MASK = "••••"
PERMISSION = "people.personal"
Flags = dict[str, frozenset[str]]


def flags() -> Flags:
    """{event: paths of its properties flagged as personal}."""
    rows = EventProperty.objects.filter(personal=EventProperty.Personal.YES).values_list(
        "event__name", "name"
    )
    found: dict[str, set[str]] = {}
    for event, path in rows:
        found.setdefault(event, set()).add(path)
    return {event: frozenset(paths) for event, paths in found.items()}


def flags_for(actor: Actor) -> Flags:
    """What is to be hidden from this actor: nothing from one who may see personal data."""
    return {} if actor.may(PERMISSION) else flags()


def masked(event: str, properties: dict[str, Any], hidden: Flags) -> dict[str, Any]:
    """The properties with •••• in the place of what is flagged."""
    paths = hidden.get(event)
    return _hidden(properties, paths) if paths else properties


def _hidden(fields: dict[str, Any], paths: frozenset[str], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in fields.items():
        path = f"{prefix}{name}"
        if path in paths:
            found[name] = MASK
        elif isinstance(value, dict):
            found[name] = _hidden(value, paths, f"{path}.")
        elif isinstance(value, list):
            found[name] = [
                _hidden(entry, paths, f"{path}[].") if isinstance(entry, dict) else entry for entry in value
            ]
        else:
            found[name] = value
    return found
