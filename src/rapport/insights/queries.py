"""What dashboards show, from the daily rollups in ClickHouse."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.http import Http404

from rapport.core import clickhouse
from rapport.core.access import Actor
from rapport.core.process_cache import kept_by_cost
from rapport.insights.periods import Period
from rapport.messaging import queries as messaging
from rapport.people.values.formatting import country_name

VISITS = ["Page Viewed", "Screen Viewed"]


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the business; `visitors` and `buyers` are different persons, not hits."""

    date: dt.date
    visitors: int = 0
    buyers: int = 0
    orders: int = 0
    revenue: Decimal = Decimal(0)
    people: int = 0


@dataclass(frozen=True, slots=True)
class Totals:
    """A whole period; persons are counted once however many days they came on."""

    visitors: int = 0
    buyers: int = 0
    orders: int = 0
    revenue: Decimal = Decimal(0)
    people: int = 0

    @property
    def conversion(self) -> float | None:
        """Buyers per visitor, 0 to 1; None while nobody visited."""
        return min(self.buyers / self.visitors, 1.0) if self.visitors else None


@dataclass(frozen=True, slots=True)
class Overview:
    """A period day by day, its totals, and the totals of the period before."""

    days: list[Day]
    now: Totals
    before: Totals


@dataclass(frozen=True, slots=True)
class Ranked:
    """One line of a ranking: what it is, how much, and how it is measured beside."""

    key: str
    name: str
    amount: Decimal
    beside: int


def _may_see(actor: Actor) -> None:
    if not actor.may("insights.view"):
        raise Http404


# Days and both periods in one reading: most of what it costs is reading the sketches of persons.
_FIGURES = """
SELECT day, day >= {split:Date} AS current, grouping(day) AS is_total,
    uniqMergeIf(persons, event IN {visits:Array(String)}) AS visitors,
    uniqMergeIf(persons, event = 'Order Completed') AS buyers,
    sumIf(count, event = 'Order Completed') AS orders,
    sumIf(revenue, event = 'Order Completed' AND abs(revenue) < 1e15)
        - sumIf(revenue, event IN ('Order Refunded', 'Order Cancelled') AND abs(revenue) < 1e15) AS revenue
FROM event_days
WHERE day BETWEEN {first:Date} AND {last:Date} AND event IN {events:Array(String)}
GROUP BY GROUPING SETS ((current), (current, day))
"""
_NEW_PEOPLE = """
SELECT toDate(first_seen_at) AS day, count() AS people
FROM people FINAL
WHERE deleted = 0 AND is_identified = 1 AND first_seen_at >= {first:Date} AND first_seen_at < {end:Date}
GROUP BY day
"""


def overview(actor: Actor, period: Period) -> Overview:
    """Visitors, buyers, orders, revenue and new people of a period. Raises Http404."""
    _may_see(actor)
    return _overview(period)


@kept_by_cost
def _overview(period: Period) -> Overview:
    rows = clickhouse.rows(
        _FIGURES,
        {
            "visits": VISITS,
            "events": [*VISITS, "Order Completed", "Order Refunded", "Order Cancelled"],
            "split": period.first,
            "first": period.before.first,
            "last": period.last,
        },
    )
    by_day = {row["day"]: row for row in rows if not row["is_total"]}
    totals = {bool(row["current"]): row for row in rows if row["is_total"]}
    people = _new_people(period)
    return Overview(
        [Day(date, people=people.get(date, 0), **_numbers(by_day.get(date))) for date in period.calendar],
        Totals(people=sum(people.get(date, 0) for date in period.calendar), **_numbers(totals.get(True))),
        Totals(
            people=sum(people.get(date, 0) for date in period.before.calendar), **_numbers(totals.get(False))
        ),
    )


def _new_people(period: Period) -> dict[dt.date, int]:
    end = period.last + dt.timedelta(days=1)
    rows = clickhouse.rows(_NEW_PEOPLE, {"first": period.before.first, "end": end})
    return {row["day"]: int(row["people"]) for row in rows}


def _numbers(row: dict[str, Any] | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {name: int(row[name]) for name in ("visitors", "buyers", "orders")} | {
        "revenue": Decimal(str(row["revenue"] or 0))
    }


def top_products(actor: Actor, period: Period, limit: int = 8) -> list[Ranked]:
    """Products by revenue; `beside` is pieces sold."""
    _may_see(actor)
    sql = """
        SELECT product_id AS key, anyLast(name) AS name, sum(revenue) AS amount, sum(quantity) AS beside
        FROM product_days WHERE day BETWEEN {first:Date} AND {last:Date} AND product_id != ''
        GROUP BY product_id ORDER BY amount DESC, key LIMIT {limit:UInt32}
    """
    return _ranked(sql, period, limit)


def top_pages(actor: Actor, period: Period, limit: int = 8) -> list[Ranked]:
    """Pages by views; `beside` is visitors."""
    _may_see(actor)
    sql = """
        SELECT path AS key, anyLast(title) AS name, sum(views) AS amount, uniqMerge(visitors) AS beside
        FROM page_days WHERE day BETWEEN {first:Date} AND {last:Date}
        GROUP BY path ORDER BY amount DESC, key LIMIT {limit:UInt32}
    """
    return _ranked(sql, period, limit)


def top_countries(actor: Actor, period: Period, limit: int = 8) -> list[Ranked]:
    """Countries by people seen in the period; `beside` is how many of them were new in it."""
    _may_see(actor)
    sql = """
        SELECT coalesce(nullIf(toString(traits.country), ''), toString(traits.address.country)) AS key,
            '' AS name, count() AS amount, countIf(first_seen_at >= {first:Date}) AS beside
        FROM people FINAL
        WHERE deleted = 0 AND last_seen_at >= {first:Date} AND first_seen_at < {last:Date} + 1 AND key != ''
        GROUP BY key ORDER BY amount DESC, key LIMIT {limit:UInt32}
    """
    countries = _ranked(sql, period, limit)
    return [replace(country, name=country_name(country.key)) for country in countries]


@kept_by_cost
def _ranked(sql: str, period: Period, limit: int) -> list[Ranked]:
    rows = clickhouse.rows(sql, {"first": period.first, "last": period.last, "limit": limit})
    return [
        Ranked(row["key"], row["name"] or row["key"], Decimal(str(row["amount"])), int(row["beside"]))
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class CampaignResult:
    """Persons per outcome of one campaign; opens and clicks by machines are left out."""

    campaign_id: str
    name: str
    sent: int
    opened: int
    clicked: int
    unsubscribed: int

    @property
    def open_rate(self) -> float | None:
        return self.opened / self.sent if self.sent else None

    @property
    def click_rate(self) -> float | None:
        return self.clicked / self.sent if self.sent else None


def campaign_results(actor: Actor, period: Period, limit: int = 6) -> list[CampaignResult]:
    """Campaigns sent in the period, those that reached most first; what came of them to this day."""
    return _campaign_results(period, limit) if actor.may("campaigns.view") else []


@kept_by_cost
def _campaign_results(period: Period, limit: int) -> list[CampaignResult]:
    sql = """
        SELECT campaign_id, anyLast(name) AS name,
            uniqMergeIf(persons, endsWith(event, ' Sent')) AS sent,
            uniqMergeIf(humans, endsWith(event, ' Opened')) AS opened,
            uniqMergeIf(humans, endsWith(event, ' Clicked')) AS clicked,
            uniqMergeIf(persons, event = 'Unsubscribed') AS unsubscribed
        FROM campaign_days WHERE day BETWEEN {first:Date} AND {last:Date}
        GROUP BY campaign_id HAVING sent > 0 ORDER BY sent DESC, campaign_id LIMIT {limit:UInt32}
    """
    rows = clickhouse.rows(sql, {"first": period.first, "last": period.last, "limit": limit})
    results = [
        CampaignResult(
            row["campaign_id"], row["name"] or row["campaign_id"], *(int(row[n]) for n in _OUTCOMES)
        )
        for row in rows
    ]
    # Events say what was believed at first; of what was sent from here the ledger knows what is judged now.
    judged = messaging.results_of_origin("campaign", [result.campaign_id for result in results])
    return [
        replace(
            result,
            opened=judged[result.campaign_id].opened_human,
            clicked=judged[result.campaign_id].clicked_human,
            unsubscribed=judged[result.campaign_id].unsubscribed,
        )
        if result.campaign_id in judged
        else result
        for result in results
    ]


_OUTCOMES = ("sent", "opened", "clicked", "unsubscribed")


def anything_happened() -> bool:
    """Whether any event has ever reached the store."""
    return bool(clickhouse.scalar("SELECT 1 FROM event_days LIMIT 1"))
