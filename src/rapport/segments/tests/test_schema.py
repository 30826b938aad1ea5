"""The published schema and the checks in the product are of one mind, and say where and what to do."""

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from rapport.governance.models import Purpose
from rapport.segments.language import tree
from rapport.segments.language.schema import json_schema
from rapport.segments.tests.generators import definitions
from rapport.segments.tests.test_pages import RICH

WRONG = {
    "not an object": ([], ""),
    "no key known": ({"foo": 1}, ""),
    "two things at once": ({"trait": "a", "is": 1, "did": "b"}, ""),
    "no comparison": ({"trait": "a"}, ""),
    "a name that is no text": ({"trait": 5, "is": 1}, "/trait"),
    "an operator nobody knows": ({"all": [{"trait": "a", "resembles": 1}]}, "/all/0/resembles"),
    "a number that is none": ({"trait": "a", "gt": "much"}, "/gt"),
    "a duration without unit": ({"did": "a", "within": "30"}, "/within"),
    "a duration of months written m": ({"did": "a", "within": "3m"}, "/within"),
    "an empty choice": ({"trait": "a", "in": []}, "/in"),
    "a count below nothing": ({"did": "a", "at_least": -1}, "/at_least"),
    "a count that is text": ({"did": "a", "at_least": "3"}, "/at_least"),
    "a condition on nothing": ({"did": "a", "where": [{"gt": 1}]}, "/where/0"),
    "a condition nobody knows": ({"did": "a", "where": [{"property": "x", "like": 1}]}, "/where/0/like"),
    "a group that is no list": ({"any": {}}, "/any"),
    "nothing to negate": ({"not": None}, "/not"),
    "a purpose that is no text": ({"consent": None}, "/consent"),
    "a key beside a group": ({"all": [], "within": "3d"}, "/within"),
    "a profile field nobody knows": ({"profile": "mood", "is": True}, "/profile"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_refused_at_its_place(name):
    definition, pointer = WRONG[name]
    assert tree.check(definition)[0].pointer == pointer
    assert not jsonschema.Draft202012Validator(json_schema()).is_valid(definition)


@pytest.mark.parametrize(
    ("definition", "pointer"),
    [
        ({"did": "a", "exactly": 1, "at_most": 2}, "/exactly"),
        ({"did": "a", "gt": 5}, "/gt"),
        ({"did": "a", "sum": "total"}, ""),
        ({"did": "a", "sum": "total", "max": "total", "gt": 1}, "/max"),
        ({"did_not": "a", "at_least": 1}, "/at_least"),
        ({"did": "a", "between": [None, None]}, "/between"),
        ({"did": "a", "between": ["2026-02-30", None]}, "/between/0"),
        ({"trait": "a..b", "is": 1}, "/trait"),
        ({"trait": "a\0b", "is": 1}, "/trait"),
        ({"trait": "a", "before": "tomorrow"}, "/before"),
    ],
)
def test_what_a_schema_cannot_say_is_checked_as_well(definition, pointer):
    assert tree.check(definition)[0].pointer == pointer


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_a_rich_definition_passes_both():
    assert tree.check(RICH) == []
    jsonschema.Draft202012Validator(json_schema()).validate(RICH)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(definitions)
def test_whatever_can_be_computed_fits_the_schema(definition):
    assert tree.check(definition) == []
    assert jsonschema.Draft202012Validator(json_schema()).is_valid(definition)


def test_depth_and_size_are_limited():
    deep = {"all": []}
    for _ in range(21):
        deep = {"not": deep}
    assert "deep" in tree.check(deep)[0].message
    assert "at most 200" in tree.check({"all": [{"all": []}] * 201})[0].message


def test_twenty_levels_are_allowed():
    deep = {"all": []}
    for _ in range(20):
        deep = {"not": deep}
    assert tree.check(deep) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("clause", "words"),
    [
        ({"all": []}, "everybody"),
        ({"trait": "first_name", "is": "Ada"}, "First name is “Ada”"),
        ({"did": "Order Completed", "at_least": 3, "within": "30d", "where": [{"property": "total", "gt": 50}]},
         "has done “Order Completed” at least 3 times in the last 30 days where total is more than 50"),
        ({"did_not": "Order Completed", "within": "1y"}, "has not done “Order Completed” in the last 1 year"),
        ({"any": [{"consent": "news", "channel": "email"}, {"in_segment": "vip"}]},
         "has consented to “news” by Email or is in segment “vip”"),
        ({"trait": "renews_at", "before": "+7d"}, "Renews at is before 7 days from now"),
        ({"did": "A", "sum": "total", "gte": 12.5}, "has done “A” with sum of total is at least 12.5"),
    ],
)  # fmt: skip
def test_a_definition_is_said_in_words(clause, words):
    assert tree.describe_clause(clause) == words


@pytest.mark.django_db
def test_words_name_purposes_as_people_do():
    Purpose.objects.create(key="monthly", name="Monthly letter")
    assert tree.describe_clause({"consent": "monthly"}) == "has consented to “Monthly letter”"
    assert tree.describe_clause({"consent": "gone"}) == "has consented to “gone”"


def test_words_leave_out_what_is_still_being_filled_in():
    blank, whole = {"trait": "", "is": ""}, {"trait": "city", "is": "York"}
    assert tree.complete({"all": [blank]}) is None
    assert tree.complete({"all": [blank, {"any": [blank]}, {"not": blank}, whole]}) == {"all": [whole]}
    assert tree.complete({"all": []}) == {"all": []}
