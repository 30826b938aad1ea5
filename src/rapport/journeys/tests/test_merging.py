"""Two persons become one and are parted again; somebody is forgotten."""

from __future__ import annotations

from rapport.journeys.models import Enrolment, Passage
from rapport.journeys.services import personal_data
from rapport.journeys.tests.conftest import path, run_of

STEPS = {"a": {"type": "wait", "for": {"hours": 1}, "next": "b"}, "b": {"type": "end"}}


def test_a_merged_person_goes_on_where_they_were(publish, happen, later, new_person):
    publish(STEPS)
    ada, twin = new_person("Ada"), new_person("Twin")
    happen(twin, "Signed Up")
    snapshots = personal_data.merge([(ada.pk, twin.pk)])
    assert run_of(ada).step == "a"
    personal_data.unmerge((ada.pk, twin.pk), snapshots[twin.pk])
    assert run_of(twin).step == "a"
    later(hours=1)
    assert path(run_of(twin)) == ["a", "b"]


def test_of_two_runs_the_earlier_goes_on_and_both_come_back(publish, happen, later, new_person):
    publish(STEPS)
    ada, twin = new_person("Ada"), new_person("Twin")
    happen(twin, "Signed Up")
    later(minutes=10)
    happen(ada, "Signed Up")
    snapshots = personal_data.merge([(ada.pk, twin.pk)])
    assert Enrolment.objects.filter(person=ada, ended_at=None).count() == 1
    assert Enrolment.objects.get(outcome="merged").person_id == ada.pk
    personal_data.unmerge((ada.pk, twin.pk), snapshots[twin.pk])
    assert run_of(ada).ended_at is None
    assert run_of(twin).ended_at is None
    later(hours=1)
    assert (path(run_of(ada)), path(run_of(twin))) == (["a", "b"], ["a", "b"])


def test_a_run_begun_since_stays_when_they_are_parted(publish, happen, later, new_person):
    publish(STEPS, entry={"again": "always"})
    ada, twin = new_person("Ada"), new_person("Twin")
    for person in (twin, ada):
        happen(person, "Signed Up")
    snapshots = personal_data.merge([(ada.pk, twin.pk)])
    later(hours=1)
    happen(ada, "Signed Up")
    personal_data.unmerge((ada.pk, twin.pk), snapshots[twin.pk])
    assert Enrolment.objects.filter(ended_at=None).count() == 1


def test_a_chain_of_merges_ends_with_one_run(publish, happen, new_person):
    publish(STEPS)
    people = [new_person(name) for name in ("Ada", "Bob", "Eve")]
    for person in people:
        happen(person, "Signed Up")
    ada, bob, eve = people
    personal_data.merge([(bob.pk, eve.pk), (ada.pk, bob.pk)])
    assert list(Enrolment.objects.filter(ended_at=None).values_list("person", flat=True)) == [ada.pk]


def test_whoever_is_forgotten_leaves_nothing(publish, happen, later, new_person):
    publish(STEPS)
    ada = new_person("Ada")
    happen(ada, "Signed Up", card="4711")
    later(hours=2)
    assert personal_data.export([ada.pk])["journeys"][0]["data"]["trigger"]["properties"] == {"card": "4711"}
    assert personal_data.erase([ada.pk])["journeys_enrolment"] == 1
    assert not Passage.objects.exists()
