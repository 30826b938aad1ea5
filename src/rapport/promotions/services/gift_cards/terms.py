"""When gift cards end: never, unless a country's law or the business says so, and never before the law lets them."""

from __future__ import annotations

import calendar
import datetime as dt
from zoneinfo import ZoneInfo

# The least a card must hold, as (years, to the end of that year). Where it may not end at all: None. Countries that
# are not listed have no rule of their own that we know of.
LAW: dict[str, tuple[int, bool] | None] = {
    "AT": (30, False),  # § 1478 ABGB
    "AU": (3, False),  # Competition and Consumer Regulations 2010, part 6, division 2A
    "CA": None,  # the provinces' consumer protection acts
    "DE": (3, True),  # §§ 195, 199 BGB
    "IE": (5, False),  # Consumer Protection (Gift Vouchers) Act 2019
    "US": (5, False),  # 15 U.S.C. § 1693l-1
}


def ends(country: str, months: int | None, issued: dt.datetime, zone: str) -> dt.datetime | None:
    """The moment a card is over that is issued now; None where it never is."""
    tz = ZoneInfo(zone)
    day = issued.astimezone(tz).date()
    law = LAW.get(country, (0, False))
    if law is None or (months is None and not law[0]):
        return None
    last = [_later(day, months)] if months is not None else []
    if law[0]:
        least = _later(day, law[0] * 12)
        last.append(least.replace(month=12, day=31) if law[1] else least)
    return dt.datetime.combine(max(last) + dt.timedelta(days=1), dt.time(), tz).astimezone(dt.UTC)


def last_day(end: dt.datetime, zone: str) -> dt.date:
    """The last day on which a card that ends then can be used."""
    return (end - dt.timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()


def _later(day: dt.date, months: int) -> dt.date:
    """The same day so many months later, or the last one of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
