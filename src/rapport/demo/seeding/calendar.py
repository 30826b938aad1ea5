"""Moves the year of the data so that it ends today, keeping weekdays."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from rapport.demo.seeding.compact import EPOCH

LONDON = ZoneInfo("Europe/London")
DAY = 86_400
WEEK = 7 * DAY
LAST_DAY = 373  # 2010-12-09, counted from 2009-12-01
_UNIX = dt.date(1970, 1, 1)


class Calendar:
    """Data time (seconds since 2009-12-01 of the shop's clock) to Unix time, for one `now`.

    The shift is a whole number of weeks, the smallest with which the data reaches today. What would then lie in
    the future is a week early instead if it is real (`moved`), and does not happen if it is generated (`at`).
    """

    def __init__(self, now: dt.datetime) -> None:
        today = now.astimezone(LONDON).date()
        behind = (today - (EPOCH.date() + dt.timedelta(days=LAST_DAY))).days
        shift = -(-behind // 7) * 7
        self.now = int(now.timestamp())
        first = EPOCH.date() + dt.timedelta(days=shift)
        self._days = [self._midnight(first + dt.timedelta(days=day)) for day in range(-7, LAST_DAY + 8)]

    @staticmethod
    def _midnight(day: dt.date) -> int:
        """Unix time of the day's start in London."""
        return int(dt.datetime.combine(day, dt.time(), LONDON).timestamp())

    def at(self, moment: int) -> int:
        """Unix time; may lie after `now`."""
        return self._days[moment // DAY + 7] + moment % DAY

    def moved(self, moment: int) -> int:
        """Seconds to add to data times near `moment` (of one visit, say) so that `moment` is not after now."""
        shift = self.at(moment) - moment
        return shift - WEEK if moment + shift > self.now else shift


_MINUTES = [f"T{minute // 60:02d}:{minute % 60:02d}:" for minute in range(1440)]
_SECONDS = [f"{second:02d}.000Z" for second in range(60)]
_dates: dict[int, str] = {}


def timestamp(moment: int) -> str:
    """ISO 8601 of a Unix time, in UTC: `2026-11-20T10:01:02.000Z`."""
    day, rest = divmod(moment, DAY)
    date = _dates.get(day)
    if date is None:
        date = _dates[day] = (_UNIX + dt.timedelta(days=day)).isoformat()
    return f"{date}{_MINUTES[rest // 60]}{_SECONDS[rest % 60]}"
