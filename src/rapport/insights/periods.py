"""The stretch of time a dashboard looks at, and the one before it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

RANGES = (7, 30, 90, 365)
DEFAULT = 30


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days, both ends included, in UTC as the rollups are."""

    first: dt.date
    last: dt.date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def calendar(self) -> list[dt.date]:
        return [self.first + dt.timedelta(days=number) for number in range(self.days)]

    @property
    def before(self) -> Period:
        """The period of the same length that ended the day before this one."""
        return Period(self.first - dt.timedelta(days=self.days), self.first - dt.timedelta(days=1))


def period(days: str | int | None, today: dt.date) -> Period:
    """The last `days` days up to today; anything but one of `RANGES` is the default."""
    try:
        length = int(days) if days is not None else DEFAULT
    except ValueError:
        length = DEFAULT
    length = length if length in RANGES else DEFAULT
    return Period(today - dt.timedelta(days=length - 1), today)
