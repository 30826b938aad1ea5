"""Reads of what channels and campaigns cost."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import QuerySet

from rapport.campaigns.models import Campaign, Cost
from rapport.commerce.queries.exchange_rates import rates_to
from rapport.core.access import Actor


@dataclass(slots=True)
class Spent:
    """{what: amount} in one currency; `missing` is {currency: amount} of what has no rate."""

    of: dict[str, Decimal] = field(default_factory=dict)
    missing: dict[str, Decimal] = field(default_factory=dict)

    @property
    def total(self) -> Decimal:
        return sum(self.of.values(), Decimal(0))


def costs(actor: Actor) -> QuerySet[Cost]:
    actor.require("campaigns.view")
    return Cost.objects.select_related("record").order_by("-last", "id")


def cost_of(campaign: Campaign, currency: str) -> Spent:
    """All that one campaign cost."""
    return _added(list(Cost.objects.filter(record=campaign)), None, None, currency, lambda _cost: "")


def spent(first: dt.date, last: dt.date, currency: str, *, by_campaign: bool) -> Spent:
    """What channels, or campaigns ("channel|campaign"), cost in whole days, each day by its own rate."""
    rows = Cost.objects.filter(first__lte=last, last__gte=first).select_related("record")

    def key(cost: Cost) -> str:
        name = cost.record.name if cost.record else cost.campaign
        return f"{cost.channel}|{name}" if by_campaign else cost.channel

    return _added(list(rows), first, last, currency, key)


def _added(
    rows: list[Cost], first: dt.date | None, last: dt.date | None, currency: str, key: Callable[[Cost], str]
) -> Spent:
    added, missing = defaultdict[str, Decimal](Decimal), defaultdict[str, Decimal](Decimal)
    foreign = []
    for cost in rows:
        within = _days(cost, first, last)
        if cost.currency == currency:  # most are, and need no rate of each day
            added[key(cost)] += cost.amount * len(within) / ((cost.last - cost.first).days + 1)
        else:
            foreign.append((cost, [cost.first.fromordinal(day) for day in within]))
    factors = rates_to(currency, {(day, cost.currency) for cost, days in foreign for day in days})
    for cost, days in foreign:
        a_day = cost.amount / ((cost.last - cost.first).days + 1)
        for day in days:
            if (factor := factors.get((day, cost.currency))) is None:
                missing[cost.currency] += a_day
            else:
                added[key(cost)] += a_day * factor
    return Spent(dict(added), dict(missing))


def _days(cost: Cost, first: dt.date | None, last: dt.date | None) -> range:
    """As ordinals."""
    start, end = max(cost.first, first or cost.first), min(cost.last, last or cost.last)
    return range(start.toordinal(), end.toordinal() + 1)


def campaign_names(ids: Iterable[str]) -> dict[str, str]:
    """{id: what the campaign is called now}. Ids that are none are left out."""
    rows = Campaign.objects.filter(pk__in={pk for pk in map(_as_id, ids) if pk})
    return {str(pk): name for pk, name in rows.values_list("pk", "name")}


def _as_id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
