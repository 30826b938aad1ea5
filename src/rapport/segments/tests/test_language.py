"""Each kind of clause finds whom it should, on the real engine."""

import datetime as dt

import pytest

from rapport.governance.models import Purpose
from rapport.segments.tests.conftest import NOW

DAY = dt.timedelta(days=1)


def test_the_empty_all_is_everybody(world):
    ada = world.person({})
    assert world.matching({"all": []}) == {ada}


def test_the_empty_any_is_nobody(world):
    world.person({})
    assert world.matching({"any": []}) == set()


TRAITS = {
    "country": "GB", "age": 41, "vip": True, "spent": "99.5", "tags": ["gift", "Loyal"], "sizes": [38, 40],
    "address": {"city": "Leeds"}, "born": "1984-05-06", "renews_at": "2026-03-12T09:00:00+01:00", "empty": "",
    "nothing": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("clause", "fits"),
    [
        ({"trait": "country", "is": "GB"}, True),
        ({"trait": "country", "is": "gb"}, False),
        ({"trait": "country", "is_not": "GB"}, False),
        ({"trait": "country", "in": ["DE", "GB"]}, True),
        ({"trait": "country", "not_in": ["DE", "GB"]}, False),
        ({"trait": "age", "is": 41}, True),
        ({"trait": "age", "is": "41"}, True),
        ({"trait": "age", "in": [40, 41]}, True),
        ({"trait": "spent", "is": 99.5}, True),
        ({"trait": "age", "gte": 41, "lt": 42}, True),
        ({"trait": "age", "gt": 41}, False),
        ({"trait": "age", "lte": 41}, True),
        ({"trait": "spent", "gt": 99}, True),
        ({"trait": "country", "gt": 1}, False),
        ({"trait": "vip", "is": True}, True),
        ({"trait": "vip", "is": False}, False),
        ({"trait": "tags", "is": "gift"}, True),
        ({"trait": "tags", "in": ["x", "gift"]}, True),
        ({"trait": "tags", "contains": "loy"}, True),
        ({"trait": "tags", "contains": "'"}, False),
        ({"trait": "tags", "not_contains": "rude"}, True),
        ({"trait": "sizes", "is": 40}, True),
        ({"trait": "address.city", "is": "Leeds"}, True),
        ({"trait": "address.city", "starts_with": "lee"}, True),
        ({"trait": "address.city", "ends_with": "DS"}, True),
        ({"trait": "address", "exists": True}, True),
        ({"trait": "tags", "exists": True}, True),
        ({"trait": "empty", "exists": True}, True),
        ({"trait": "nothing", "exists": True}, False),
        ({"trait": "missing", "exists": False}, True),
        ({"trait": "missing", "is_not": "x"}, True),
        ({"trait": "missing", "lt": 5}, False),
        ({"trait": "born", "before": "1990-01-01"}, True),
        ({"trait": "born", "on": "1984-05-06"}, True),
        ({"trait": "born", "after": "1984-05-06"}, False),
        ({"trait": "age", "after": "1990-01-01"}, False),
        ({"trait": "renews_at", "before": "+2d"}, True),
        ({"trait": "renews_at", "before": "+1d"}, False),
        ({"trait": "renews_at", "after": "now"}, True),
        ({"trait": "renews_at", "on": "2026-03-12"}, True),
    ],
)
def test_a_trait_compares(world, clause, fits):
    ada = world.person(TRAITS)
    assert world.matching(clause) == ({ada} if fits else set())


@pytest.mark.parametrize(
    "name",
    ["we`ird", "sl\\ash", "q'uo\"te", "a:b", "^hat", "sp ace", "x') OR 1=1 --", "{p0:String}", "naïve ☂", "%s",
     "a`.`b", "#/*", "SELECT"],
)  # fmt: skip
def test_a_hostile_name_is_only_a_name(world, name):
    ada, _bob = world.person({name: "yes"}), world.person({"other": "yes"})
    world.event(ada, "Thing Done", **{name: 5})
    assert world.matching({"trait": name, "is": "yes"}) == {ada}
    assert world.matching({"did": "Thing Done", "where": [{"property": name, "gte": 5}]}) == {ada}


@pytest.mark.parametrize(
    "value", ["x' OR 1=1 --", "back\\slash", "{p0:String}", "`", "new\nline", "\t", "é☂"]
)
def test_a_hostile_value_is_only_a_value(world, value):
    ada, _bob = world.person({"code": value}), world.person({"code": "else"})
    assert world.matching({"trait": "code", "is": value}) == {ada}
    assert world.matching({"trait": "code", "in": [value, "y"]}) == {ada}


def bought(world, *orders, person=None):
    person = person or world.person({})
    world.events([(person, "Order Completed", at, {"total": total}) for at, total in orders])
    return person


def test_events_are_counted_within_a_window(world):
    often = bought(world, (NOW - DAY, 10), (NOW - 2 * DAY, 10), (NOW - 3 * DAY, 10))
    bought(world, (NOW - DAY, 10), (NOW - 2 * DAY, 10), (NOW - 40 * DAY, 10))
    assert world.matching({"did": "Order Completed", "at_least": 3, "within": "30d"}) == {often}


def test_a_window_includes_its_first_millisecond(world):
    on = bought(world, (NOW - 30 * DAY, 1))
    bought(world, (NOW - 30 * DAY - dt.timedelta(milliseconds=1), 1))
    assert world.matching({"did": "Order Completed", "within": "30d"}) == {on}


def test_conditions_narrow_which_events_count(world):
    rich = bought(world, (NOW, 60), (NOW, "70"))
    bought(world, (NOW, 60), (NOW, 50))
    clause = {"did": "Order Completed", "exactly": 2, "where": [{"property": "total", "gt": 50}]}
    assert world.matching(clause) == {rich}


def test_absence_finds_people_without_any_event(world):
    bought(world, (NOW - DAY, 1))
    lapsed, silent = bought(world, (NOW - 40 * DAY, 1)), world.person({})
    assert world.matching({"did_not": "Order Completed", "within": "30d"}) == {lapsed, silent}
    assert world.matching({"did": "Order Completed", "at_most": 0, "within": "30d"}) == {lapsed, silent}


def test_sums_are_exact(world):
    exact = bought(world, (NOW, 0.1), (NOW, 0.7), (NOW, "not a number"))
    assert world.matching({"did": "Order Completed", "sum": "total", "gte": 0.8}) == {exact}
    assert world.matching({"did": "Order Completed", "sum": "total", "is": 0.8, "at_least": 3}) == {exact}


@pytest.mark.parametrize(
    ("figure", "fits"),
    [({"average": "total", "is": 20}, True), ({"min": "total", "lt": 10}, False), ({"max": "total", "gte": 30}, True),
     ({"unique": "total", "is": 2}, True), ({"sum": "total", "lte": 39}, False), ({"max": "nothing", "lt": 5}, False)],
)  # fmt: skip
def test_a_figure_of_a_property_compares(world, figure, fits):
    ada = bought(world, (NOW, 10), (NOW, 30))
    assert world.matching({"did": "Order Completed", **figure}) == ({ada} if fits else set())


def test_days_between_two_dates_include_the_last(world):
    inside = bought(world, (dt.datetime(2026, 1, 31, 23, 59, tzinfo=dt.UTC), 1))
    bought(world, (dt.datetime(2026, 2, 1, 0, 0, tzinfo=dt.UTC), 1))
    assert world.matching({"did": "Order Completed", "between": ["2026-01-01", "2026-01-31"]}) == {inside}


def test_events_of_the_merged_count_for_the_survivor(world):
    ada, old = bought(world, (NOW, 1)), bought(world, (NOW, 1))
    world.person({}, person_id=old, deleted=1, version=2)
    world.merge(old, ada)
    clause = {"did": "Order Completed", "exactly": 2}
    assert world.matching(clause) == {ada}
    assert world.matching(clause, person_ids=[ada]) == {ada}


def test_consent_is_by_purpose_and_channel(world):
    ada = world.person({}, consents=["newsletter/email"])
    world.person({}, consents=["newsletter/sms", "newsletters/email"])
    assert world.matching({"consent": "newsletter", "channel": "email"}) == {ada}


def test_consent_on_any_channel(world):
    Purpose.objects.create(key="news", name="News")
    ada, bob = world.person({}, consents=["news/email"]), world.person({}, consents=["news/sms"])
    world.person({}, consents=["newsletters/email"])
    assert world.matching({"consent": "news"}) == {ada, bob}


def test_an_identifier_exists_and_compares(world):
    ada = world.person({}, identifiers=["email:ada@example.org", "user_id:7"])
    bob = world.person({}, identifiers=["email:bob@example.com"])
    assert world.matching({"identifier": "email"}) == {ada, bob}
    assert world.matching({"identifier": "email", "ends_with": "@EXAMPLE.org"}) == {ada}


def test_profile_fields_compare(world):
    ada = world.person({}, first_seen_at=(NOW - DAY).isoformat(), is_identified=0)
    world.person({}, first_seen_at=(NOW - 8 * DAY).isoformat())
    assert world.matching({"profile": "first_seen", "after": "-7d"}) == {ada}
    assert world.matching({"profile": "identified", "is": False}) == {ada}


def test_not_is_the_exact_complement(world):
    ada, bob = world.person({"country": "GB"}), world.person({})
    assert world.matching({"not": {"trait": "country", "is": "GB"}}) == {bob}
    assert world.matching({"not": {"not": {"trait": "country", "is": "GB"}}}) == {ada}
