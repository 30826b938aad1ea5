"""What is said about segments as sets agrees with who is in them."""

import datetime as dt
import uuid

import pytest

from rapport.segments.models import Segment
from rapport.segments.queries import analysis
from rapport.segments.tests.conftest import NOW

DAY = dt.timedelta(days=1)


@pytest.fixture
def make(db):
    return lambda key: Segment.objects.create(key=key, name=key, definition={"all": []})


def put(world, segment, *people, member=1):
    rows = [
        {"segment_id": segment.pk, "person_id": person, "member": member, "version": 1} for person in people
    ]
    world.insert("segment_members", rows)


def move(world, segment, person, at, entered=1):
    row = {"segment_id": segment.pk, "person_id": person, "entered": entered, "at": at.isoformat()}
    world.insert("segment_moves", [row])


def test_overlap_counts_every_combination(world, make):
    a, b, c = (make(key) for key in "abc")
    ada, bob, eve = (uuid.uuid4() for _ in range(3))
    put(world, a, ada, bob)
    put(world, b, ada, bob, eve)
    put(world, c, ada)
    counts = {part.inside: part.count for part in analysis.overlap([a, b, c])}
    assert counts == {(0, 1, 2): 1, (0, 1): 1, (1,): 1}


def test_comparison_finds_what_tells_members_apart(world, make):
    a = make("a")
    inside = [world.person({"plan": "pro", "shoe": "42"}) for _ in range(20)]
    for _ in range(40):
        world.person({"plan": "free", "shoe": "42"})
    put(world, a, *inside)
    world.events([(person, "Order Completed", NOW, {}) for person in inside])
    compared = analysis.comparison(a, now=NOW)
    traits = {(row.name, row.value, row.inside) for row in compared["traits"]}
    assert traits == {("plan", "free", 0), ("plan", "pro", 20)}
    assert [(row.name, round(row.lift, 1)) for row in compared["events"]] == [("Order Completed", 3.0)]


def test_comparison_says_nothing_of_few(world, make):
    a = make("a")
    put(world, a, *[world.person({"plan": "pro"}) for _ in range(4)])
    world.person({"plan": "free"})
    assert analysis.comparison(a, now=NOW)["traits"] == []


def test_conversion_counts_who_goes_on_in_time(world, make):
    a, b = make("a"), make("b")
    quick, slow, early, late = (uuid.uuid4() for _ in range(4))
    for person in (quick, slow, early, late):
        move(world, a, person, NOW - 20 * DAY)
    move(world, b, quick, NOW - 19 * DAY)
    move(world, b, slow, NOW - 15 * DAY)
    move(world, b, early, NOW - 21 * DAY)
    move(world, b, late, NOW - 2 * DAY)
    converted = analysis.conversion(a, b, since=NOW - 30 * DAY, until=NOW, days=7)
    assert (converted.started, converted.reached, converted.median) == (4, 2, DAY)
    assert converted.curve == [0, 1, 1, 1, 1, 2, 2]


def test_history_is_newest_first_and_of_one_person(world, make):
    a, ada, bob = make("a"), uuid.uuid4(), uuid.uuid4()
    move(world, a, ada, NOW - 2 * DAY)
    move(world, a, bob, NOW - DAY)
    move(world, a, ada, NOW, entered=0)
    assert [(m.person_id, m.entered) for m in analysis.moves(a)] == [(ada, False), (bob, True), (ada, True)]
    assert [m.entered for m in analysis.moves(a, person_id=ada, before=NOW)] == [True]


def test_each_change_of_membership_stays_in_the_history(world, make):
    a, ada = make("a"), uuid.uuid4()
    put(world, a, ada)
    put(world, a, ada, member=0)
    assert [m.entered for m in analysis.moves(a)].count(True) == 1
    assert len(analysis.moves(a)) == 2
