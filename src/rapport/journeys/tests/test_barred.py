"""Whose data must not be processed stands still, and goes on when it may be again."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from rapport.governance.services import restriction
from rapport.journeys.models import Enrolment
from rapport.journeys.services import journeys
from rapport.journeys.tests.conftest import path, run_of

STEPS = {
    "a": {"type": "wait", "for": {"hours": 1}, "next": "b"},
    "b": {"type": "set_traits", "traits": {"vip": True}},
}


def test_a_restricted_person_rests_and_nobody_else(publish, happen, later, new_person, actor, clock):
    publish(STEPS)
    ada, ben = new_person("Ada"), new_person("Ben")
    happen(ada, "Signed Up")
    happen(ben, "Signed Up")
    restriction.restrict(actor=actor, person_id=ada.pk, clock=clock)
    later(hours=2)
    assert (path(run_of(ada)), path(run_of(ben))) == ([], ["a", "b"])
    restriction.lift_restriction(actor=actor, person_id=ada.pk, clock=clock)
    later(days=1)
    assert path(run_of(ada)) == ["a", "b"]


def test_a_restricted_person_does_not_enter(publish, happen, new_person, actor, clock):
    row, ada = publish(STEPS), new_person("Ada")
    restriction.restrict(actor=actor, person_id=ada.pk, clock=clock)
    happen(ada, "Signed Up")
    assert not Enrolment.objects.exists()
    with pytest.raises(ValidationError, match="must not be processed"):
        journeys.enrol(actor=actor, journey_id=row.pk, person_id=ada.pk, clock=clock)
