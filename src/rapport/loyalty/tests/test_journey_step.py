"""Journeys give points, once for each run, to those who are known."""

from __future__ import annotations

import uuid

from rapport.journeys.models import Enrolment
from rapport.journeys.services import journeys, loop
from rapport.loyalty.models import Entry
from rapport.people.models import Person


def test_a_journey_gives_points_once(program, join, actor, clock):
    member = join().person
    stranger = Person.objects.create(id=uuid.uuid4(), first_seen_at=clock.now(), last_seen_at=clock.now())
    step = {"type": "points", "program": program.key, "points": 50, "next": "w"}
    definition = {
        "trigger": {"type": "api"},
        "start": "p",
        "steps": {"p": step, "w": {"type": "wait", "for": {"days": 1}}},
    }
    row = journeys.create(actor=actor, name="Thanks", definition=definition, clock=clock)
    journeys.publish(actor=actor, journey_id=row.pk, clock=clock)
    for somebody in (member, stranger):
        journeys.enrol(actor=actor, journey_id=row.pk, person_id=somebody.pk, clock=clock)
    loop.run_once(clock)
    loop.run_once(clock)
    [entry] = Entry.objects.all()
    assert (entry.account.person, entry.points, entry.source, entry.note) == (member, 50, "journey", "Thanks")
    passed = Enrolment.objects.get(person=stranger).passages.get()
    assert passed.because == {"points": 0}
