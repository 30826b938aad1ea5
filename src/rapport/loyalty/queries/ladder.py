"""Which tier somebody stands on: worked out of what they collected and when, and of nothing else.

What is collected counts from its moment on: for so many months (`rolling`), or to the end of the following calendar
year (`calendar`). Whoever reaches a threshold has the tier at once. Whoever no longer does keeps it for the days of
grace; with a soft landing they then fall one tier at most, and no further before another period is over.

What was returned was never collected: nothing here remembers a tier that it gave. So neither the order in which
purchases and returns were told nor a merge or its undoing changes the answer.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from rapport.loyalty.models import Program, Tier
from rapport.loyalty.models.programs import TierPeriod
from rapport.loyalty.queries import dates

ZERO = Decimal(0)
NONE = -1


class Collected(NamedTuple):
    """So much, of whatever the programme measures."""

    at: dt.datetime
    amount: Decimal


class Level(NamedTuple):
    """What counts from a moment on: towards the next tier, and for keeping the present one."""

    at: dt.datetime
    value: Decimal
    keeps: Decimal


@dataclass(slots=True)
class Standing:
    """A tier with the moment it was reached or fallen to, and how long it stays if nothing more is collected."""

    tier: Tier | None
    since: dt.datetime | None
    until: dt.datetime | None
    value: Decimal
    review_at: dt.datetime | None


class Walk:
    """Goes through time. `rank` is the tier's place from below; `below` since when it is not earned any more."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.rank = self.earned = NONE
        self.since: dt.datetime | None = None
        self.below: dt.datetime | None = None
        self.kept_until: dt.datetime | None = None

    def look(self, at: dt.datetime, earned: int) -> None:
        """What is earned from this moment on."""
        self.earned = earned
        if earned > self.rank:
            self.rank, self.since, self.kept_until = earned, at, None
        self.below = (self.below or at) if earned < self.rank else None

    @property
    def due(self) -> dt.datetime | None:
        """When they fall, if nothing changes before."""
        if self.below is None:
            return None
        day = dates.local_day(self.below, self.program)
        grace = self.program.tier_grace_days
        end = dates.beginning_of(day + dt.timedelta(days=grace), self.program.tz) if grace else self.below
        return max(end, self.kept_until or end)

    def fall(self, at: dt.datetime) -> None:
        self.rank = max(self.earned, self.rank - 1) if self.program.tier_soft_landing else self.earned
        self.since, self.below = at, None
        if self.earned < self.rank:
            self.below, self.kept_until = at, _period_end(at, self.program)

    def pass_to(self, moment: dt.datetime, *, including: bool = False) -> None:
        """Falls as often as is due before a moment."""
        while (due := self.due) is not None and (due < moment or (including and due == moment)):
            self.fall(due)


def standing(
    program: Program, tiers: Sequence[Tier], collected: Iterable[Collected], joined: dt.datetime, now: dt.datetime
) -> Standing:  # fmt: skip
    """Where somebody stands. `tiers` are those on offer, the lowest threshold first."""
    thresholds = [tier.threshold for tier in tiers]
    past = sorted(part for part in collected if part.amount and part.at <= now)
    start = min([joined, now, *(part.at for part in past[:1])])
    levels = [Level(start, ZERO, ZERO), *_levels(program, past)]
    walk, value, place = Walk(program), ZERO, 0
    while place < len(levels) and levels[place].at <= now:
        level = levels[place]
        walk.pass_to(level.at)
        walk.look(level.at, bisect_right(thresholds, level.keeps) - 1)
        value, place = level.value, place + 1
    walk.pass_to(now, including=True)
    tier = tiers[walk.rank] if walk.rank > NONE else None
    moments = [moment for moment in (walk.due, *(level.at for level in levels[place : place + 1])) if moment]
    review = min(moments, default=None)
    return Standing(tier, walk.since, _until(walk, levels[place:], thresholds), value, review)


def _until(walk: Walk, levels: Sequence[Level], thresholds: Sequence[Decimal]) -> dt.datetime | None:
    """When the tier is lost if nothing more is collected."""
    rank = walk.rank
    ahead = Walk(walk.program)
    ahead.rank, ahead.earned, ahead.below, ahead.kept_until = (
        walk.rank,
        walk.earned,
        walk.below,
        walk.kept_until,
    )
    for level in levels:
        ahead.pass_to(level.at)
        if ahead.rank < rank:
            return ahead.since
        ahead.look(level.at, bisect_right(thresholds, level.keeps) - 1)
    return ahead.due if rank > NONE else None


def _levels(program: Program, collected: Sequence[Collected]) -> Iterator[Level]:
    if program.tier_period == TierPeriod.CALENDAR:
        return _by_year(program, collected)
    changes: dict[dt.datetime, Decimal] = defaultdict(Decimal)
    for part in collected:
        changes[part.at] += part.amount
        changes[counts_until(program, part.at)] -= part.amount
    return _running(changes)


def _running(changes: dict[dt.datetime, Decimal]) -> Iterator[Level]:
    value = ZERO
    for at in sorted(changes):
        value += changes[at]
        yield Level(at, value, value)


def _by_year(program: Program, collected: Sequence[Collected]) -> Iterator[Level]:
    """This year's sum counts towards the next tier; this one's or the last one's, whichever is more, keeps a tier."""
    moments: dict[dt.datetime, Decimal] = defaultdict(Decimal)
    for part in collected:
        moments[part.at] += part.amount
        year = dates.local_day(part.at, program).year
        for later in (year + 1, year + 2):
            moments[dates.beginning_of(dt.date(later, 1, 1), program.tz)] += ZERO
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for at in sorted(moments):
        year = dates.local_day(at, program).year
        sums[year] += moments[at]
        yield Level(at, sums[year], max(sums[year], sums[year - 1]))


def counts_until(program: Program, at: dt.datetime) -> dt.datetime:
    """When what was collected no longer counts."""
    day = dates.local_day(at, program)
    if program.tier_period == TierPeriod.CALENDAR:
        return dates.end_of(dt.date(day.year + 1, 12, 31), program.tz)
    return dates.end_of(dates.months_later(day, program.tier_months), program.tz)


def _period_end(at: dt.datetime, program: Program) -> dt.datetime:
    """Until when a soft landing holds."""
    day = dates.local_day(at, program)
    if program.tier_period == TierPeriod.CALENDAR:
        return dates.end_of(dt.date(day.year, 12, 31), program.tz)
    return dates.beginning_of(dates.months_later(day, program.tier_months), program.tz)
