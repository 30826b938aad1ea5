"""Reads of badges: what members did in each period, worked out of their orders as these are now."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db.models import F

from rapport.commerce.models import OrderLine
from rapport.loyalty.models import Account, Badge, BadgeAward, OrderPoints, Program
from rapport.loyalty.queries import dates


class Bought(NamedTuple):
    """An order of which something is left."""

    at: dt.datetime
    spent: Decimal
    categories: frozenset[str]


class Progress(NamedTuple):
    """How far somebody is in the present period, and how often they have the badge."""

    badge: Badge
    value: Decimal
    times: int
    is_earned: bool


def badges(program: Program) -> list[Badge]:
    return list(Badge.objects.filter(program=program, archived_at=None).order_by("name", "pk"))


def period_of(badge: Badge, at: dt.datetime, program: Program) -> str:
    day = dates.local_day(at, program)
    return {Badge.Period.MONTH: f"{day:%Y-%m}", Badge.Period.YEAR: f"{day:%Y}"}.get(
        Badge.Period(badge.period), ""
    )


def bought(program: Program, owners: Mapping[uuid.UUID, uuid.UUID]) -> dict[uuid.UUID, list[Bought]]:
    """{person: their orders, the oldest first}, of {account: person}."""
    rows = OrderPoints.objects.filter(program=program, account__in=list(owners), spent__gt=0)
    orders = list(rows.order_by("at", "pk").values_list("account_id", "order_ref", "at", "spent"))
    lines = OrderLine.objects.filter(order__in=[order for _account, order, *_ in orders]).exclude(category="")
    categories: dict[uuid.UUID, set[str]] = defaultdict(set)
    left = lines.filter(quantity__gt=F("returned"))
    for order, category in left.values_list("order_id", "category"):
        categories[order].add(category.partition(">")[0].partition("/")[0].strip().casefold())
    persons: dict[uuid.UUID, list[Bought]] = defaultdict(list)
    for account, order, at, spent in orders:
        persons[owners[account]].append(Bought(at, spent, frozenset(categories[order])))
    return persons


def reached(badge: Badge, program: Program, orders: Sequence[Bought]) -> dict[str, dt.datetime]:
    """{period: the moment when the badge was earned in it}"""
    earned: dict[str, dt.datetime] = {}
    by_period: dict[str, list[Bought]] = defaultdict(list)
    for order in orders:
        period = period_of(badge, order.at, program)
        by_period[period].append(order)
        if period not in earned and value_of(badge, by_period[period]) >= badge.threshold:
            earned[period] = order.at
    return earned


def value_of(badge: Badge, orders: Sequence[Bought]) -> Decimal:
    if badge.measure == Badge.Measure.SPENT:
        return sum((order.spent for order in orders), Decimal(0))
    if badge.measure == Badge.Measure.CATEGORIES:
        return Decimal(len(frozenset[str]().union(*(order.categories for order in orders))))
    return Decimal(len(orders))


def progress(account: Account, now: dt.datetime) -> list[Progress]:
    """The badges on offer, and those they have."""
    offered = badges(account.program)
    if not offered or account.person_id is None:
        return []
    theirs = Account.objects.filter(program=account.program, person_id=account.person_id)
    owners = dict.fromkeys(theirs.values_list("pk", flat=True), account.person_id)
    orders = bought(account.program, owners).get(account.person_id, [])
    awards: dict[int, set[str]] = defaultdict(set)
    had = BadgeAward.objects.filter(account__in=list(owners), is_withdrawn=False).values_list(
        "badge_id", "period"
    )
    for badge_id, given_for in had:
        awards[badge_id].add(given_for)
    rows = []
    for badge in offered:
        period = period_of(badge, now, account.program)
        present = [order for order in orders if period_of(badge, order.at, account.program) == period]
        periods = awards[badge.pk]
        rows.append(Progress(badge, value_of(badge, present), len(periods), period in periods))
    return rows
