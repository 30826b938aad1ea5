"""Claims: the same profile in any order, and the source that is believed."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from rapport.people.services.policy import Policy
from rapport.people.services.recompute import restated
from rapport.people.services.traits import (
    Priority,
    claims_of,
    denormalised,
    laid_over,
    merged_facts,
    slot_of,
)

SOURCES = ["by hand: ada", "by hand: bob", "Shop", "Web", "Till"]
ORDER = ["by hand", "Till", "Shop"]
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def rank(slot):
    return ORDER.index(slot) if slot in ORDER else len(ORDER)


PRIORITIES = [None, Priority(rank), Priority(rank, dt.timedelta(days=5))]


def fact(day, source="Web", message_id="m"):
    return {
        "at": (START + dt.timedelta(days=day)).isoformat(timespec="microseconds"),
        "source": source,
        "message_id": message_id,
    }


def some_claims(numbers, many=14):
    """Claims about two traits within 20 days, now and then at the same moment."""
    return [
        (
            {numbers.choice(["city", "plan"]): numbers.choice(["a", "b", 1, True, None])},
            fact(numbers.randrange(20), numbers.choice(SOURCES), f"m{number}"),
        )
        for number in range(many)
    ]


def naive(claims, name, priority):
    """What stands, written down as the rules read, without any storage."""
    statements = [
        (f["at"], f["message_id"], slot_of(f["source"]), values[name])
        for values, f in claims
        if name in values
    ]
    newest = {}
    for at, message, slot, value in sorted(statements, key=lambda s: s[:2]):
        newest[slot] = (at, message, value)
    if not newest:
        return None
    last = max(newest.values(), key=lambda s: s[:2])
    if priority is None:
        return last[2]
    live = newest
    if priority.stale:
        limit = dt.datetime.fromisoformat(last[0]) - priority.stale
        live = {s: c for s, c in newest.items() if dt.datetime.fromisoformat(c[0]) >= limit}
    best = min(priority.rank(slot) for slot in live)
    return max((c for s, c in live.items() if priority.rank(s) == best), key=lambda c: c[:2])[2]


def stated(claims, priority):
    state = ({}, {})
    for values, options in claims:
        state = laid_over(state, values, options, lambda _: priority)
    return state


@pytest.mark.parametrize("priority", PRIORITIES)
@pytest.mark.parametrize("seed", range(60))
def test_every_order_gives_the_same_profile(seed, priority):
    numbers = random.Random(seed)
    claims = some_claims(numbers)
    expected = stated(claims, priority)
    for _ in range(5):
        shuffled = numbers.sample(claims, len(claims)) + numbers.sample(claims, 4)
        assert stated(shuffled, priority) == expected


@pytest.mark.parametrize("priority", PRIORITIES)
@pytest.mark.parametrize("seed", range(60))
def test_what_stands_is_what_a_plain_reading_of_the_rules_gives(seed, priority):
    claims = some_claims(random.Random(1000 + seed))
    traits, _ = stated(claims, priority)
    expected = {name: naive(claims, name, priority) for name in ("city", "plan")}
    assert traits == {name: value for name, value in expected.items() if value is not None}


@pytest.mark.parametrize("seed", range(40))
def test_merging_two_profiles_is_as_if_all_had_been_said_of_one(seed):
    numbers = random.Random(seed)
    claims = some_claims(numbers)
    even, odd = claims[::2], claims[1::2]
    merged = merged_facts(stated(even, PRIORITIES[1]), stated(odd, PRIORITIES[1]), lambda _: PRIORITIES[1])
    assert merged == stated(claims, PRIORITIES[1])


@pytest.mark.parametrize("seed", range(40))
def test_changing_the_rule_later_is_as_if_it_had_always_been_so(seed):
    claims = some_claims(random.Random(seed))
    today = Policy({}, default=PRIORITIES[2])
    assert restated(stated(claims, None), today) == (stated(claims, PRIORITIES[2]), [])


def test_what_lost_stays_visible_with_its_source():
    state = stated([({"city": "Rome"}, fact(1, "Web")), ({"city": "Oslo"}, fact(2, "Shop"))], None)
    assert state[0] == {"city": "Oslo"}
    assert claims_of("city", state)["Web"].value == "Rome"


def test_all_who_write_by_hand_are_one_source():
    state = stated([({"a": 1}, fact(1, "by hand: ada")), ({"a": 2}, fact(2, "by hand: bob"))], None)
    assert state[1]["a"] == fact(2, "by hand: bob")


def test_a_trusted_source_stands_against_newer_claims_until_it_is_stale():
    claims = [({"a": "hand"}, fact(1, "by hand: ada")), ({"a": "web"}, fact(4, "Web"))]
    assert stated(claims, PRIORITIES[2])[0] == {"a": "hand"}
    assert stated([*claims, ({"a": "web again"}, fact(9, "Web"))], PRIORITIES[2])[0] == {"a": "web again"}


def test_the_name_is_made_of_its_parts_where_there_is_no_whole():
    assert denormalised({"first_name": "Ada", "last_name": "King"})[0] == "Ada King"


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("lifetime_value", 1234.5, "1,234.5"),
        ("country", "GB", "United Kingdom"),
        ("products_bought", ["Lamp", "Vase"], "Lamp, Vase"),
        ("customer_number", 14781, "14781"),
        ("last_order_at", "2026-07-13T12:07:00Z", "13 Jul 2026, 13:07"),
    ],
)
def test_values_nobody_defined_are_shown_as_people_write_them(db, name, value, text):
    from zoneinfo import ZoneInfo

    from django.utils import timezone

    from rapport.people.values.formatting import format_trait

    with timezone.override(ZoneInfo("Europe/London")):
        assert format_trait(name, value) == text
