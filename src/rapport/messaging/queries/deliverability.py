"""Reads of what became of messages, by provider over time, and what is alarming about it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from rapport.messaging.models import DeliverabilityDay

MAX_COMPLAINTS, MAX_BOUNCES = 0.001, 0.02
"""Above these, mailbox providers begin to distrust a sender."""
ALARM_DAYS, ALARM_LEAST = 7, 200  # one bounce of ten messages is no alarm
COUNTS = ("offered", "accepted", "bounced", "returned", "complained", "opened", "clicked")


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of one day, one provider, or all; rates are shares of what was offered or has arrived."""

    label: str
    key: str = ""
    offered: int = 0
    accepted: int = 0
    bounced: int = 0
    returned: int = 0
    complained: int = 0
    opened: int = 0
    clicked: int = 0

    @property
    def delivered(self) -> int:
        """Accepted, and not come back as far as is known."""
        return self.accepted - self.returned

    @property
    def bounce_rate(self) -> float:
        return self.bounced / self.offered if self.offered else 0.0

    @property
    def complaint_rate(self) -> float:
        return self.complained / self.delivered if self.delivered else 0.0

    @property
    def open_rate(self) -> float:
        return self.opened / self.delivered if self.delivered else 0.0

    @property
    def is_alarming(self) -> bool:
        return self.offered >= ALARM_LEAST and (
            self.bounce_rate > MAX_BOUNCES or self.complaint_rate > MAX_COMPLAINTS
        )


def days(
    first: dt.date, last: dt.date, channel: str, *, marketing: bool | None = None, provider: str | None = None
) -> QuerySet[DeliverabilityDay]:
    rows = DeliverabilityDay.objects.filter(day__gte=first, day__lte=last, channel=channel)
    if marketing is not None:
        rows = rows.filter(marketing=marketing)
    return rows if provider is None else rows.filter(provider=provider)


def by_day(rows: QuerySet[DeliverabilityDay], first: dt.date, last: dt.date) -> list[Figures]:
    """Every day of the period, those without messages too."""
    summed = {row["day"]: row for row in _summed(rows, "day")}
    calendar = [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
    return [_figures(day.isoformat(), summed.get(day, {})) for day in calendar]


def by_provider(rows: QuerySet[DeliverabilityDay], limit: int = 50) -> list[Figures]:
    """Those with most messages first."""
    summed = _summed(rows, "provider").order_by("-offered_sum", "provider")[:limit]
    return [_figures(row["provider"] or _("Others"), row, row["provider"]) for row in summed]


def alarms(today: dt.date) -> list[str]:
    """What mailbox providers will soon punish, of the last week: for operators and the page."""
    first = today - dt.timedelta(days=ALARM_DAYS - 1)
    rows = DeliverabilityDay.objects.filter(day__gte=first, day__lte=today)
    return [
        sentence
        for row in _summed(rows, "channel", "provider").order_by("channel", "provider")
        for sentence in _alarms(_figures(row["provider"] or _("others"), row))
    ]


def _alarms(figures: Figures) -> list[str]:
    if figures.offered < ALARM_LEAST:
        return []
    sentences = []
    if figures.complaint_rate > MAX_COMPLAINTS:
        words = _(
            "%(provider)s: %(rate)s of the recipients complained in the last week; more than 1 in 1,000 is too much"
        )
        sentences.append(words % {"provider": figures.label, "rate": f"{figures.complaint_rate:.2%}"})
    if figures.bounce_rate > MAX_BOUNCES:
        words = _(
            "%(provider)s: %(rate)s of the messages bounced in the last week; more than 2 in 100 is too much"
        )
        sentences.append(words % {"provider": figures.label, "rate": f"{figures.bounce_rate:.1%}"})
    return sentences


def _summed(rows: QuerySet[DeliverabilityDay], *names: str) -> Any:
    sums = {f"{count}_sum": Sum(count) for count in COUNTS}
    return rows.order_by().values(*names).annotate(**sums)


def _figures(label: str, row: dict[str, Any], key: str = "") -> Figures:
    return Figures(label, key, **{count: row.get(f"{count}_sum") or 0 for count in COUNTS})


def total(figures: list[Figures]) -> Figures:
    return Figures("", **{count: sum(getattr(entry, count) for entry in figures) for count in COUNTS})
