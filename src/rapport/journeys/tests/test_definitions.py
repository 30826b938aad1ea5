"""Everything that is wrong with a definition is said, with the place; conditions answer without surprises."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.journeys.flow import in_order
from rapport.journeys.services import definitions
from rapport.journeys.services.conditions import Context, holds
from rapport.journeys.services.steps.branching import drawn
from rapport.journeys.services.steps.waiting import later, next_time

END = {"type": "end"}
START = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
GOOD = {"trigger": {"type": "api"}, "start": "a", "steps": {"a": {"type": "wait", "for": {"days": 1}}}}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"start": "b"}, "/start"),
        ({"start": None}, "/start"),
        ({"steps": {}}, "/steps"),
        ({"steps": {"a": {"type": "fly"}}}, "/steps/a/type"),
        ({"steps": {"a": {"type": "wait"}}}, "/steps/a"),
        ({"steps": {"a": {"type": "wait", "for": {"days": 0}}}}, "/steps/a/for"),
        ({"steps": {"a": {**END, "next": "c"}}}, "/steps/a/next"),
        ({"steps": {"a": END, "b": END}}, "/steps/b"),
        ({"trigger": {"type": "event"}}, "/trigger/event"),
        ({"trigger": {"type": "segment_entered", "segment": "nobody"}}, "/trigger/segment"),
        ({"entry": {"again": "after"}}, "/entry/days"),
        ({"audience": {"segment": "nobody"}}, "/audience"),
        ({"audience": {"trait": "a", "op": "like"}}, "/audience"),
        ({"audience": {"trait": "a", "op": "one_of"}}, "/audience"),
        ({"audience": {"trait": "a", "op": "one_of", "value": []}}, "/audience"),
        ({"audience": {"trait": "a", "op": "gt", "value": [1]}}, "/audience"),
        ({"audience": {"not": {"trait": "a", "op": "is"}}}, "/audience"),
        (
            {"trigger": {"type": "event", "event": "X"}, "steps": {"a": {"type": "emit", "event": "X"}}},
            "/steps/a/event",
        ),
        ({"unknown": 1}, "/"),
    ],
)
def test_each_fault_is_named_where_it_is(db, change, pointer):
    problems = definitions.check({**GOOD, **change})
    assert problems
    assert problems[0].pointer.startswith(pointer.rstrip("/"))
    assert problems[0].message


@pytest.mark.parametrize("wrong", [None, [], "x", 3, {}, {"steps": 1}, {**GOOD, "steps": {"A b": END}}])
def test_another_shape_is_no_crash(db, wrong):
    assert definitions.check(wrong)


def test_a_good_one_has_no_problems(db):
    assert definitions.check(GOOD) == []
    assert definitions.schema()["properties"]["steps"]


@pytest.mark.parametrize(
    ("trait", "op", "value", "expected"),
    [
        ("10", "gt", 9, True),
        (10, "is", "10", True),
        (True, "is", 1, False),
        (None, "is_not", "a", True),
        (None, "lt", 5, False),
        ("Rome", "is", "rome", True),
        ("2026-06-01", "lt", "2026-06-02T00:00:00Z", True),
        (["a", "B"], "contains", "b", True),
        ("", "exists", None, False),
        ("x", "missing", None, False),
        ("NaN", "gt", 1, False),
        ("b", "one_of", ["a", "B"], True),
        ("abc", "gt", "abb", False),
    ],
)
def test_values_compare_as_people_mean_it(trait, op, value, expected):
    assert holds({"trait": "x", "op": op, "value": value}, Context({"x": trait})) is expected


@given(st.uuids(), st.text(max_size=10))
def test_a_person_gets_the_same_branch_whenever_they_come_by(person, salt):
    shares = {"a": 50, "b": 30, "c": 0.0001}
    assert drawn(person, salt, shares) == drawn(person, salt, shares)
    assert drawn(person, salt, {"a": 0, "b": 1}) == "b"


# Six years from 2024 on, by the minute.
MOMENTS = st.integers(0, 6 * 366 * 24 * 60).map(lambda minutes: START + dt.timedelta(minutes=minutes))
ZONES = [
    ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
]


@given(
    MOMENTS,
    st.sampled_from(ZONES),
    st.times(),
)
def test_the_time_of_day_comes_within_a_day_whatever_the_clocks_do(now, zone, at):
    moment = next_time(now, zone, at.replace(second=0, microsecond=0), ())
    assert now < moment <= now + dt.timedelta(hours=26)
    shown = moment.astimezone(zone)
    skipped = (shown.hour, shown.minute) != (at.hour, at.minute)
    assert not skipped or shown.utcoffset() != (moment - dt.timedelta(hours=2)).astimezone(zone).utcoffset()


@given(
    MOMENTS,
    st.sampled_from(ZONES),
    st.integers(1, 400),
)
def test_days_are_those_of_the_calendar(now, zone, days):
    moment = later(now, {"days": days}, zone)
    assert (moment.astimezone(zone).date() - now.astimezone(zone).date()).days == days


@pytest.mark.parametrize("draft", [None, {}, {"steps": 3}, {"steps": {"a": 1}, "start": ["x"]}, GOOD])
def test_a_draft_is_shown_in_order_whatever_it_is(draft):
    assert in_order(draft) == draft


def test_steps_stand_as_people_come_to_them():
    steps = {"b": {"type": "end"}, "a": {"next": "b", "type": "wait", "for": {"days": 1}}}
    shown = in_order({"steps": steps, "start": "a", "trigger": {"type": "api"}})
    assert list(shown) == ["trigger", "start", "steps"]
    assert list(shown["steps"]) == ["a", "b"]
    assert list(shown["steps"]["a"]) == ["type", "for", "next"]


@pytest.mark.parametrize(
    ("after", "goal", "is_right"),
    [("w", {"goal": {"event": "Paid"}}, True), ("", {"goal": {"event": "Paid"}}, False), ("w", {}, False)],
)
def test_a_decision_that_could_never_learn_is_a_problem(db, after, goal, is_right):
    pick = {"type": "decide", "options": {"a": {}, "b": {}}, "next": {"a": "m", "b": "m"}}
    emit = {"type": "emit", "event": "Told"}
    steps = {"pick": pick, "m": {**emit, "next": after} if after else emit}
    if after:
        steps[after] = {"type": "wait", "for": {"days": 1}}
    problems = definitions.check({"trigger": {"type": "api"}, "start": "pick", "steps": steps, **goal})
    assert [problem.pointer for problem in problems] == ([] if is_right else ["/steps/pick/by"])
