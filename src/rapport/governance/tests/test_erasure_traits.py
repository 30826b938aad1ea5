"""What people know beside the profile is forgotten and handed out with it."""

from __future__ import annotations

import json

import pytest

from rapport.governance.services import erasure
from rapport.people.models import RejectedFact, Relationship
from rapport.people.queries import find
from rapport.people.queries.traits import history
from rapport.people.services import relationships
from rapport.people.services.relationships import Tie


@pytest.fixture
def trait_statements(live, actor):
    """`told(city="Rome")`: a person of whom a source said so."""

    def make(**traits):
        live.ingest([{"type": "identify", "userId": "c-1", "traits": traits}])
        return find(actor, "user_id:c-1")

    return make


def relate(actor, source, target):
    relationships.relate(actor=actor, tie=Tie("parent", source.pk, other_person=target.pk), source="x")


def test_erasing_a_person_erases_refusals_and_history(actor, trait_statements):
    ada = trait_statements(city="Rome", age="?")
    assert [change.new for change in history([ada.pk])] == ["Rome"]
    erasure.erase(actor=actor, person_id=ada.pk)
    assert not RejectedFact.objects.exists()
    assert history([ada.pk]) == []


def test_erasing_a_person_erases_how_he_stood_to_others(actor, person):
    ada, byron = person(name="Ada"), person(name="Byron")
    relate(actor, ada, byron)
    erasure.erase(actor=actor, person_id=byron.pk)
    assert not Relationship.objects.exists()


def test_the_copy_holds_history_refusals_and_relationships(actor, person, trait_statements):
    ada, byron = trait_statements(city="Rome", age="very old"), person(name="Byron")
    relate(actor, ada, byron)
    copy = json.dumps(erasure.export(actor=actor, person_id=ada.pk)["data"]["people"], default=str)
    assert all(word in copy for word in ("Rome", "very old", "parent", "trait_history"))
