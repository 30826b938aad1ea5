"""Whom no rule of a journey keeps out, and who does not enter all the same."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from rapport.governance.services import restriction
from rapport.journeys.models import Enrolment
from rapport.journeys.services import entering, journeys
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


def test_nobody_goes_round_for_ever(publish, happen, later, new_person, actor, clock, monkeypatch):
    monkeypatch.setattr(entering, "MOST_AN_HOUR", 3)
    row, ada = publish({"a": {"type": "end"}}, entry={"again": "always"}), new_person("Ada")
    for _time in range(5):
        happen(ada, "Signed Up")
    assert Enrolment.objects.count() == 3
    with pytest.raises(ValidationError, match="too often"):
        journeys.enrol(actor=actor, journey_id=row.pk, person_id=ada.pk, clock=clock)
    later(hours=2)
    happen(ada, "Signed Up")
    assert Enrolment.objects.count() == 4
