"""What is shared out: orders as the shop's facts say, or any other event, in the workspace's currency.

An order counts with what is left of it after refunds and cancellations; an event with its `value`, `revenue` or
`total`. Amounts in another currency are converted by the rate of their day; those without a rate count as
conversions without an amount, and are named.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import TruncDate

from rapport.commerce.models import Order
from rapport.commerce.queries.exchange_rates import rates_to
from rapport.core import clickhouse
from rapport.insights.attribution.touches import SURVIVING

ORDERS = "Order Completed"


class Conversion(NamedTuple):
    """`is_new`: the person's first order ever. `reference` names the order, if it is one."""

    who: uuid.UUID | None
    at: float
    value: float
    is_new: bool
    reference: uuid.UUID | None


class Amount(NamedTuple):
    """What a customer left on a day, in the workspace's currency."""

    at: float
    value: float


@dataclass(slots=True)
class Conversions:
    """`missing` is {currency: amount without a rate}; `lifetimes` all that new customers have left until now."""

    rows: list[Conversion]
    missing: dict[str, Decimal] = field(default_factory=dict)
    lifetimes: dict[uuid.UUID, list[Amount]] = field(default_factory=dict)


def conversions(event: str, start: dt.datetime, end: dt.datetime, currency: str) -> Conversions:
    return _orders(start, end, currency) if event == ORDERS else _events(event, start, end, currency)


def _orders(start: dt.datetime, end: dt.datetime, currency: str) -> Conversions:
    standing = Order.objects.exclude(state__in=Order.NOT_STANDING)
    earlier = standing.filter(person=OuterRef("person"), placed_at__lt=OuterRef("placed_at"))
    placed = standing.filter(placed_at__gte=start, placed_at__lt=end)
    rows = list(
        placed.annotate(is_repeated=Exists(earlier))
        .order_by("placed_at", "pk")
        .values_list("person", "placed_at", "net", "currency", "is_repeated", "pk")
    )
    converted = _Converted(currency, ((at.date(), code or currency) for _, at, _, code, _, _ in rows))
    sales = Conversions(
        [
            Conversion(who, at.timestamp(), converted(at, code, net), who is not None and not is_repeated, pk)
            for who, at, net, code, is_repeated, pk in rows
        ],
        converted.missing,
    )
    new = placed.filter(~Exists(earlier)).values("person")
    sales.lifetimes = _lifetimes(standing.filter(person__in=new), currency)
    return sales


def _lifetimes(orders: QuerySet[Order], currency: str) -> dict[uuid.UUID, list[Amount]]:
    """Read as they come: there may be millions."""
    days = orders.values_list(TruncDate("placed_at", tzinfo=dt.UTC), "currency").distinct()
    converted = _Converted(currency, ((day, code or currency) for day, code in days))
    rows = orders.order_by("placed_at").values_list("person", "placed_at", "net", "currency").iterator()
    lifetimes: defaultdict[uuid.UUID, list[Amount]] = defaultdict(list)
    for who, at, net, code in rows:
        lifetimes[who].append(Amount(at.timestamp(), converted(at, code, net)))
    return dict(lifetimes)


_EVENTS = """
    SELECT person_id, toFloat64(toUnixTimestamp64Milli(at)) / 1000 AS moment, toString(toDate(at)) AS day,
        upper(ifNull(toString(properties.currency), '')) AS currency,
        ifNull(coalesce(toFloat64OrNull(toString(properties.value)), toFloat64OrNull(toString(properties.revenue)),
            toFloat64OrNull(toString(properties.total))), 0) AS stated
    FROM events
    WHERE at >= {start:DateTime64(3, 'UTC')} AND at < {end:DateTime64(3, 'UTC')} AND event = {event:String}
"""


def _events(event: str, start: dt.datetime, end: dt.datetime, currency: str) -> Conversions:
    sql = f"SELECT who, moment, currency, stated FROM ({SURVIVING % _EVENTS}) ORDER BY moment"
    values = {"start": start, "end": end, "event": event}
    rows = [
        (
            who,
            dt.datetime.fromtimestamp(moment, dt.UTC),
            code,
            Decimal(str(stated if abs(stated) < 1e12 else 0)),
        )
        for who, moment, code, stated in clickhouse.client().query(sql, parameters=values).result_rows
    ]
    converted = _Converted(currency, ((at.date(), code or currency) for _, at, code, _ in rows))
    return Conversions(
        [
            Conversion(who, at.timestamp(), converted(at, code, value), False, None)
            for who, at, code, value in rows
        ],
        converted.missing,
    )


class _Converted:
    """Amounts of days and currencies in one currency."""

    def __init__(self, currency: str, pairs: Iterable[tuple[dt.date, str]]) -> None:
        self._currency = currency
        self._factors = rates_to(currency, pairs)
        self.missing: dict[str, Decimal] = {}

    def __call__(self, at: dt.datetime, code: str, amount: Decimal) -> float:
        factor = self._factors.get((at.date(), code or self._currency))
        if factor is None:
            self.missing[code] = self.missing.get(code, Decimal(0)) + amount
            return 0.0
        return float(amount * factor)
