"""A list as a calendar: its rows by the day of a date, in the reader's time zone."""

from __future__ import annotations

import calendar as weeks
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from babel.dates import format_date, format_time, get_day_names
from django.core.exceptions import ValidationError
from django.db.models import Count, DateTimeField, F, QuerySet, Window
from django.db.models.functions import RowNumber, TruncDate
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.ui import formats
from rapport.core.ui.lists.columns import Column
from rapport.core.ui.lists.lines import Line, line_of
from rapport.core.ui.toasts import toast

if TYPE_CHECKING:
    from rapport.core.ui.lists.page import ListPage

AT, DAY, PLACE = "calendar_at", "calendar_day", "calendar_place"
# Rows of one day that are shown, by span; the rest are counted.
SHOWN = {"month": 4, "week": 50, "agenda": 50}
AGENDA_DAYS = 30


@dataclass(frozen=True, slots=True)
class Calendar:
    """How a list is shown as a calendar.

    `at`: ORM path of a date or moment. `mark`: the column shown beside the title, such as a state.
    `move(actor, row, day)` calls a service that puts the row on another day, and raises ValidationError where that will
    not do; without it the calendar is only looked at. Whoever lacks `permission` moves nothing.
    """

    at: str
    mark: str = ""
    move: Callable[[Actor, Any, dt.date], object] | None = None
    permission: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row on its day."""

    time: str
    line: Line


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the calendar. `more` rows are not shown; `url` leads to the day alone."""

    date: dt.date
    label: str
    is_today: bool
    is_outside: bool
    entries: list[Entry]
    more: int
    url: str


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `start` to `end`, and where to turn the page."""

    span: str
    on: dt.date
    start: dt.date
    end: dt.date
    before: dt.date
    after: dt.date

    @classmethod
    def of(cls, span: str, on: dt.date) -> Period:
        day = dt.timedelta(days=1)
        first = on - day * ((on.weekday() - formats.locale().first_week_day) % 7)
        if span == "week":
            return cls(span, on, first, first + day * 7, first - day * 7, first + day * 7)
        if span == "agenda":
            reach = day * AGENDA_DAYS
            return cls(span, on, on, on + reach, on - reach, on + reach)
        begin = on.replace(day=1)
        following = begin + day * weeks.monthrange(on.year, on.month)[1]
        start = begin - day * ((begin.weekday() - formats.locale().first_week_day) % 7)
        end = following + day * (-(following - start).days % 7)
        return cls("month", on, start, end, (begin - day).replace(day=1), following)

    @property
    def label(self) -> str:
        """ "November 2026", or the first and the last day."""
        if self.span == "month":
            return str(format_date(self.on, "MMMM y", locale=formats.locale()))
        last = self.end - dt.timedelta(days=1)
        return f"{formats.day(self.start)} – {formats.day(last)}"

    @property
    def days(self) -> list[dt.date]:
        return [self.start + dt.timedelta(days=number) for number in range((self.end - self.start).days)]


def calendar_context(page: ListPage, calendar: Calendar, clock: Clock = SYSTEM) -> dict[str, Any]:
    """Runs two queries: how many rows each day has, and the first of each."""
    today = timezone.localtime(clock.now()).date()
    period = Period.of(page.state.span, _date(page.state.on) or today)
    rows = _within(page.matching(), calendar, period)
    counts = dict(rows.order_by().values_list(DAY).annotate(Count("pk")))
    shown = list(_first_of_each_day(rows, SHOWN[period.span]))
    page.prepare(shown)
    entries: dict[dt.date, list[Entry]] = {}
    for row in shown:
        entries.setdefault(getattr(row, DAY), []).append(_entry(page, calendar, row))
    days = [_day(page, period, date, today, entries.get(date, []), counts) for date in period.days]
    state = page.state
    return {
        "period": period,
        "days": days if period.span != "agenda" else [day for day in days if day.entries],
        "weekdays": _weekdays(period),
        "spans": [
            {"name": name, "label": label, "url": state.url(span=name, on=period.on.isoformat())}
            for name, label in (("month", _("Month")), ("week", _("Week")), ("agenda", _("Agenda")))
        ],
        "before_url": state.url(on=period.before.isoformat()),
        "after_url": state.url(on=period.after.isoformat()),
        "today_url": state.url(on=""),
        "is_empty": not counts,
        "here_url": state.url(on=period.on.isoformat()),
        "may_move": calendar.move is not None and page.may(calendar.permission),
    }


def move_entry(page: ListPage, calendar: Calendar, pk: str, on: str) -> HttpResponse:
    """Puts a row on another day: 204, or 422 and a reason."""
    day = _date(on)
    if calendar.move is None or day is None:
        raise Http404
    page.require(calendar.permission)
    row = page.row(pk, calendar.permission)
    try:
        calendar.move(page.actor, row, day)
    except ValidationError as error:
        return toast(HttpResponse(status=422), " ".join(error.messages), level="error")
    words = _("“%(row)s” is on %(day)s now.") % {"row": row, "day": formats.day(day)}
    return toast(HttpResponse(status=204), words, level="success")


def _date(text: str) -> dt.date | None:
    """The day of the address; None for anything a calendar cannot show a period around."""
    try:
        date = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return date if 1900 <= date.year <= 2200 else None


def _within(rows: QuerySet[Any], calendar: Calendar, period: Period) -> QuerySet[Any]:
    """The rows of a period with their day; days begin at midnight in the reader's zone."""
    rows = rows.annotate(**{AT: F(calendar.at)})
    zone = timezone.get_current_timezone()
    start: Any = period.start
    end: Any = period.end
    day: Any = F(calendar.at)
    if isinstance(rows.query.annotations[AT].output_field, DateTimeField):
        start, end = (dt.datetime.combine(date, dt.time(), zone) for date in (start, end))
        day = TruncDate(calendar.at, tzinfo=zone)
    within: QuerySet[Any] = rows.filter(**{f"{AT}__gte": start, f"{AT}__lt": end}).annotate(**{DAY: day})
    return within


def _first_of_each_day(rows: QuerySet[Any], limit: int) -> QuerySet[Any]:
    place = Window(RowNumber(), partition_by=[F(DAY)], order_by=[F(AT).asc(), F("pk").asc()])
    first: QuerySet[Any] = rows.annotate(**{PLACE: place}).filter(**{f"{PLACE}__lte": limit})
    return first.order_by(AT, "pk")


def _entry(page: ListPage, calendar: Calendar, row: Any) -> Entry:
    at = getattr(row, AT)
    time = ""
    if isinstance(at, dt.datetime):
        time = str(format_time(timezone.localtime(at), "short", locale=formats.locale()))
    columns: list[Column] = [
        column for column in page.columns if column.main or (calendar.mark and column.name == calendar.mark)
    ]
    return Entry(time, line_of(page, row, columns))


def _day(
    page: ListPage,
    period: Period,
    date: dt.date,
    today: dt.date,
    entries: list[Entry],
    counts: dict[dt.date, int],
) -> Day:
    return Day(
        date=date,
        label=str(format_date(date, "full", locale=formats.locale())),
        is_today=date == today,
        is_outside=period.span == "month" and date.month != period.on.month,
        entries=entries,
        more=counts.get(date, 0) - len(entries),
        url=page.state.url(span="agenda", on=date.isoformat()),
    )


def _weekdays(period: Period) -> list[str]:
    names = get_day_names("abbreviated", locale=formats.locale())
    return [names[date.weekday()] for date in period.days[:7]]
