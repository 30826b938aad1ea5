"""Queues the events that endpoints want, in the transaction that stores the events."""

from __future__ import annotations

import base64
import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Sequence
from hashlib import blake2b

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Coalesce

from rapport.core import sql
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services.wake import wake
from rapport.events.registry import EventListener, Occurrence
from rapport.integrations.models import WebhookEndpoint, WebhookMessage

LOOP = "webhook-endpoints"
_WAITING = """
    SELECT count(*) FROM (
        SELECT 1 FROM integrations_webhookmessage WHERE endpoint_id = %b AND state = 'waiting' LIMIT %b
    ) AS waiting
"""


def matches(patterns: Iterable[str], name: str) -> bool:
    """Whether an event's name is one of these, or begins like one that ends in `*`."""
    return any(
        name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern for pattern in patterns
    )


def wanted(names: Collection[str]) -> set[str]:
    """Those of the names that any endpoint wants, disabled ones included: what they miss is counted."""
    patterns = {pattern for events in _subscriptions().values() for pattern in events}
    return {name for name in names if matches(patterns, name)} if patterns else set()


def _subscriptions() -> dict[uuid.UUID, list[str]]:
    return dict(WebhookEndpoint.objects.values_list("pk", "events"))


def hear(events: Sequence[Occurrence], clock: Clock = SYSTEM) -> None:
    """Queues each event for every endpoint that wants it."""
    now = clock.now()
    # In one order, so that two batches that count what is missed do not wait for each other.
    for endpoint in WebhookEndpoint.objects.order_by("pk"):
        chosen = [event for event in events if matches(endpoint.events, event.event)]
        if not chosen:
            continue
        room = 0 if endpoint.disabled_at else room_of(endpoint.pk)
        add(endpoint, chosen[:room], now=now)
        if missed := chosen[room:]:
            since = min(event.at for event in missed)
            WebhookEndpoint.objects.filter(pk=endpoint.pk).update(
                missed=F("missed") + len(missed), missed_since=Coalesce(F("missed_since"), since)
            )


def room_of(endpoint_id: uuid.UUID) -> int:
    """How many more messages may wait for the endpoint."""
    limit: int = settings.WEBHOOK_QUEUE
    return max(0, limit - int(sql.run(_WAITING, [endpoint_id, limit])[0][0]))


def add(endpoint: WebhookEndpoint, events: Sequence[Occurrence], *, now: dt.datetime) -> None:
    """Queues events; one that is there already stays as it is."""
    if not events:
        return
    rows = [message_of(endpoint, event, now) for event in events]
    WebhookMessage.objects.bulk_create(rows, batch_size=2_000, ignore_conflicts=True)
    wake(LOOP)


def message_of(endpoint: WebhookEndpoint, event: Occurrence, now: dt.datetime) -> WebhookMessage:
    return WebhookMessage(
        endpoint=endpoint,
        webhook_id=webhook_id(event.event, event.message_id, event.at),
        event=event.event,
        message_id=event.message_id,
        person_id=event.person_id,
        at=event.at,
        source=event.source[:200],
        properties=event.properties,
        created_at=now,
        next_attempt_at=now,
    )


def webhook_id(event: str, message_id: str, at: dt.datetime) -> str:
    """The id under which every endpoint gets this event, today and when it is replayed."""
    text = f"{event}\n{message_id}\n{int(at.timestamp() * 1000)}"
    return "msg_" + base64.urlsafe_b64encode(blake2b(text.encode(), digest_size=18).digest()).decode()


LISTENER = EventListener("webhook endpoints", wanted, hear)
