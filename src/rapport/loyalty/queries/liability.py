"""What a programme owes: when its points expire, and how they came and went."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Sum
from django.db.models.functions import TruncMonth

from rapport.loyalty.models import Entry, Lot, Program

MONTHS = 12


def expiring(program: Program) -> list[tuple[dt.date, int]]:
    """[(the first of a month, points that expire in it)], the next year of them."""
    lots = Lot.objects.filter(account__program=program, remaining__gt=0, expires_at__isnull=False)
    rows: Any = (
        lots.annotate(month=TruncMonth("expires_at", tzinfo=program.tz))
        .values("month")
        .annotate(points=Sum("remaining"))
        .order_by("month")
    )
    return [(row["month"].date(), row["points"]) for row in rows[:MONTHS]]


def flows(program: Program, now: dt.datetime) -> list[dict[str, Any]]:
    """By month, the newest first: points earned, taken back, spent, expired and corrected."""
    since = (now - dt.timedelta(days=31 * (MONTHS - 1))).replace(day=1)
    rows: Any = (
        Entry.objects.filter(program=program, at__gte=since)
        .annotate(month=TruncMonth("at", tzinfo=program.tz))
        .values("month", "kind")
        .annotate(sum=Sum("points"))
    )
    months: dict[dt.date, dict[str, Any]] = {}
    for row in rows:
        month = months.setdefault(row["month"].date(), {"month": row["month"].date()})
        month[row["kind"]] = row["sum"]
    return [months[month] for month in sorted(months, reverse=True)]
