"""When what recurs is due, by the clock on the wall of a place. Pure.

There is at most one time on each day of that place. A time that the clocks skip is the moment they jump; of one that
they show twice it is the first. So nothing is left out and nothing doubled when summer time begins or ends.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from rapport.messaging.services.quiet import moment_of

DAY = dt.timedelta(days=1)
FURTHEST = 366 * 12  # days looked through for the next time


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Every `every` days, weeks or months of `unit`, counted from `starts`."""

    unit: str
    at: dt.time
    zone: ZoneInfo
    starts: dt.date
    every: int = 1
    weekdays: tuple[int, ...] = ()
    month_day: int = 1

    def after(self, moment: dt.datetime) -> Iterator[dt.datetime]:
        """The times later than this one, in order."""
        day = max(self.starts, moment.astimezone(self.zone).date() - DAY)
        for _number in range(FURTHEST):
            if self.falls_on(day):
                due = moment_of(dt.datetime.combine(day, self.at), self.zone)
                if due > moment:
                    yield due
                    moment = due  # a day that the clocks leave out ends where the next begins
            day += DAY

    def falls_on(self, day: dt.date) -> bool:
        if self.unit == "day":
            return (day - self.starts).days % self.every == 0
        if self.unit == "week":
            weeks = (_monday(day) - _monday(self.starts)).days // 7
            return weeks % self.every == 0 and day.weekday() in (self.weekdays or (self.starts.weekday(),))
        months = (day.year - self.starts.year) * 12 + day.month - self.starts.month
        last = calendar.monthrange(day.year, day.month)[1]
        return months % self.every == 0 and day.day == min(self.month_day, last)


def _monday(day: dt.date) -> dt.date:
    return day - DAY * day.weekday()
