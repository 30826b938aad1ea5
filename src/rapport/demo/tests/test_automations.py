"""The demo's journey."""

from __future__ import annotations

import datetime as dt

from rapport.core.clock import SYSTEM, VirtualClock
from rapport.demo.seeding import automations
from rapport.journeys.models import Enrolment, Journey, Timetable
from rapport.journeys.services import definitions, loop
from rapport.journeys.tests.conftest import clock, new_person, purpose, template

__all__ = ["clock", "new_person", "purpose", "template"]


def test_some_customers_are_on_the_demos_journey(new_person, template, purpose):
    for name in ("Ada", "Bob"):
        person = new_person(name)
        person.is_identified = True
        person.save()
    assert automations.seed()
    assert not automations.seed()
    assert all(definitions.check(row.draft) == [] for row in Journey.objects.all())
    assert Journey.objects.filter(kind="rule").exists()
    assert Timetable.objects.filter(journey__live__isnull=False).exists()
    loop.run_once(SYSTEM)
    assert set(Enrolment.objects.values_list("step", flat=True)) == {"two_days"}
    loop.run_once(VirtualClock(SYSTEM.now() + dt.timedelta(days=3)))
    assert set(Enrolment.objects.values_list("step", flat=True)) <= {"morning", "share"}
