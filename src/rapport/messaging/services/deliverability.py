"""Counts what became of each day's messages; recent days are counted again, because bounces come late."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping

from django.db import connection, transaction

from rapport.channels.registry import CHANNELS
from rapport.governance.consent_rule import is_marketing
from rapport.messaging.models import DeliverabilityDay
from rapport.messaging.queries.results import HUMAN

RECENT, LATE = 2, 14
KEPT_PROVIDERS = 200  # a day, channel and stream; those with fewer messages are counted together
COUNTS = ("offered", "accepted", "bounced", "returned", "complained", "opened", "clicked")
_COUNT = f"""
WITH receipt AS MATERIALIZED (
    SELECT delivery_id, bool_or(kind = 'bounced') AS bounced, bool_or(kind = 'complained') AS complained
    FROM messaging_receipt WHERE at >= %(start)s GROUP BY 1
), seen AS MATERIALIZED (
    SELECT delivery_id, bool_or(kind = 'open') AS opened, bool_or(kind = 'click') AS clicked
    FROM messaging_engagement WHERE last_at >= %(start)s AND human_probability >= %(human)s GROUP BY 1
)
SELECT (d.finished_at AT TIME ZONE 'UTC')::date, d.channel, lower(split_part(d.address, '@', 2)),
    {is_marketing("s.purpose_id")}, count(*), count(*) FILTER (WHERE d.state <> 'failed'),
    count(*) FILTER (WHERE r.bounced OR d.reason IN ('bad_address', 'refused')),
    count(*) FILTER (WHERE r.bounced AND d.state <> 'failed'),
    count(*) FILTER (WHERE r.complained), count(*) FILTER (WHERE e.opened), count(*) FILTER (WHERE e.clicked)
FROM messaging_delivery d
JOIN messaging_send s ON s.id = d.send_id
LEFT JOIN receipt r ON r.delivery_id = d.id
LEFT JOIN seen e ON e.delivery_id = d.id
WHERE d.finished_at >= %(start)s AND d.finished_at < %(end)s AND d.handed_over_at IS NOT NULL
    AND d.state IN ('sent', 'failed', 'uncertain')
GROUP BY 1, 2, 3, 4
"""
Place = tuple[dt.date, str, str, bool]


def refresh(now: dt.datetime, days: int = RECENT) -> int:
    """Counts the last days anew; returns how many rows they have."""
    last = now.date()
    first = last - dt.timedelta(days=days - 1)
    start = dt.datetime.combine(first, dt.time(), dt.UTC)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('messaging.deliverability'))")
            cursor.execute(_COUNT, {"start": start, "end": start + dt.timedelta(days=days), "human": HUMAN})
            counted = cursor.fetchall()
        rows = _rows(counted)
        DeliverabilityDay.objects.filter(day__gte=first, day__lte=last).delete()
        DeliverabilityDay.objects.bulk_create(rows, batch_size=2_000)
    return len(rows)


def _rows(counted: list[tuple[object, ...]]) -> list[DeliverabilityDay]:
    """Domains joined into providers, the small ones into one row."""
    totals: dict[Place, Counter[str]] = defaultdict(Counter)
    providers: dict[str, Mapping[str, str]] = {
        kind.key: kind.providers_of({str(row[2]) for row in counted if row[1] == kind.key and row[2]})
        for kind in CHANNELS
        if kind.providers_of
    }
    for day, channel, domain, marketing, *counts in counted:
        provider = providers.get(str(channel), {}).get(str(domain), "")
        place: Place = (day, str(channel), provider, bool(marketing))  # type: ignore[assignment]
        totals[place].update(dict(zip(COUNTS, counts, strict=True)))
    ranked: dict[tuple[dt.date, str, bool], list[Place]] = defaultdict(list)
    for place in sorted(totals, key=lambda place: (-totals[place]["offered"], place[2])):
        ranked[place[0], place[1], place[3]].append(place)
    joined: dict[Place, Counter[str]] = defaultdict(Counter)
    for places in ranked.values():
        for at, (day, channel, provider, marketing) in enumerate(places):
            kept = provider if at < KEPT_PROVIDERS else ""
            joined[day, channel, kept, marketing].update(totals[day, channel, provider, marketing])
    return [
        DeliverabilityDay(day=day, channel=channel, provider=provider, marketing=marketing, **counts)
        for (day, channel, provider, marketing), counts in joined.items()
    ]
