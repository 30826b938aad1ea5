"""Figures on the flow: who stands where, who passed, who left, who got to the goal, and how long it took."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rapport.core.ui import formats
from rapport.journeys import queries
from rapport.journeys.models import Journey, StepTally
from rapport.journeys.services import tallies

PERIODS = (7, 30, 90, 365)
USUAL = 30
# Ends that nobody dropped off by.
RIGHT_ENDS = {"", "goal", "completed", tallies.ENTERED, tallies.REACHED}
HALF, MOST = 0.5, 0.9


@dataclass(slots=True)
class StepFigures:
    """Of one step in a period; `standing` is now."""

    standing: int = 0
    passed: int = 0
    dropped: int = 0
    reached: int = 0
    branches: Counter[str] = field(default_factory=Counter)
    times: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def shown(self) -> list[tuple[str, str, str]]:
        """(label, figure, tone), only what there is to say."""
        lines = [(_("Now"), formats.number(self.standing), "")] if self.standing else []
        came = self.passed + self.dropped
        if self.passed:
            lines.append((_("Passed"), formats.number(self.passed), ""))
        if self.dropped:
            share = formats.percent(self.dropped / came, 0)
            lines.append((_("Left"), f"{formats.number(self.dropped)} ({share})", "bad"))
        if self.reached and self.passed:
            lines.append((_("Goal"), formats.percent(min(1.0, self.reached / self.passed)), "good"))
        half, most = (tallies.quantile(self.times, share) for share in (HALF, MOST))
        if half and half >= 1:
            lines.append((_("Half within"), time_words(half), ""))
            lines.append((_("90% within"), time_words(most or half), ""))
        return lines

    def share(self, branch: str) -> str:
        total = sum(self.branches.values())
        return formats.percent(self.branches[branch] / total, 0) if total else ""


def by_step(journey: Journey, days: int, now: dt.datetime) -> dict[str, StepFigures]:
    """Of all versions together, by the names of the steps."""
    figures_of: dict[str, StepFigures] = {}
    for step, standing in queries.standing_by_step(journey).items():
        figures_of.setdefault(step, StepFigures()).standing = standing
    rows = StepTally.objects.filter(journey=journey, day__gt=now.date() - dt.timedelta(days=days)).order_by()
    grouped = rows.values_list("step", "outcome", "branch", "bucket")
    for step, outcome, branch, group, count, seconds in grouped.annotate(n=Sum("count"), s=Sum("seconds")):
        figures = figures_of.setdefault(step, StepFigures())
        if outcome == "":
            figures.passed += count
            figures.branches[branch] += count
            before = figures.times.get(group, (0, 0))
            figures.times[group] = (before[0] + count, before[1] + seconds)
        elif outcome == tallies.REACHED:
            figures.reached += count
        elif outcome not in RIGHT_ENDS:
            figures.dropped += count
    return figures_of


def period(text: Any) -> int:
    return int(text) if str(text) in map(str, PERIODS) else USUAL


def time_words(seconds: float) -> str:
    """A length of time in its largest unit."""
    minutes, hours, days = seconds / 60, seconds / 3600, seconds / 86400
    if days >= 2:
        return ngettext("%(n)s day", "%(n)s days", round(days)) % {"n": _one(days)}
    if hours >= 2:
        return ngettext("%(n)s hour", "%(n)s hours", round(hours)) % {"n": _one(hours)}
    if minutes >= 1:
        return ngettext("%(n)s minute", "%(n)s minutes", round(minutes)) % {"n": _one(minutes)}
    return ngettext("%(n)s second", "%(n)s seconds", round(seconds)) % {"n": _one(seconds)}


def _one(value: float) -> str:
    return formats.number(round(value, 1) if value < 10 and round(value, 1) % 1 else round(value))
