"""Which people the projector takes, and when."""

from __future__ import annotations

import uuid

import pytest

from rapport.core.services import spool
from rapport.people.services import projector
from rapport.people.services.changes import mark_changed

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
ADA, BOB, CAY = (uuid.UUID(int=number) for number in (1, 2, 3))


def test_people_of_several_sets_are_taken_once():
    mark_changed([ADA, BOB])
    mark_changed([BOB, CAY], profile=False)
    sets, people, profiles = projector._take(10)
    assert (len(sets), people, profiles) == (2, {ADA, BOB, CAY}, {ADA, BOB})


def test_sets_beyond_the_limit_wait():
    mark_changed([ADA, BOB])
    mark_changed([BOB], profile=False)
    mark_changed([CAY])
    sets, people, _profiles = projector._take(2)
    assert (len(sets), people) == (2, {ADA, BOB})


def test_a_set_larger_than_the_limit_is_taken_alone():
    mark_changed([ADA, BOB])
    mark_changed([CAY])
    sets, people, _profiles = projector._take(1)
    assert (len(sets), people) == (1, {ADA, BOB})


def test_people_wait_until_clickhouse_has_their_block():
    block = spool.put("events", [b"{}"])
    mark_changed([ADA], after_block=block)
    mark_changed([BOB])
    assert projector._take(10)[1] == {BOB}
