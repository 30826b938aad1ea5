"""How events are told to people: an icon, a kind to filter by, and a sentence. Any app may add its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Sentence = Callable[[dict[str, Any], dict[str, Any]], str]
Label = str | Promise


@dataclass(frozen=True, slots=True)
class Kind:
    """A group of events that a timeline can be filtered by."""

    name: str
    label: Label
    icon: str
    order: int


@dataclass(frozen=True, slots=True)
class EventDescription:
    """One event name; `sentence(properties, context)` says in plain words what the person did."""

    event: str
    kind: str
    icon: str
    sentence: Sentence


OTHER = Kind("other", _("Other"), "activity", 900)
_kinds: dict[str, Kind] = {OTHER.name: OTHER}
_descriptions: dict[str, EventDescription] = {}


def register_kind(kind: Kind) -> None:
    _kinds[kind.name] = kind


def kinds() -> list[Kind]:
    return sorted(_kinds.values(), key=lambda kind: kind.order)


def register_event(description: EventDescription) -> None:
    _descriptions[description.event] = description


def description_of(event: str) -> EventDescription | None:
    return _descriptions.get(event)


def events_of_kind(kind: str) -> list[str]:
    """Names of the described events of one kind; empty for `other`, which is every name not described."""
    return sorted(name for name, found in _descriptions.items() if found.kind == kind)


def described_events() -> list[str]:
    return sorted(_descriptions)


@dataclass(frozen=True, slots=True)
class EventUse:
    """Something that stops working as meant when an event is renamed: a segment, a campaign."""

    kind: Label
    label: str
    url: str


# Takes the names of events, gives what uses each: so that a list asks once for all of its rows.
EventUses = Callable[[list[str]], dict[str, list[EventUse]]]
_uses: dict[str, EventUses] = {}


def register_event_uses(name: str, uses: EventUses) -> None:
    """`uses(events)` returns {event: what uses it} for a higher app."""
    _uses[name] = uses


def uses_of(events: list[str]) -> dict[str, list[EventUse]]:
    """What uses each of these events, over all apps."""
    found: dict[str, list[EventUse]] = {name: [] for name in events}
    for read in _uses.values():
        for name, uses in read(events).items():
            found.setdefault(name, []).extend(uses)
    return found


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source fares: when something came last, what failed, and a word for it with its tone."""

    label: str
    tone: str = ""
    last: dt.datetime | None = None
    problems: int = 0


@dataclass(frozen=True, slots=True)
class SourceKind:
    """A kind of source with pages of its own, which a higher app brings.

    `page_url` is reversed with the source's id; `states(source_ids)` is asked once for a list of sources.
    """

    kind: str
    label: Label
    hint: Label
    icon: str
    page_url: str
    new_url: str
    states: Callable[[list[int]], dict[int, SourceState]]


_source_kinds: dict[str, SourceKind] = {}


def register_source_kind(kind: SourceKind) -> None:
    _source_kinds[kind.kind] = kind


def source_kinds() -> dict[str, SourceKind]:
    return dict(_source_kinds)
