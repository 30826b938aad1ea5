"""What came of a campaign: counted from the ledger and from engagement, humans and machines apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Count

from rapport.messaging.models import Campaign, Delivery

HUMAN = 0.5  # from this probability on, an open or a click counts as a human's
_ENGAGEMENT = """
SELECT s.campaign_id, e.kind, e.human_probability >= %(human)s, count(DISTINCT e.delivery_id)
FROM messaging_engagement e JOIN messaging_delivery d ON d.id = e.delivery_id
JOIN messaging_campaignsend s ON s.id = d.send_id
WHERE s.campaign_id = ANY(%(campaigns)s) GROUP BY 1, 2, 3
"""
_LINKS = """
SELECT l.position, l.url, count(DISTINCT e.delivery_id) FILTER (WHERE e.human_probability >= %(human)s),
       count(DISTINCT e.delivery_id) FILTER (WHERE e.human_probability < %(human)s)
FROM messaging_campaignsend s JOIN messaging_link l ON l.template_version_id = s.template_version_id
LEFT JOIN messaging_delivery d ON d.send_id = s.id
LEFT JOIN messaging_engagement e ON e.delivery_id = d.id AND e.link_id = l.id AND e.kind = 'click'
WHERE s.campaign_id = %(campaign)s GROUP BY l.position, l.url ORDER BY 3 DESC, l.position
"""
_SERIES = """
SELECT date_bin(%(step)s::interval, e.first_at, 'epoch'::timestamptz), e.kind, count(*)
FROM messaging_engagement e JOIN messaging_delivery d ON d.id = e.delivery_id
JOIN messaging_campaignsend s ON s.id = d.send_id
WHERE s.campaign_id = %(campaign)s AND e.human_probability >= %(human)s
GROUP BY 1, 2 ORDER BY 1
"""


@dataclass(slots=True)
class Results:
    """Counts of deliveries. `opened_human` are deliveries opened at least once by somebody likely human;
    `opened_machine` those that only machines opened."""

    total: int = 0
    states: dict[str, int] = field(default_factory=dict)
    reasons: dict[tuple[str, str], int] = field(default_factory=dict)
    opened_human: int = 0
    opened_machine: int = 0
    clicked_human: int = 0
    clicked_machine: int = 0
    unsubscribed: int = 0

    @property
    def sent(self) -> int:
        return self.states.get("sent", 0)

    @property
    def skipped(self) -> int:
        return self.states.get("skipped", 0)

    @property
    def failed(self) -> int:
        return self.states.get("failed", 0)

    @property
    def uncertain(self) -> int:
        return self.states.get("uncertain", 0)

    @property
    def waiting(self) -> int:
        return self.states.get("queued", 0) + self.states.get("claimed", 0)

    @property
    def done(self) -> int:
        return self.total - self.waiting

    def rate(self, count: int) -> float | None:
        """A count as a share of what was sent, or None before anything was."""
        return count / self.sent if self.sent else None


def results(campaign: Campaign) -> Results:
    """Results of one campaign."""
    return results_of([campaign]).get(campaign.pk, Results())


def results_of(campaigns: Iterable[Campaign]) -> dict[Any, Results]:
    """{campaign id: results}, in two queries however many campaigns."""
    ids = [campaign.pk for campaign in campaigns]
    found: dict[Any, Results] = {pk: Results() for pk in ids}
    counted = (
        Delivery.objects.filter(send__campaign_id__in=ids)
        .values_list("send__campaign_id", "state", "reason")
        .annotate(count=Count("id"))
        .order_by()
    )
    for pk, state, reason, count in counted:
        one = found[pk]
        one.total += count
        one.states[state] = one.states.get(state, 0) + count
        if reason:
            one.reasons[(state, reason)] = count
    with connection.cursor() as cursor:
        cursor.execute(_ENGAGEMENT, {"campaigns": ids, "human": HUMAN})
        for pk, kind, human, count in cursor.fetchall():
            _add(found[pk], kind, human, count)
    return found


def _add(one: Results, kind: str, human: bool, count: int) -> None:
    if kind == "unsubscribe":
        one.unsubscribed += count
    elif kind == "open":
        one.opened_human, one.opened_machine = (
            (count, one.opened_machine) if human else (one.opened_human, count)
        )
    else:
        one.clicked_human, one.clicked_machine = _clicks(one, human, count)


def _clicks(one: Results, human: bool, count: int) -> tuple[int, int]:
    return (count, one.clicked_machine) if human else (one.clicked_human, count)


def progress(campaign: Campaign) -> tuple[int, int]:
    """(deliveries that ended, deliveries in all)"""
    one = results(campaign)
    return one.done, one.total


def link_results(campaign: Campaign) -> list[dict[str, Any]]:
    """Clicks per link: [{position, url, human, machine}], the most clicked first."""
    with connection.cursor() as cursor:
        cursor.execute(_LINKS, {"campaign": campaign.pk, "human": HUMAN})
        names = ("position", "url", "human", "machine")
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def engagement_series(campaign: Campaign, start: dt.datetime, now: dt.datetime) -> dict[str, list[Any]]:
    """First human opens and clicks over time: {"at": [...], "open": [...], "click": [...]}."""
    step = _step(now - start)
    with connection.cursor() as cursor:
        cursor.execute(_SERIES, {"campaign": campaign.pk, "human": HUMAN, "step": str(step)})
        rows = cursor.fetchall()
    counts = {(row[0], row[1]): row[2] for row in rows}
    moments = _between(rows[0][0], rows[-1][0], step) if rows else []
    series: dict[str, list[Any]] = {"at": moments}
    for kind in ("open", "click", "unsubscribe"):
        series[kind] = [counts.get((moment, kind), 0) for moment in moments]
    return series


def _between(first: dt.datetime, last: dt.datetime, step: dt.timedelta) -> list[dt.datetime]:
    """Every step from first to last, quiet ones too, at most 500."""
    count = min(500, int((last - first) / step) + 1)
    return [first + step * at for at in range(count)]


def _step(span: dt.timedelta) -> dt.timedelta:
    if span <= dt.timedelta(hours=3):
        return dt.timedelta(minutes=5)
    return dt.timedelta(hours=1) if span <= dt.timedelta(days=4) else dt.timedelta(days=1)
