"""How events are told to people: an icon, a kind to filter by, and a sentence. Any app may add its own."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rapport.core.registration import Registry

if TYPE_CHECKING:
    from rapport.core.access import Actor
    from rapport.events.wording import Happening

Sentence = Callable[[dict[str, Any], dict[str, Any]], str]
Label = str | Promise


@dataclass(frozen=True, slots=True)
class EventKind:
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


OTHER = EventKind("other", _("Other"), "activity", 900)
EVENT_KINDS: Registry[EventKind] = Registry("kind of events", order="order")
EVENT_DESCRIPTIONS: Registry[EventDescription] = Registry("event description", key="event")


def events_of_kind(kind: str) -> list[str]:
    """Names of the described events of one kind; empty for `other`, which is every name not described."""
    return sorted(name for name, description in EVENT_DESCRIPTIONS.items() if description.kind == kind)


def described_events() -> list[str]:
    return sorted(name for name, _description in EVENT_DESCRIPTIONS.items())


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


SOURCE_KINDS: Registry[SourceKind] = Registry("kind of source", key="kind")


@dataclass(frozen=True, slots=True)
class DeviceSeen:
    """An event came from a device that takes push messages (Segment's `context.device.token`)."""

    person_id: uuid.UUID
    at: dt.datetime
    source: str
    device: dict[str, Any]
    context: dict[str, Any]


# Each hears of them in the stream's transaction, in the order of the events.
DEVICE_LISTENERS: Registry[Callable[[Sequence[DeviceSeen]], None]] = Registry("listener to devices")


@dataclass(frozen=True, slots=True)
class TimelineRecord:
    """A thing that several events are about, such as an order: it stands on a timeline once, with its history.

    `newest` is the message id of the last event about it: there it stands, and nowhere else. Of a message, `subject`
    and `text` are how it begins; a fragment at `more_url` says the rest, and `goes_on_at` is where one answers.
    """

    key: str
    newest: str
    title: str
    url: str
    icon: str
    state: str = ""
    tone: str = ""
    steps: tuple[tuple[dt.datetime, str], ...] = ()
    subject: str = ""
    text: str = ""
    more_url: str = ""
    goes_on_at: str = ""


# `read(actor, events)` gives the things that some of these events (of one person) are about, by message id.
TIMELINE_RECORDS: Registry[Callable[[Actor, Sequence[Happening]], dict[str, TimelineRecord]]] = Registry(
    "kind of record on the timeline"
)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One event as the stream stores it; `properties` is JSON, for calls that tell of a person their traits.

    `key` is the same whenever the event comes again; `home_id` is whose it stays when merges are undone. Anybody may
    have sent one that `is_public`; one that `is_named` names a customer, not only a device.
    """

    event: str
    message_id: str
    at: dt.datetime
    person_id: uuid.UUID
    source: str
    properties: bytes
    type: str = ""
    key: bytes = b""
    home_id: uuid.UUID | None = None
    is_public: bool = False
    is_named: bool = False


@dataclass(frozen=True, slots=True)
class EventListener:
    """Hears of events in the transaction that stores them, so of each exactly once.

    `wanted(names)` returns those of the names in a batch that it wants to hear of; `hear` gets these events in order.
    It is called last, when the batch holds all locks it needs, and must not ask anything of another program.
    """

    name: str
    wanted: Callable[[Collection[str]], Collection[str]]
    hear: Callable[[Sequence[Occurrence]], None]


EVENT_LISTENERS: Registry[EventListener] = Registry("listener to events")


@dataclass(frozen=True, slots=True)
class ClickSeen:
    """A page whose address carries the mark of a click in a message (`rapport_click`) sent an event."""

    mark: str
    type: str
    event: str
    at: dt.datetime


# Each hears of them in the stream's transaction, in the order of the events.
CLICK_LISTENERS: Registry[Callable[[Sequence[ClickSeen]], None]] = Registry("listener to clicks")
