"""Windows over changes of daylight saving time (the workspace is in London), ends of months and leap days."""

import datetime as dt

import pytest

from rapport.segments.services.scheduling import next_changes

UTC = dt.UTC


def at(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        ("2026-03-28T23:59:59.999", False),
        ("2026-03-29T00:00:00", True),  # still winter time: midnight is midnight in UTC
        ("2026-03-29T22:59:59.999", True),
        ("2026-03-29T23:00:00", False),  # summer time by now: midnight of the 30th
        ("2026-10-24T22:59:59", False),
        ("2026-10-24T23:00:00", True),
        ("2026-10-25T23:59:59.999", True),
        ("2026-10-26T00:00:00", False),
    ],
)
def test_a_day_on_which_the_clocks_change_is_taken_whole(world, moment, inside):
    who = world.person()
    world.event(who, "A", at=at(moment))
    days = {"any": [{"did": "A", "between": [day, day]} for day in ("2026-03-29", "2026-10-25")]}
    assert world.matching(days, now=at("2026-11-22T12:00:00")) == ({who} if inside else set())


@pytest.mark.parametrize("change", ["2026-03-29", "2026-10-25"])
def test_a_day_ago_is_24_hours_ago_whatever_the_clocks_do(world, change):
    who, now = world.person(), at(f"{change}T12:00:00")
    world.event(who, "A", at=now - dt.timedelta(hours=24))
    world.event(who, "B", at=now - dt.timedelta(hours=24, milliseconds=1))
    assert world.matching({"did": "A", "within": "1d"}, now=now) == {who}
    assert world.matching({"did": "B", "within": "1d"}, now=now) == set()


@pytest.mark.parametrize(
    ("now", "within", "first"),
    [
        ("2026-03-31T12:00:00", "1mo", "2026-02-28T12:00:00"),
        ("2028-03-31T12:00:00", "1mo", "2028-02-29T12:00:00"),
        ("2028-02-29T12:00:00", "1y", "2027-02-28T12:00:00"),
        ("2029-02-28T12:00:00", "1y", "2028-02-28T12:00:00"),
        ("2028-03-01T12:00:00", "1d", "2028-02-29T12:00:00"),
        ("2027-03-01T12:00:00", "1d", "2027-02-28T12:00:00"),
    ],
)
def test_months_and_years_back_end_on_a_day_there_is(world, now, within, first):
    who = world.person()
    world.event(who, "A", at=at(first))
    world.event(who, "B", at=at(first) - dt.timedelta(milliseconds=1))
    assert world.matching({"did": "A", "within": within}, now=at(now)) == {who}
    assert world.matching({"did": "B", "within": within}, now=at(now)) == set()


def test_days_are_counted_by_the_clock_on_the_wall(world):
    who = world.person()
    for moment in ("2026-10-24T22:30:00", "2026-10-24T23:30:00", "2026-10-25T23:30:00"):
        world.event(who, "A", at=at(moment))
    now = at("2026-11-01T12:00:00")
    assert world.matching({"did": "A", "on_days": 2}, now=now) == {who}
    assert world.matching({"did": "A", "on_days": 3}, now=now) == set()


@pytest.mark.parametrize(
    ("today", "fits"), [("2027-02-27", False), ("2027-02-28", True), ("2028-02-29", True)]
)
def test_a_birthday_on_the_leap_day_returns_on_the_28th_in_other_years(world, today, fits):
    who = world.person({"born": "2000-02-29"})
    members = world.matching({"trait": "born", "anniversary_within": 0}, now=at(f"{today}T12:00:00"))
    assert members == ({who} if fits else set())


def test_who_leaves_a_window_of_a_month_is_looked_at_on_the_leap_day(world):
    who = world.person()
    world.event(who, "A", at=at("2028-01-29T12:00:00"))
    changes = next_changes([{"did": "A", "within": "1mo"}], now=at("2028-02-20T12:00:00"), person_ids=[who])
    assert changes == {who: at("2028-02-29T12:00:00.001")}
