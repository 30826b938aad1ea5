"""Durations ("30d"), instants ("2026-01-31", "-7d") and how they are said."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rapport.core.ui import formats

_DURATION = re.compile(r"([1-9][0-9]{0,4})(min|h|d|w|mo|y)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DURATION_PATTERN = f"^{_DURATION.pattern}$"
INSTANT_PATTERN = r"^(now|[+-][1-9][0-9]{0,4}(min|h|d|w|mo|y)|[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].+)?)$"
DURATION_HINT = "Write a number and a unit: 30min, 12h, 30d, 4w, 6mo or 1y."
INSTANT_HINT = "Write a date (2026-01-31), a date with time (2026-01-31T12:00:00Z), or -30d, +7d or now."
_FIXED = {"min": dt.timedelta(minutes=1), "h": dt.timedelta(hours=1), "d": dt.timedelta(days=1)}
_FIXED["w"] = dt.timedelta(weeks=1)


def is_duration(value: object) -> bool:
    return isinstance(value, str) and _DURATION.fullmatch(value) is not None


def before(now: dt.datetime, duration: str, *, sign: int = -1) -> dt.datetime:
    """`now` moved by a duration; months and years keep the day of the month or take the month's last."""
    match = _DURATION.fullmatch(duration)
    if match is None:
        raise ValueError(DURATION_HINT)
    number, unit = int(match[1]), match[2]
    if unit in _FIXED:
        return _clamped(now, sign * number * _FIXED[unit])
    months = now.year * 12 + now.month - 1 + sign * number * (12 if unit == "y" else 1)
    year, month = min(max(months // 12, 1900), 2299), months % 12 + 1
    return now.replace(year=year, month=month, day=min(now.day, calendar.monthrange(year, month)[1]))


def _clamped(now: dt.datetime, by: dt.timedelta) -> dt.datetime:
    low, high = dt.datetime(1900, 1, 1, tzinfo=dt.UTC), dt.datetime(2299, 12, 31, tzinfo=dt.UTC)
    return min(max(low, now + by), high) if abs(by.days) < 500_000 else (low if by.days < 0 else high)


def is_date(value: str) -> bool:
    return _DATE.fullmatch(value) is not None


def is_relative(value: object) -> bool:
    return isinstance(value, str) and (value == "now" or (value[:1] in "+-" and is_duration(value[1:])))


def instant(value: str, *, now: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The moment meant; a bare date is its first moment in `zone`. Raises ValueError with a hint."""
    if value == "now":
        return now
    if is_relative(value):
        return before(now, value[1:], sign=1 if value[0] == "+" else -1)
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(INSTANT_HINT) from None
    if not 1900 <= moment.year <= 2298:
        raise ValueError(_("The year must lie between 1900 and 2298."))
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(dt.UTC)


def day_after(value: str, *, now: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The first moment of the day after a bare date, right over changes of daylight saving time."""
    following = dt.date.fromisoformat(value) + dt.timedelta(days=1)
    return instant(following.isoformat(), now=now, zone=zone)


def instant_problem(value: object) -> str | None:
    """What is wrong with an operand that should be an instant."""
    if not isinstance(value, str):
        return INSTANT_HINT
    try:
        instant(value, now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), zone=ZoneInfo("UTC"))
    except ValueError as error:
        return str(error)
    return None


def duration_in_words(value: object) -> str:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return "…"
    number = int(match[1])
    words = {
        "min": ngettext("%(n)d minute", "%(n)d minutes", number),
        "h": ngettext("%(n)d hour", "%(n)d hours", number),
        "d": ngettext("%(n)d day", "%(n)d days", number),
        "w": ngettext("%(n)d week", "%(n)d weeks", number),
        "mo": ngettext("%(n)d month", "%(n)d months", number),
        "y": ngettext("%(n)d year", "%(n)d years", number),
    }
    return words[match[2]] % {"n": number}


def instant_in_words(value: object) -> str:
    if not isinstance(value, str) or not value:
        return "…"
    if value == "now":
        return _("now")
    if is_relative(value):
        text = duration_in_words(value[1:])
        return (_("%(time)s from now") if value[0] == "+" else _("%(time)s ago")) % {"time": text}
    if is_date(value):
        day = dt.date.fromisoformat(value) if instant_problem(value) is None else None
        return formats.day(day) if day else value
    return value
