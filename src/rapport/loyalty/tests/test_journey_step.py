"""Journeys give points, once for each run, to those who are known."""

from __future__ import annotations

import uuid

import pytest

from rapport.journeys.models import Enrolment
from rapport.journeys.services import journeys, loop
from rapport.loyalty.models import Account, Entry, Program
from rapport.people.models import Person


@pytest.fixture
def thanks(program, actor, clock):
    """A journey that gives 50 points."""
    step = {"type": "points", "program": program.key, "points": 50, "next": "w"}
    definition = {
        "trigger": {"type": "api"},
        "start": "p",
        "steps": {"p": step, "w": {"type": "wait", "for": {"days": 1}}},
    }
    row = journeys.create(actor=actor, name="Thanks", definition=definition, clock=clock)
    journeys.publish(actor=actor, journey_id=row.pk, clock=clock)
    return row


def test_a_journey_gives_points_once(thanks, join, actor, clock):
    member = join().person
    stranger = Person.objects.create(id=uuid.uuid4(), first_seen_at=clock.now(), last_seen_at=clock.now())
    for somebody in (member, stranger):
        journeys.enrol(actor=actor, journey_id=thanks.pk, person_id=somebody.pk, clock=clock)
    loop.run_once(clock)
    loop.run_once(clock)
    [entry] = Entry.objects.all()
    assert (entry.account.person, entry.points, entry.source, entry.note) == (member, 50, "journey", "Thanks")
    passed = Enrolment.objects.get(person=stranger).passages.get()
    assert passed.because == {"points": 0}


def test_a_programme_that_has_ended_gives_nothing(thanks, program, join, person, actor, clock):
    """It makes no members either."""
    everybody = [join().person, person(email="new@example.org")]
    for somebody in everybody:
        journeys.enrol(actor=actor, journey_id=thanks.pk, person_id=somebody.pk, clock=clock)
    Program.objects.update(archived_at=clock.now())
    loop.run_once(clock)
    assert (Account.objects.count(), Entry.objects.count()) == (1, 0)
    assert {run.passages.get().because["points"] for run in Enrolment.objects.all()} == {0}
