"""Quiet hours on every day there is, the ones with a skipped or repeated hour included."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.messaging.services.quiet import allowed_from, is_quiet, zone_of

ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/London",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
        "Pacific/Apia",
        "UTC",
    )
]
FIRST, LAST = dt.datetime.fromisoformat("2024-01-01"), dt.datetime.fromisoformat("2028-01-01")
moments = st.datetimes(FIRST, LAST, timezones=st.just(dt.UTC))
around_changes = st.sampled_from(
    [
        dt.datetime(2026, 3, 29, 1, tzinfo=dt.UTC),
        dt.datetime(2026, 10, 25, 1, tzinfo=dt.UTC),
        dt.datetime(2026, 3, 8, 7, tzinfo=dt.UTC),
        dt.datetime(2026, 11, 1, 6, tzinfo=dt.UTC),
    ]
).flatmap(lambda change: st.integers(-180, 180).map(lambda minutes: change + dt.timedelta(minutes=minutes)))
times = st.times().map(lambda time: time.replace(second=0, microsecond=0))


@given(moments | around_changes, st.sampled_from(ZONES), times, times)
@settings(max_examples=400, deadline=None)
def test_what_is_allowed_is_never_in_quiet_hours(
    now: dt.datetime, zone: ZoneInfo, start: dt.time, end: dt.time
) -> None:
    moment = allowed_from(now, zone, start, end)
    assert not is_quiet((moment or now).astimezone(zone).time(), start, end)
    if moment is not None:
        assert now < moment <= now + dt.timedelta(hours=26)


@given(moments | around_changes, st.sampled_from(ZONES), times, times)
@settings(max_examples=150, deadline=None)
def test_nobody_waits_longer_than_needed(
    now: dt.datetime, zone: ZoneInfo, start: dt.time, end: dt.time
) -> None:
    moment = allowed_from(now, zone, start, end)
    if moment is None:
        return
    minute = now.replace(second=0, microsecond=0) + dt.timedelta(minutes=1)
    while minute < moment:
        assert is_quiet(minute.astimezone(zone).time(), start, end)
        minute += dt.timedelta(minutes=1)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-29T00:30+00:00", "2026-03-29T01:00+00:00"),  # 01:30 is skipped: the clock jumps to 02:00
        ("2026-10-25T00:10+00:00", "2026-10-25T00:30+00:00"),  # the first of two 01:30s
    ],
)
def test_the_changed_hour_in_london(now: str, expected: str) -> None:
    moment = allowed_from(dt.datetime.fromisoformat(now), ZONES[0], dt.time(22), dt.time(1, 30))
    assert moment == dt.datetime.fromisoformat(expected)


@pytest.mark.parametrize("zone", ["", "Mars/Phobos", "../../etc/passwd", 7, None, "x" * 999])
def test_a_zone_that_does_not_exist_falls_back(zone: object) -> None:
    assert str(zone_of({"timezone": zone}, "Europe/Paris")) == "Europe/Paris"
