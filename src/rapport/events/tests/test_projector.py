"""Which people the projector takes, when, and what is told of them."""

from __future__ import annotations

import uuid

import pytest

from rapport.core.services import spool
from rapport.people import registry
from rapport.people.models import ChangeSet, Person
from rapport.people.services import changes, projector
from rapport.people.services.changes import ANYTHING, CONSENTS, event, mark, mark_changed

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
# All of one division, and two of the next.
ADA, BOB, CAY = (uuid.UUID(int=number) for number in (2, 4, 6))
DAN, EVE = (uuid.UUID(int=number) for number in (3, 5))
PAGE = event("Page Viewed")


@pytest.fixture(autouse=True)
def two_divisions(settings):
    settings.PROJECTORS = 2


@pytest.fixture
def seen(monkeypatch):
    """What a projection is told, round by round."""
    rounds = []
    probe = registry.Projection("probe", lambda changed, _now: rounds.append(dict(changed)))
    monkeypatch.setattr(projector, "project", lambda people, clock: rounds.append(set(people)))
    with registry.PROJECTIONS.temporarily(probe, alone=True):
        yield rounds


def people(*ids, **fields):
    for person in ids:
        moment = "2026-01-01T00:00:00Z"
        Person.objects.create(pk=person, first_seen_at=moment, last_seen_at=moment, **fields)


def test_people_of_several_sets_are_taken_once_with_all_that_changed():
    mark_changed([ADA, BOB])
    mark({BOB: {PAGE}, CAY: {PAGE, CONSENTS}})
    look = projector.take(0, 10)
    assert (len(look.sets), look.mentions) == (2, 4)
    assert look.changes == {ADA: {ANYTHING}, BOB: {ANYTHING, PAGE}, CAY: {PAGE, CONSENTS}}


def test_sets_beyond_the_limit_wait():
    mark_changed([ADA, BOB])
    mark_changed([BOB], PAGE)
    mark_changed([CAY])
    look = projector.take(0, 2)
    assert (len(look.sets), look.changes.keys()) == (2, {ADA, BOB})


def test_a_set_larger_than_the_limit_is_taken_alone():
    mark_changed([ADA, BOB])
    mark_changed([CAY])
    look = projector.take(0, 1)
    assert (len(look.sets), look.changes.keys()) == (1, {ADA, BOB})


def test_people_wait_until_clickhouse_has_their_block():
    block = spool.put("events", [b"{}"])
    mark_changed([ADA], after_block=block)
    mark_changed([BOB])
    assert projector.take(0, 10).changes.keys() == {BOB}


def test_people_are_divided_among_projectors():
    mark_changed([ADA, DAN, BOB, EVE])
    assert projector.take(0, 10).changes.keys() == {ADA, BOB}
    assert projector.take(1, 10).changes.keys() == {DAN, EVE}


def test_what_is_left_of_more_divisions_is_taken_by_the_first(settings):
    settings.PROJECTORS = 3
    mark_changed([ADA, DAN, EVE])
    settings.PROJECTORS = 1
    assert projector.take(0, 10).changes.keys() == {ADA, DAN, EVE}


def test_a_row_is_written_only_for_those_of_whom_something_in_it_changed(seen):
    people(ADA, BOB, CAY)
    mark({ADA: {PAGE}, BOB: {changes.TIME}, CAY: {CONSENTS}})
    assert projector.run_once() == 3
    assert seen == [{CAY}, {ADA: {PAGE}, BOB: {changes.TIME}, CAY: {CONSENTS}}]
    assert not ChangeSet.objects.exists()


def test_whoever_became_part_of_somebody_elsewhere_is_handed_on(seen):
    people(DAN, BOB)
    people(ADA, merged_into_id=DAN)
    mark({ADA: {PAGE}, BOB: {PAGE}})
    assert projector.Projector(0).run_once() == 2
    assert seen[-1] == {BOB: {PAGE}}
    assert projector.take(1, 10).changes == {DAN: {PAGE}}


def test_how_often_people_were_named_is_what_a_rest_gains(seen):
    people(ADA, BOB)
    for _ in range(3):
        mark_changed([ADA, BOB], PAGE)
    worker = projector.Projector(0)
    worker.run_once()
    assert worker.repeats == 3
