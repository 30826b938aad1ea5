"""From the outbox to the event log: what our own services told, in order, once."""

from __future__ import annotations

import datetime as dt

import msgspec
from django.db import connection, transaction

from rapport.core.models import OutboxEvent
from rapport.core.services.outbox import DomainEvent
from rapport.events.models import Source
from rapport.events.services import log
from rapport.events.services.envelope import Event, encode

LOCK = 7_302_003
_decode = msgspec.json.Decoder(DomainEvent).decode


def internal_source() -> Source:
    """The source that Rapport's own events come from."""
    source, _ = Source.objects.get_or_create(
        name="Rapport",
        defaults={
            "kind": Source.Kind.INTERNAL,
            "write_key": "internal",
            "disabled_at": dt.datetime.now(dt.UTC),
        },
    )
    return source


def run_once(limit: int = 5_000) -> int:
    """Moves the oldest outbox rows into the log, and to a log elsewhere what was added to it here; returns how many."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
            if not cursor.fetchone()[0]:
                return 0
        carried = log.ferry()
        rows = list(OutboxEvent.objects.order_by("pk")[:limit])
        if not rows:
            return carried
        told = [_decode(bytes(row.payload)) for row in rows]
        key = f"outbox-{rows[0].pk}-{rows[-1].pk}"
        log.carry(internal_source().pk, [_event(one) for one in told], dt.datetime.now(dt.UTC), key=key)
        OutboxEvent.objects.filter(pk__in=[row.pk for row in rows]).delete()
        return carried + len(rows)


def _event(told: DomainEvent) -> Event:
    return Event(
        type="system",
        event=told.event,
        message_id=told.message_id,
        at=told.at or dt.datetime.now(dt.UTC),
        properties=msgspec.Raw(encode(told.properties)),
        person_id=told.person_id,
    )
