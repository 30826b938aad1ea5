"""Tells the event catalogue which segments look for an event."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse

from rapport.core.links import RecordUse, UseFinder
from rapport.segments.models import Segment


def uses(events: list[str]) -> dict[str, list[RecordUse]]:
    """{event: segments that name it}, whatever kind of clause does."""
    wanted = set(events)
    by_event: dict[str, list[RecordUse]] = {}
    for key, name, definition in (
        Segment.objects.filter(archived_at=None).order_by("name").values_list("key", "name", "definition")
    ):
        for event in sorted(wanted & set(_named(definition))):
            use = RecordUse("segment", name, reverse("segments:segment", args=[key]))
            by_event.setdefault(event, []).append(use)
    return by_event


FINDER = UseFinder("segments of events", "event", uses)


def _named(node: Any) -> Iterator[str]:
    """Every event that a definition names: what follows `did`, `did_not`, `event`, alone or in a list."""
    if isinstance(node, list):
        for part in node:
            yield from _named(part)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in {"did", "did_not", "event"} and isinstance(value, str):
                yield value
            else:
                yield from _named(value)
