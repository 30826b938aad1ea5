"""When points become usable and when they expire: at the end of days, as the programme's zone has them."""

from __future__ import annotations

import calendar
import datetime as dt

from rapport.loyalty.models import Program


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day of a later month, or its last one: a year after 29 February is 28 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def end_of(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    """The moment the day is over, in UTC. Where clocks skip midnight, it is the moment they do."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone).astimezone(dt.UTC)


def beginning_of(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    return end_of(day - dt.timedelta(days=1), zone)


def local_day(moment: dt.datetime, program: Program) -> dt.date:
    return moment.astimezone(program.tz).date()


def available_at(program: Program, earned: dt.datetime) -> dt.datetime:
    """When what was earned by a purchase can no longer be returned."""
    if not program.return_days:
        return earned
    return end_of(local_day(earned, program) + dt.timedelta(days=program.return_days), program.tz)


def expires_at(program: Program, earned: dt.datetime) -> dt.datetime | None:
    if not program.expiry_months:
        return None
    return end_of(months_later(local_day(earned, program), program.expiry_months), program.tz)
