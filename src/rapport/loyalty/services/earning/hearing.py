"""What is noted of orders and events in the transactions of others."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence

from django.db.models import Exists, OuterRef

from rapport.commerce.models import Order
from rapport.core.services.wake import wake
from rapport.events.registry import EventListener, Occurrence
from rapport.loyalty.models import EarnRule, HeardEvent, OrderPoints, Program, StaleOrders
from rapport.people.registry import Changes
from rapport.people.services.changes import ANYTHING, IDENTIFIERS

LOOP = "loyalty"
RATE_DAYS = 7
# The loop judges what stands in a row at once, in one transaction.
CHUNK = 1_000


def note_orders(order_ids: Sequence[uuid.UUID]) -> None:
    """Has these orders judged anew, where there is a programme."""
    if order_ids and Program.objects.filter(archived_at=None).exists():
        starts = range(0, len(order_ids), CHUNK)
        StaleOrders.objects.bulk_create(
            [StaleOrders(orders=list(order_ids[start : start + CHUNK])) for start in starts]
        )
        wake(LOOP)


def note_named(changes: Changes, _now: dt.datetime) -> None:
    """Whoever becomes known gets points for what they bought before."""
    persons = {person for person, what in changes.items() if what & {IDENTIFIERS, ANYTHING}}
    if persons and Program.objects.filter(archived_at=None, enrols_everybody=True).exists():
        counted = OrderPoints.objects.filter(order_ref=OuterRef("pk"))
        orders = Order.objects.filter(~Exists(counted), person_id__in=persons, is_proven=True)
        note_orders(list(orders.values_list("pk", flat=True)))


def note_rates(rates: Sequence[tuple[dt.date, str]]) -> None:
    """Orders in other currencies are judged by the rates of their days, also by those that are told later."""
    days = [day for day, _currency in rates]
    start, end = min(days), max(days) + dt.timedelta(days=RATE_DAYS + 1)
    orders = Order.objects.filter(placed_at__date__gte=start, placed_at__date__lte=end, is_proven=True)
    currencies = set(Program.objects.filter(archived_at=None).values_list("currency", flat=True))
    note_orders(list(orders.exclude(currency__in=currencies).values_list("pk", flat=True)))


def _wanted(names: Collection[str]) -> list[str]:
    """Also of rules that end or have ended: an event is judged by its moment, which may be told late."""
    rules = EarnRule.objects.filter(kind=EarnRule.Kind.EVENT, event__in=list(names))
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
