"""Dates as tables have them. Whether 03/04 is in March depends on who wrote it: a column is judged as a whole."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

from babel import Locale

# Day first, month first, days since 1900 as spreadsheets count them, or only what can be read in one way.
NOTATIONS = ("auto", "dmy", "mdy", "excel")
FIRST_YEAR, LAST_YEAR = 1800, 2200
# A year of two digits is in this century up to here, as in X.509 (RFC 5280, 4.1.2.5.1), and in the last one after it.
LATEST = dt.date(2049, 12, 31)
_EPOCH = dt.datetime(1899, 12, 30, tzinfo=dt.UTC)
_SERIALS = range(3_654, 73_051)  # 1910 to 2099
_FIGURE = re.compile(r"\d{4,5}(?:[.,]\d+)?")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_COMPACT = re.compile(r"(1[89]|20|21)\d{2}(0[1-9]|1[0-2])\d{2}")
_TRIPLE = re.compile(
    r"(\d{1,4})[/.\- ](\d{1,2})[/.\- ](\d{1,4})(?:[ T,]+(\d{1,2}(?::\d{2}){0,2})\s*([AaPp]\.?[Mm]\.?)?)?"
)
_YEARLESS = re.compile(r"--\d{2}-?\d{2}|\d{1,2}[./-]\d{1,2}\.?|(?:0000|1604)-?\d{2}-?\d{2}(?:T.*)?")
_UNSET = re.compile(r"(?:0000|0001)-\d{2}-\d{2}.*|0?0[./]0?0[./](?:00)?00|0")
_CLOCK = r"(?:[ T,]+(\d{1,2}(?::\d{2}){1,2})\s*([AaPp]\.?[Mm]\.?)?)?"
_DAY_FIRST = re.compile(r"(\d{1,2})\.?[ -]+([^\W\d_]{3,10})\.?[ -]+(\d{4}|\d{2})" + _CLOCK)
_MONTH_FIRST = re.compile(r"([^\W\d_]{3,10})\.? +(\d{1,2})(?:, *| +)(\d{4})" + _CLOCK)


@cache
def _months() -> dict[str, int]:
    """{name or abbreviation: number} in the languages in which tables are written most."""
    names = {"sept": 9}
    for language, kind in itertools.product(
        ("en", "de", "fr", "es", "it", "nl", "pt"), ("format", "stand-alone")
    ):
        for months in Locale(language).months[kind].values():
            names |= {name.lower().rstrip("."): number for number, name in months.items() if len(name) > 2}
    return names


def moment(cell: Any, order: str = "auto", zone: dt.tzinfo = dt.UTC, latest: dt.date = LATEST) -> dt.datetime:
    """A point in time, aware; a date alone is midnight in `zone`. Raises ValueError with a code.

    `latest` is the last day that a date with a year of two digits can mean: nobody is born after today.
    """
    if isinstance(cell, dt.datetime):
        at = cell if cell.tzinfo else cell.replace(tzinfo=zone)
    elif isinstance(cell, dt.date):
        at = dt.datetime(cell.year, cell.month, cell.day, tzinfo=zone)
    else:
        at = _moment(str(cell), order, zone, latest)
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise ValueError("date_far")
    return at


@lru_cache(maxsize=20_000)
def _moment(text: str, order: str, zone: dt.tzinfo, latest: dt.date) -> dt.datetime:
    if _YEARLESS.fullmatch(text):
        raise ValueError("date_year" if not text.startswith("0000") else "date_none")
    if _UNSET.fullmatch(text):
        raise ValueError("date_none")
    if order == "excel" and (serial := _serial(text)) is not None:
        return (_EPOCH + dt.timedelta(days=serial)).replace(tzinfo=zone)
    if (match := _TRIPLE.fullmatch(text)) and not _ISO.match(text):
        return _ordered(match, order, latest).replace(tzinfo=zone)
    try:
        if _COMPACT.fullmatch(text) or _ISO.match(text):
            at = dt.datetime.fromisoformat(text.replace(" UTC", "+00:00"))
            return at if at.tzinfo else at.replace(tzinfo=zone)
        if text.isdecimal() and len(text) in (10, 13):
            return dt.datetime.fromtimestamp(int(text) / (1 if len(text) == 10 else 1000), dt.UTC)
    except (ValueError, OverflowError):
        raise ValueError("date_none") from None
    return _named(text, latest).replace(tzinfo=zone)


def _named(text: str, latest: dt.date) -> dt.datetime:
    """A date with the name of its month. Not by strptime, which knows five forms at a time and forgets them."""
    if match := _DAY_FIRST.fullmatch(text):
        day, name, year, clock, half = match.groups()
    elif match := _MONTH_FIRST.fullmatch(text):
        name, day, year, clock, half = match.groups()
    else:
        raise ValueError("date")
    if (month := _months().get(name.lower())) is None:
        raise ValueError("date")
    return _at(year, month, int(day), (clock, half), latest)


def _serial(text: str) -> float | None:
    if not _FIGURE.fullmatch(text):
        return None
    serial = float(text.replace(",", "."))
    return serial if int(serial) in _SERIALS else None


def _ordered(match: re.Match[str], order: str, latest: dt.date) -> dt.datetime:
    first, second, third = (int(match[index]) for index in (1, 2, 3))
    if len(match[1]) == 4:
        month, day = second, third
    elif order == "mdy" or (order != "dmy" and second > 12):
        month, day = first, second
    elif order == "dmy" or first > 12 or first == second:
        day, month = first, second
    else:
        raise ValueError("date_order")
    return _at(match[3] if len(match[1]) < 3 else match[1], month, day, (match[4], match[5]), latest)


def _at(
    year: str, month: int, day: int, clock: tuple[str | None, str | None], latest: dt.date
) -> dt.datetime:
    """Of a year of two or more digits and a clock such as 9, 9:05 or 09:05:30 with its AM or PM, if any.

    Raises ValueError with a code.
    """
    (time, half), is_short = clock, len(year) < 3
    hour, minute, second = [*map(int, time.split(":")), 0, 0][:3] if time else (0, 0, 0)
    if half:
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    try:
        at = dt.datetime(int(year) + 2000 * is_short, month, day, hour, minute, second, tzinfo=dt.UTC)
        return _in_century(at, latest) if is_short else at
    except ValueError:
        raise ValueError("date_none") from None


def _in_century(at: dt.datetime, latest: dt.date) -> dt.datetime:
    """The date a hundred years earlier where it would be after `latest`."""
    return at.replace(year=at.year - 100) if at.date() > latest else at


def notation_of(samples: Iterable[str]) -> str:
    """How a column writes its dates: "dmy", "mdy", "excel", "ask" when day and month cannot be told apart.

    "auto" for dates that can be read in one way only, "" when these are no such dates.
    """
    cells = [sample.strip() for sample in samples if sample.strip()]
    serials = [cell for cell in cells if _serial(cell) is not None]
    if cells and len(serials) >= len(cells) * 0.8:
        return "excel"
    triples = [match for cell in cells if (match := _TRIPLE.fullmatch(cell)) and len(match[1]) < 3]
    if not triples or len(triples) < len(cells) * 0.8:
        return ""
    day_first = sum(int(match[1]) > 12 for match in triples)
    month_first = sum(int(match[2]) > 12 for match in triples)
    if day_first == month_first:
        return "ask"
    return "dmy" if day_first > month_first else "mdy"


def composed(year: str, month: str, day: str) -> str:
    """ISO text of a date whose parts stand in columns of their own. Raises ValueError with a code."""
    if not (year and month and day):
        raise ValueError("date_incomplete")
    try:
        number = int(month) if month.isdecimal() else dt.datetime.strptime(month[:3], "%b").month  # noqa: DTZ007
        date = dt.date(int(year), number, int(day))
    except ValueError:
        raise ValueError("date_none") from None
    if not FIRST_YEAR <= date.year <= LAST_YEAR:
        raise ValueError("date_far")
    return date.isoformat()
