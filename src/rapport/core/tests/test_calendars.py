"""Calendars: which rows stand on which day, in the zone of who reads, and what it costs."""

import datetime as dt
import json
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rapport.core.clock import VirtualClock
from rapport.core.models import User
from rapport.core.tests.test_lists import Users, request_of
from rapport.core.ui.lists import Calendar
from rapport.core.ui.lists.calendar import Period, calendar_context

pytestmark = pytest.mark.django_db


class Arrivals(Users):
    calendar = Calendar("date_joined", mark="email")


@pytest.fixture(autouse=True)
def london():
    with timezone.override(ZoneInfo("Europe/London")):
        yield


def joined(name, *moment):
    return User.objects.create_user(
        f"{name.lower()}@example.org", name=name, date_joined=dt.datetime(*moment, tzinfo=dt.UTC)
    )


def calendar(now=(2026, 3, 10), **query):
    page = Arrivals(request_of(layout="calendar", **query))
    return calendar_context(page, page.calendar, VirtualClock(dt.datetime(*now, tzinfo=dt.UTC)))


def on(context):
    """{day of the month: names} of days inside the month."""
    return {
        day.date.day: [str(entry.line.label) for entry in day.entries]
        for day in context["days"]
        if day.entries and not day.is_outside
    }


def test_a_month_shows_whole_weeks_and_today():
    context = calendar()
    days = context["days"]
    assert context["period"].label == "March 2026"
    assert (days[0].date, days[-1].date) == (dt.date(2026, 2, 23), dt.date(2026, 4, 5))
    assert [day.date.day for day in days if day.is_today] == [10]
    assert days[0].is_outside


@pytest.mark.parametrize(("zone", "day"), [("Europe/London", 1), ("America/New_York", 30), ("Asia/Tokyo", 1)])
def test_a_row_stands_on_the_day_of_who_reads(zone, day):
    joined("Ann", 2026, 6, 30, 23, 30)
    with timezone.override(ZoneInfo(zone)):
        month = "2026-06-01" if day == 30 else "2026-07-01"
        assert on(calendar(on=month)) == {day: ["Ann"]}


def test_the_night_the_clocks_change_loses_no_row_and_doubles_none():
    for hour in range(3):
        joined(f"U{hour}", 2026, 3, 29, hour, 30)
    joined("Before", 2026, 3, 28, 23, 59)
    joined("After", 2026, 3, 29, 23, 30)  # half past midnight, summer time
    assert on(calendar(on="2026-03-29")) == {28: ["Before"], 29: ["U0", "U1", "U2"], 30: ["After"]}


def test_a_full_day_shows_the_first_few_and_counts_the_rest():
    for index in range(9):
        joined(f"U{index}", 2026, 3, 5, index)
    (day,) = [day for day in calendar()["days"] if day.entries]
    assert [entry.time for entry in day.entries] == ["00:00", "01:00", "02:00", "03:00"]
    assert day.more == 5
    assert day.url == "/users/?layout=calendar&span=agenda&on=2026-03-05"
    (alone,) = calendar(span="agenda", on="2026-03-05")["days"]
    assert len(alone.entries) == 9


def test_search_and_filters_hold_in_the_calendar():
    joined("Ann", 2026, 3, 5)
    joined("Ben", 2026, 3, 5)
    assert on(calendar(q="ann")) == {5: ["Ann"]}
    only_ben = json.dumps({"field": "name", "op": "is", "value": "Ben"})
    assert on(calendar(filter=only_ben)) == {5: ["Ben"]}


@pytest.mark.parametrize(
    ("span", "start", "end", "before", "after"),
    [
        ("month", (2026, 1, 26), (2026, 3, 2), (2026, 1, 1), (2026, 3, 1)),
        ("week", (2026, 2, 9), (2026, 2, 16), (2026, 2, 2), (2026, 2, 16)),
        ("agenda", (2026, 2, 14), (2026, 3, 16), (2026, 1, 15), (2026, 3, 16)),
    ],
)
def test_the_page_is_turned_by_month_by_week_and_by_thirty_days(span, start, end, before, after):
    period = Period.of(span, dt.date(2026, 2, 14))
    assert (period.start, period.end) == (dt.date(*start), dt.date(*end))
    assert (period.before, period.after) == (dt.date(*before), dt.date(*after))


@pytest.mark.parametrize("text", ["", "yesterday", "2026-02-30", "0001-01-01", "9999-12-31"])
def test_a_day_that_no_calendar_has_is_today(text):
    assert calendar(on=text)["period"].label == "March 2026"


def test_a_calendar_runs_as_many_queries_for_two_rows_as_for_twenty():
    def queries():
        with CaptureQueriesContext(connection) as captured:
            Arrivals(request_of(layout="calendar", on="2026-03-01")).respond()
        return len(captured)

    joined("Ann", 2026, 3, 5)
    few = queries()
    for index in range(20):
        joined(f"U{index}", 2026, 3, 1 + index)
    assert queries() == few == 6  # days, rows, saved views, the workspace, held sends, unread notices


def test_the_calendar_is_a_page_like_any_other(london):
    joined("Ann", 2026, 3, 5, 9, 30)
    text = Arrivals(request_of(layout="calendar", on="2026-03-01")).respond().content.decode()
    assert "09:30" in text
    assert "ann@example.org" in text
    assert 'aria-label="Thursday, 5 March 2026"' in text
