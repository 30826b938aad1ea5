"""How a segment's size moved: its beginning is no growth, everything else is."""

import datetime as dt

import pytest

from rapport.segments.queries import segments as queries
from rapport.segments.services import recompute, segments
from rapport.segments.tests.conftest import NOW

DAY = dt.timedelta(days=1)


@pytest.fixture
def make(actor):
    return lambda definition: segments.create_segment(actor=actor, name="Buyers", definition=definition)


def test_growth_runs_back_from_the_present_size(world, make):
    ada, segment = world.person({}), make({"all": []})
    at = (NOW - DAY).isoformat()
    world.insert("segment_moves", [{"segment_id": segment.pk, "person_id": ada, "entered": 1, "at": at}])
    segment.size = 1
    series = queries.growth(segment, days=3, today=NOW.date())
    assert [(entered, left, size) for _day, entered, left, size in series] == [
        (0, 0, 0),
        (1, 0, 1),
        (0, 0, 1),
    ]


def test_the_first_computation_is_no_growth_and_what_came_before_and_after_is(world, make):
    people, segment = [world.person({}) for _ in range(4)], make({"all": []})
    segment.first_requested_at, segment.first_computed_at = NOW - DAY, NOW - DAY + dt.timedelta(seconds=5)
    segment.size = 4
    moments = [NOW - 3 * DAY, NOW - DAY + dt.timedelta(seconds=2), segment.first_computed_at, NOW]
    world.insert(
        "segment_moves",
        [
            {"segment_id": segment.pk, "person_id": person, "entered": 1, "at": at.isoformat()}
            for person, at in zip(people, moments, strict=True)
        ],
    )
    assert queries.changes([segment], days=7, now=NOW) == {segment.pk: 2}
    assert [size for *_rest, size in queries.growth(segment, days=7, today=NOW.date())][-2:] == [3, 4]


def test_the_first_computation_of_each_definition_is_noted(world, make):
    segment = make({"all": []})
    recompute.recompute(segment, now=NOW)
    segment.refresh_from_db()
    assert segment.first_computed_at == NOW
    recompute.recompute(segment, now=NOW + DAY, reason="time")
    segment.refresh_from_db()
    assert segment.first_computed_at == NOW
