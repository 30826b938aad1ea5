"""What a campaign brought: orders of those who got it, what it cost, and how it compares with those before it.

An order counts for a campaign if its buyer clicked in a message of it within the days before, or, apart from these, got
one without clicking. It counts once, however many messages of the campaign they got. Of several campaigns that
somebody clicked in, each counts the order; what is shared out among them stands under attribution.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

from rapport.campaigns.models import Campaign
from rapport.campaigns.queries.costs import cost_of
from rapport.commerce.queries.brought import STANDING
from rapport.commerce.queries.exchange_rates import total
from rapport.core.money import rounded
from rapport.core.queries import workspace
from rapport.messaging.models import Send
from rapport.messaging.queries.outcomes import RECEIVED
from rapport.messaging.queries.results import HUMAN
from rapport.people.queries import survivors_sql

DAYS = 7
# What they got counts for whom they were merged into. Each order with whether it came within the window after a click,
# then by day and currency, and of all days.
_ORDERS = f"""
WITH RECURSIVE got AS ({RECEIVED}), up AS ({survivors_sql("got")}), won AS (
    SELECT o.id, o.person_id, o.net, coalesce(nullif(o.currency, ''), %(currency)s) AS currency,
        (o.placed_at AT TIME ZONE 'UTC')::date AS day,
        bool_or(coalesce(o.placed_at >= got.clicked_at AND o.placed_at < got.clicked_at + %(window)s, false)) AS clicked
    FROM got JOIN up ON up.member = got.person_id JOIN ({STANDING}) o ON o.person_id = up.survivor
    WHERE o.placed_at >= got.sent_at AND o.placed_at < got.sent_at + %(window)s
        OR o.placed_at >= got.clicked_at AND o.placed_at < got.clicked_at + %(window)s
    GROUP BY o.id, o.person_id, o.net, o.currency, o.placed_at
)
SELECT clicked, day, currency, sum(net), count(*), count(DISTINCT person_id) FROM won
GROUP BY GROUPING SETS ((clicked), (clicked, day, currency))
"""
BEFORE = 20  # so many earlier campaigns are what one is compared with


@dataclass(slots=True)
class Sales:
    """Orders of different persons, and their amount. `missing` is {currency: amount without a rate}."""

    orders: int = 0
    buyers: int = 0
    revenue: Decimal = Decimal(0)
    missing: dict[str, Decimal] = field(default_factory=dict)


@dataclass(slots=True)
class Outcome:
    """`clicked` are orders after a click of a person, `reached` those of who only got the message."""

    clicked: Sales
    reached: Sales
    currency: str
    cost: Decimal
    cost_missing: dict[str, Decimal]

    @property
    def roas(self) -> float | None:
        """Revenue after clicks, for each unit of money that it cost."""
        return float(self.clicked.revenue / self.cost) if self.cost else None

    @property
    def roi(self) -> float | None:
        return None if self.roas is None else self.roas - 1


def outcome(campaign: Campaign, sends: Sequence[Send], days: int = DAYS) -> Outcome:
    currency = workspace().currency
    spent = cost_of(campaign, currency)
    clicked, reached = _sales([send.pk for send in sends], dt.timedelta(days=days), currency)
    return Outcome(clicked, reached, currency, rounded(spent.total, currency), spent.missing)


def _sales(send_ids: list[int], window: dt.timedelta, currency: str) -> tuple[Sales, Sales]:
    """Of orders after a click, and of those of who only got it."""
    values: dict[str, Any] = {"sends": send_ids, "window": window, "human": HUMAN, "currency": currency}
    with connection.cursor() as cursor:
        cursor.execute(_ORDERS, values)
        rows = cursor.fetchall()
    return _added(rows, currency, clicked=True), _added(rows, currency, clicked=False)


def _added(rows: Sequence[tuple[Any, ...]], currency: str, *, clicked: bool) -> Sales:
    """Rows without a day are of all days: they count who bought, each once."""
    ours = [row[1:] for row in rows if row[0] is clicked]
    days = ((day, code, net) for day, code, net, _orders, _buyers in ours if day is not None)
    added = total(days, currency)
    orders, buyers = next(((n, who) for day, _code, _net, n, who in ours if day is None), (0, 0))
    return Sales(orders, buyers, rounded(added.amount, currency), dict(added.missing))


def earlier(campaign: Campaign) -> list[Campaign]:
    """The last campaigns over the same channel that went out before this one."""
    if campaign.send is None:
        return []
    rows = Campaign.objects.filter(channel=campaign.channel, send__send_at__lt=campaign.send.send_at)
    return list(rows.select_related("send").order_by("-send__send_at", "pk")[:BEFORE])
