"""Events as ClickHouse's table takes them: one line of JSON each."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from rapport.events.services import effects, squash
from rapport.events.services.envelope import encode

if TYPE_CHECKING:
    from rapport.events.services.stream import Item


_encode_lines = msgspec.json.Encoder().encode_lines


class StoredEvent(msgspec.Struct, omit_defaults=True, gc=False):
    """One line for ClickHouse's `events`. The last two are left out where they are `person_id`."""

    person_id: uuid.UUID | None
    at: str
    event: str
    type: str
    message_id: str
    received_at: str
    source: str
    user_id: str
    anonymous_id: str
    context: msgspec.Raw
    properties: msgspec.Raw
    owner_id: uuid.UUID | None = None
    origin_id: uuid.UUID | None = None


def lines(items: Sequence[Item]) -> list[bytes]:
    """The events as ClickHouse's `events` takes them."""
    return [encode(row) for row in _rows(items)]


def joined(items: Sequence[Item]) -> bytes:
    """The same lines as one text."""
    return _encode_lines(_rows(items)).removesuffix(b"\n")


def _rows(items: Sequence[Item]) -> list[StoredEvent]:
    moments: dict[dt.datetime, str] = {}
    # Nearly always they are one and the same object, which is found out faster than that they are equal.
    moved = squash.places(
        {
            item.home_id
            for item in items
            if item.home_id is not item.person_id and item.home_id and item.home_id != item.person_id
        }
    )
    rows = []
    for item in items:
        event, person = item.event, item.person_id
        at = moments.get(event.at) or moments.setdefault(event.at, _moment(event.at))
        received = moments.get(item.received) or moments.setdefault(item.received, _moment(item.received))
        home = item.home_id or person
        place = moved.get(home, home) if moved and home else home
        row = StoredEvent(
            place,
            at,
            event.event,
            event.type,
            event.message_id,
            received,
            item.source,
            event.user_id,
            event.anonymous_id,
            event.context,
            effects.stored_properties(event),
            None if place is person or place == person else person,
            None if place is home or place == home else home,
        )
        rows.append(row)
    return rows


def _moment(value: dt.datetime) -> str:
    """As ClickHouse reads fastest, in UTC: 2026-01-31 10:00:00.123."""
    return value.astimezone(dt.UTC).isoformat(" ", "milliseconds")[:23]
