"""From the outbox to the event log: what our own services told, in order, once."""

from __future__ import annotations

import datetime as dt
import uuid

import msgspec
from django.db import transaction

from rapport.core import sql
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import outbox
from rapport.events.models import Source
from rapport.events.services import log
from rapport.events.services.envelope import EMPTY, Event

LOCK = 7_302_003
# Rows and events moved in one go.
ROWS = 2_000
EVENTS = 20_000


class Told(msgspec.Struct, gc=False):
    """A domain event as the outbox holds it; its properties only pass through."""

    event: str
    person_id: uuid.UUID
    message_id: str
    at: dt.datetime
    properties: msgspec.Raw = EMPTY


_decode = msgspec.json.Decoder(Told).decode_lines


def internal_source(clock: Clock = SYSTEM) -> Source:
    """The source that Rapport's own events come from."""
    source, _ = Source.objects.get_or_create(
        name="Rapport",
        defaults={
            "kind": Source.Kind.INTERNAL,
            "write_key": "internal",
            "disabled_at": clock.now(),
        },
    )
    return source


def run_once(clock: Clock = SYSTEM, limit: int = EVENTS) -> int:
    """Moves the oldest outbox rows into the log, and to a log elsewhere what was added to it here.

    Returns how many events.
    """
    with transaction.atomic():
        if not sql.run("SELECT pg_try_advisory_xact_lock(%b)", [LOCK])[0][0]:
            return 0
        carried = log.ferry()
        moved: list[int] = []
        events: list[Event] = []
        for id_, payload in outbox.oldest(ROWS):
            if len(events) >= limit:
                break
            moved.append(id_)
            events += [_event(fields) for fields in _decode(payload)]
        if not moved:
            return carried
        key = f"outbox-{moved[0]}-{moved[-1]}"
        log.carry(internal_source(clock).pk, events, clock.now(), key=key)
        outbox.remove(moved)
        return carried + len(events)


def _event(fields: Told) -> Event:
    return Event(
        "system",
        fields.event,
        fields.message_id,
        fields.at,
        properties=fields.properties,
        person_id=fields.person_id,
    )
