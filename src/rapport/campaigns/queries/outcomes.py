"""What a campaign brought: orders of those who got it, what it cost, and how it compares with those before it.

An order counts for a campaign if its buyer clicked in a message of it within the days before, or, apart from these, got
one without clicking. It counts once, however many messages of the campaign they got. Of several campaigns that
somebody clicked in, each counts the order; what is shared out among them stands under attribution.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Max, Min

from rapport.campaigns.models import Campaign
from rapport.campaigns.queries.costs import cost_of
from rapport.commerce.models import Order
from rapport.commerce.queries.exchange_rates import total
from rapport.core.money import rounded
from rapport.core.queries import workspace
from rapport.messaging.models import Delivery, Send
from rapport.messaging.queries.outcomes import Recipient, recipients
from rapport.people.queries import families

DAYS = 7
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
    clicked, reached = _orders([send.pk for send in sends], dt.timedelta(days=days))
    return Outcome(
        _sales(clicked, currency),
        _sales(reached, currency),
        currency,
        rounded(spent.total, currency),
        spent.missing,
    )


def _orders(send_ids: list[int], window: dt.timedelta) -> tuple[list[Order], list[Order]]:
    """Orders after a click, and those of who only got it."""
    went = Delivery.objects.filter(send_id__in=send_ids, state=Delivery.State.SENT)
    span = went.aggregate(first=Min("finished_at"), last=Max("finished_at"))
    if span["first"] is None:
        return [], []
    standing = Order.objects.exclude(state__in=Order.NOT_STANDING).filter(person__isnull=False)
    # Whoever clicks at the very end of the window has the whole window to buy.
    placed = list(standing.filter(placed_at__gte=span["first"], placed_at__lt=span["last"] + 2 * window))
    got = _by_survivor(send_ids, {order.person_id for order in placed if order.person_id})
    clicked, reached = [], []
    for order in placed:
        theirs = got.get(order.person_id, []) if order.person_id else []
        if any(_within(row.clicked_at, order.placed_at, window) for row in theirs):
            clicked.append(order)
        elif any(_within(row.sent_at, order.placed_at, window) for row in theirs):
            reached.append(order)
    return clicked, reached


def _within(start: dt.datetime | None, at: dt.datetime, window: dt.timedelta) -> bool:
    return start is not None and start <= at < start + window


def _by_survivor(send_ids: list[int], buyers: set[uuid.UUID]) -> dict[uuid.UUID, list[Recipient]]:
    """What buyers got, under whatever ids they had then."""
    survivor = {member: root for root, members in families(buyers).items() for member in members}
    got: defaultdict[uuid.UUID, list[Recipient]] = defaultdict(list)
    for row in recipients(send_ids, survivor):
        got[survivor[row.person_id]].append(row)
    return got


def _sales(orders: list[Order], currency: str) -> Sales:
    added = total(
        ((order.placed_at.date(), order.currency or currency, order.net) for order in orders), currency
    )
    buyers = len({order.person_id for order in orders})
    return Sales(len(orders), buyers, rounded(added.amount, currency), dict(added.missing))


def earlier(campaign: Campaign) -> list[Campaign]:
    """The last campaigns over the same channel that went out before this one."""
    if campaign.send is None:
        return []
    rows = Campaign.objects.filter(channel=campaign.channel, send__send_at__lt=campaign.send.send_at)
    return list(rows.select_related("send").order_by("-send__send_at", "pk")[:BEFORE])
