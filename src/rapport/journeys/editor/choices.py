"""What the pickers of the side sheet offer, by the format that a setting's schema names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from rapport.channels.registry import CHANNELS
from rapport.content.queries import templates
from rapport.core.access import Actor
from rapport.governance.models import Purpose
from rapport.journeys import queries, registry
from rapport.journeys.editor.naming import channel_label
from rapport.journeys.services.picking import choices_of
from rapport.segments.builder import suggestions
from rapport.segments.builder.trait_choices import trait_choices
from rapport.segments.queries.segments import names as segment_names

Choice = tuple[str, str]


def _templates(actor: Actor) -> list[Choice]:
    rows = templates(actor).order_by("channel", "name").values_list("pk", "name", "channel")
    return [(str(pk), f"{name} · {channel_label(channel)}") for pk, name, channel in rows]


def _purposes(_actor: Actor) -> list[Choice]:
    return list(
        Purpose.objects.filter(archived_at=None).order_by("position", "key").values_list("key", "name")
    )


def _segments(_actor: Actor) -> list[Choice]:
    return sorted(segment_names().items(), key=lambda entry: entry[1].casefold())


def _journeys(actor: Actor) -> list[Choice]:
    return [(str(row.pk), row.name) for row in queries.journeys(actor).order_by("name", "pk")]


# Pickers: nothing but what there is.
PICKERS: dict[str, Callable[[Actor], list[Choice]]] = {
    "template": _templates,
    "purpose": _purposes,
    "segment": _segments,
    "channel": lambda _actor: [(kind.key, str(kind.label)) for kind in CHANNELS],
    "journey": _journeys,
}
# Suggestions: what was seen, and anything else.
SUGGESTIONS: dict[str, Callable[[Actor, Iterable[str]], list[Choice]]] = {
    "event": lambda _actor, _events: [(name, "") for name in suggestions.events()],
    "trait": lambda actor, _events: [(choice.name, choice.label) for choice in trait_choices(actor)],
    "property": lambda _actor, events: [(name, "") for name in suggestions.properties(events)],
}


def is_picked(name: object) -> bool:
    """Whether a setting of this format is chosen among what there is; higher apps bring pickers of their own."""
    return name in PICKERS or registry.PICKERS.get(str(name)) is not None


class Choices:
    """Of one sheet; each list is read once, and only if something asks for it."""

    def __init__(self, actor: Actor, events: Iterable[str] = (), answers: Iterable[Choice] = ()) -> None:
        self._actor, self._events = actor, [name for name in events if name]
        self._answers = list(answers)
        self._read: dict[str, Any] = {}

    def of(self, name: str) -> list[Choice]:
        if name not in self._read:
            self._read[name] = self._find(name)
        chosen: list[Choice] = self._read[name]
        return chosen

    def _find(self, name: str) -> list[Choice]:
        if name == "answer":
            return self._answers
        if name in PICKERS:
            return PICKERS[name](self._actor)
        if is_picked(name):
            return choices_of(name, self._actor)
        return SUGGESTIONS[name](self._actor, self._events) if name in SUGGESTIONS else []

    def suggested(self) -> dict[str, list[Choice]]:
        """The lists of suggestions that something asked for."""
        return {name: rows for name, rows in self._read.items() if name in SUGGESTIONS or name == "answer"}
