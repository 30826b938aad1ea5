"""What is noted of orders and events in the transactions of others."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from rapport.core.services.wake import wake
from rapport.events.registry import EventListener, Occurrence
from rapport.loyalty.models import EarnRule, HeardEvent, Program, StaleOrders

LOOP = "loyalty"


def note_orders(order_ids: Sequence[uuid.UUID]) -> None:
    """Has these orders judged anew, where there is a programme."""
    if order_ids and Program.objects.filter(archived_at=None).exists():
        StaleOrders.objects.create(orders=list(order_ids))
        wake(LOOP)


def _wanted(names: Collection[str]) -> list[str]:
    rules = EarnRule.objects.filter(kind=EarnRule.Kind.EVENT, event__in=list(names), ends_at=None)
    return list(rules.values_list("event", flat=True).distinct())


def _hear(events: Sequence[Occurrence]) -> None:
    """Anybody has the key in a page: what came with it gives nobody points."""
    heard = [
        HeardEvent(key=uuid.UUID(bytes=event.key), event=event.event, person=event.person_id, at=event.at)
        for event in events
        if not event.is_public
    ]
    HeardEvent.objects.bulk_create(heard)
    if heard:
        wake(LOOP)


LISTENER = EventListener("loyalty", _wanted, _hear)
