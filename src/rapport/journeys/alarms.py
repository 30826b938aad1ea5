"""What Home says of journeys that are not well: nobody enters, steps fail, more leave than before."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from rapport.core.observing import ALARM_SOURCES, Alarm, AlarmSource
from rapport.journeys.models import Enrolment, Journey, StepStanding, StepTally
from rapport.journeys.services import tallies

FEWEST_FAILED, FAILED_SHARE = 5, 0.05
# The last days against those before: so many left, and so much more of those who came to a step.
RECENT, BEFORE = dt.timedelta(days=2), dt.timedelta(days=14)
FEWEST_LEFT, TIMES, AT_LEAST = 20, 2.0, 0.1
LEFT = ("exit", "outside", "removed", "late", "endless")


@dataclass(slots=True)
class Share:
    left: int = 0
    came: int = 0

    @property
    def part(self) -> float:
        return self.left / self.came if self.came else 0.0


def check(now: dt.datetime) -> Iterator[Alarm]:
    """Three questions to the counters and the index of those who failed, whatever the number of runs."""
    live = Journey.objects.filter(paused_at=None, archived_at=None).exclude(live=None).select_related("live")
    journeys = {row.pk: row for row in live}
    if journeys:
        yield from _silent(journeys, now)
        yield from _failing(journeys)
        yield from _leaving(journeys, now)


def _silent(journeys: dict[uuid.UUID, Journey], now: dt.datetime) -> Iterator[Alarm]:
    rows = StepTally.objects.filter(journey__in=journeys, outcome=tallies.ENTERED).order_by()
    last = dict(rows.values_list("journey").annotate(day=Max("day")))
    for row in journeys.values():
        live, days = row.live, row.quiet_days
        if live is None or not days or live.definition["trigger"]["type"] == "api":
            continue
        since = max(live.published_at.date(), last.get(row.pk, dt.date.min))
        if now.date() - since > dt.timedelta(days=days):
            words = _("Nobody has entered the journey “%(name)s” for %(days)s days.")
            yield _alarm(row, words % {"name": row.name, "days": days}, _("Look at who enters."))


def _failing(journeys: dict[uuid.UUID, Journey]) -> Iterator[Alarm]:
    standing = _sums(StepStanding.objects.filter(journey__in=journeys), "change")
    rows = Enrolment.objects.filter(~Q(error=""), journey__in=journeys, ended_at=None).order_by()
    for pk, failed in rows.values_list("journey").annotate(n=Count("pk")):
        if failed >= FEWEST_FAILED and failed >= FAILED_SHARE * standing.get(pk, 0):
            words = _("%(n)s people stand still on the journey “%(name)s” because a step failed.")
            name = journeys[pk].name
            yield _alarm(
                journeys[pk], words % {"n": failed, "name": name}, _("Mend the step, then try again.")
            )


def _leaving(journeys: dict[uuid.UUID, Journey], now: dt.datetime) -> Iterator[Alarm]:
    border, start = (now - RECENT).date(), (now - RECENT - BEFORE).date()
    rows = StepTally.objects.filter(journey__in=journeys, day__gt=start).order_by()
    counted = rows.filter(outcome__in=("", *LEFT)).values_list("journey", "step", "outcome", "day")
    shares: dict[tuple[uuid.UUID, str], tuple[Share, Share]] = {}
    for pk, step, outcome, day, count in counted.annotate(n=Sum("count")):
        share = shares.setdefault((pk, step), (Share(), Share()))[day > border]
        share.came += count
        share.left += count if outcome else 0
    for (pk, step), (before, lately) in shares.items():
        if lately.left >= FEWEST_LEFT and lately.part >= AT_LEAST + TIMES * before.part:
            words = _("More people than before leave the journey “%(name)s” at “%(step)s”.")
            row = journeys[pk]
            yield _alarm(row, words % {"name": row.name, "step": step}, _("Look at the step."))


def _sums(rows: QuerySet[StepStanding], name: str) -> dict[uuid.UUID, int]:
    return dict(rows.order_by().values_list("journey").annotate(n=Sum(name)))


def _alarm(row: Journey, words: str, advice: str) -> Alarm:
    return Alarm(words, advice, reverse("journeys:journey", args=[row.pk]))


def register() -> None:
    ALARM_SOURCES.register(AlarmSource("journeys", "journeys.view", check))
