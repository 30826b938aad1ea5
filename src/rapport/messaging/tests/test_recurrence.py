"""When recurring campaigns are due: whatever the clocks do, each day once at most."""

from __future__ import annotations

import datetime as dt
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.messaging.services.recurrence import Recurrence

# Half an hour, a whole day left out, summer time that begins at midnight, none at all.
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Beirut",
         "Africa/Cairo", "Pacific/Apia", "Asia/Kolkata", "America/Sao_Paulo", "UTC"]  # fmt: skip
recurrences = st.builds(
    Recurrence,
    unit=st.sampled_from(["day", "week", "month"]),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    starts=st.dates(dt.date(2005, 1, 1), dt.date(2030, 1, 1)),
    every=st.integers(1, 4),
    weekdays=st.sets(st.integers(0, 6), max_size=4).map(lambda days: tuple(sorted(days))),
    month_day=st.integers(1, 31),
)
moments = st.integers(1_136_000_000, 1_925_000_000).map(lambda at: dt.datetime.fromtimestamp(at, dt.UTC))


@given(rule=recurrences, moment=moments)
def test_no_day_has_two_times_and_each_is_what_the_clock_shows(rule: Recurrence, moment: dt.datetime) -> None:
    due = list(islice(rule.after(moment), 12))
    assert due == sorted(set(due))
    assert all(time > moment for time in due)
    walls = [time.astimezone(rule.zone) for time in due]
    days = [wall.date() for wall in walls if wall.time() == rule.at]
    assert len(days) == len(set(days))
    for wall in walls:
        # Another time than was meant is the moment at which the clocks jumped over it.
        before = (wall.astimezone(dt.UTC) - dt.timedelta(seconds=1)).astimezone(rule.zone)
        assert wall.time() == rule.at or before.utcoffset() != wall.utcoffset()
        assert wall.fold == 0 or wall.time() != rule.at


@given(rule=recurrences, moment=moments, gaps=st.lists(st.floats(0, 1), max_size=6))
def test_whoever_asks_again_and_again_hears_the_same_times(
    rule: Recurrence, moment: dt.datetime, gaps: list[float]
) -> None:
    """A worker that stops and starts anywhere between neither doubles a time nor leaves one out."""
    whole = list(islice(rule.after(moment), 6))
    heard, last = [], moment
    for share in [*gaps, 0.5]:
        following = next(rule.after(last), None)
        if following is None or len(heard) == len(whole):
            break
        asked_at = last + (following - last) * share * 0.999
        assert next(rule.after(asked_at)) == following
        heard.append(following)
        last = following
    assert heard == whole[: len(heard)]


@pytest.mark.parametrize(
    ("zone", "at", "day", "expected"),
    [
        ("Europe/Berlin", "02:30", "2026-03-29", "2026-03-29T01:00"),  # skipped: as the clocks jump
        ("Europe/Berlin", "02:30", "2026-10-25", "2026-10-25T00:30"),  # twice: the first
        ("Europe/Berlin", "09:00", "2026-03-29", "2026-03-29T07:00"),
        ("Europe/Berlin", "09:00", "2026-03-28", "2026-03-28T08:00"),
        ("America/Havana", "00:30", "2026-03-08", "2026-03-08T05:00"),
    ],
)
def test_days_on_which_the_clocks_change(zone: str, at: str, day: str, expected: str) -> None:
    rule = Recurrence("day", dt.time.fromisoformat(at), ZoneInfo(zone), dt.date(2026, 1, 1))
    start = dt.datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)) - dt.timedelta(minutes=1)
    assert next(rule.after(start)) == dt.datetime.fromisoformat(expected).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"unit": "month", "month_day": 31}, ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]),
        ({"unit": "month", "every": 3, "month_day": 15}, ["2026-01-15", "2026-04-15", "2026-07-15"]),
        ({"unit": "week", "weekdays": (0, 4), "every": 2}, ["2026-01-02", "2026-01-12", "2026-01-16"]),
        ({"unit": "day", "every": 10}, ["2026-01-01", "2026-01-11", "2026-01-21"]),
    ],
)
def test_the_plain_words_are_meant_as_people_mean_them(values: Any, expected: list[str]) -> None:
    rule = Recurrence(at=dt.time(9), zone=ZoneInfo("UTC"), starts=dt.date(2026, 1, 1), **values)
    due = islice(rule.after(dt.datetime(2025, 12, 31, tzinfo=dt.UTC)), len(expected))
    assert [time.date().isoformat() for time in due] == expected
