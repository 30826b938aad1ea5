"""Erasing while somebody merges: whoever comes second waits, and acts on the family as the first left it."""

from __future__ import annotations

import uuid

import pytest
from django.db import transaction

from rapport.core.clock import SYSTEM
from rapport.governance.models import SubjectRequest
from rapport.governance.services import erasure, restriction, verifying
from rapport.people.models import Identifier, Person
from rapport.people.services import families, identity, merging, unmerging

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clickhouse")]


def _merge(actor, survivor, absorbed):
    return merging.merge_people(actor=actor, survivor_id=survivor.pk, absorbed_id=absorbed.pk, rule="by hand")


@pytest.fixture
def two(person):
    return person(email="ada@example.org"), person(email="ada@example.com")


@pytest.mark.parametrize("erased", [0, 1])
@pytest.mark.parametrize("kept", [0, 1])
def test_an_erasure_that_meets_a_merge_erases_both(actor, two, erased, kept, beside):
    with transaction.atomic():
        _merge(actor, two[kept], two[1 - kept])
        other = beside(lambda: erasure.erase(actor=actor, person_id=two[erased].pk))
        assert other.waits_for_a_lock()
    receipt = other.outcome()
    assert set(receipt["person_ids"]) == {str(member.pk) for member in two}
    assert not Identifier.objects.exists()
    assert not Person.objects.exclude(traits={}).exists()
    assert "people.Identifier.value" in receipt["verified_gone"]


@pytest.mark.parametrize("kept", [0, 1])
def test_a_merge_that_meets_an_erasure_is_refused(actor, two, kept, monkeypatch, beside):
    waiting = []

    def look(ids, before=verifying.verified_gone):
        waiting.append(beside(lambda: _merge(actor, two[kept], two[1 - kept])))
        assert waiting[0].waits_for_a_lock()
        return before(ids)

    monkeypatch.setattr(verifying, "verified_gone", look)
    erasure.erase(actor=actor, person_id=two[0].pk)
    assert isinstance(waiting[0].outcome(), merging.CannotMerge)
    assert Person.objects.get(pk=two[1].pk).traits["email"] == "ada@example.com"


def test_an_erasure_that_meets_an_undo_erases_only_who_was_meant(actor, two, beside):
    merge = _merge(actor, *two)
    with transaction.atomic():
        unmerging.undo_merge(actor=actor, merge=merge)
        other = beside(lambda: erasure.erase(actor=actor, person_id=two[1].pk))
        assert other.waits_for_a_lock()
    assert other.outcome()["person_ids"] == [str(two[1].pk)]
    assert set(Person.objects.filter(erased_at=None)) == {two[0]}
    assert Identifier.objects.get().value == "ada@example.org"


def test_an_undo_that_meets_an_erasure_is_refused(actor, two, monkeypatch, beside):
    merge = _merge(actor, *two)
    waiting = []

    def look(ids, before=verifying.verified_gone):
        waiting.append(beside(lambda: unmerging.undo_merge(actor=actor, merge=merge)))
        assert waiting[0].waits_for_a_lock()
        return before(ids)

    monkeypatch.setattr(verifying, "verified_gone", look)
    erasure.erase(actor=actor, person_id=two[0].pk)
    assert isinstance(waiting[0].outcome(), unmerging.CannotUnmerge)
    assert not Person.objects.exclude(traits={}).exists()


def test_an_event_that_meets_an_erasure_makes_a_new_person(actor, two, monkeypatch, beside):
    address = Identifier.objects.get(person=two[0], type="email")
    waiting = []

    def sighting():
        return identity.Sighting([("email", address.value)], SYSTEM.now(), "m-late", "test")

    def hear():
        seen = sighting()
        with transaction.atomic():
            identity.resolve([seen], also=lambda: [seen.person_id] if seen.person_id else [])
        return seen.person_id

    def look(ids, before=verifying.verified_gone):
        waiting.append(beside(hear))
        assert waiting[0].waits_for_a_lock()
        return before(ids)

    monkeypatch.setattr(verifying, "verified_gone", look)
    erasure.erase(actor=actor, person_id=two[0].pk)
    assert isinstance(waiting[0].outcome(), identity.Raced)  # the stream runs such a batch again
    assert hear() != two[0].pk


def test_crossing_merges_are_refused_in_words(actor, person, beside):
    first, second, third = (person(email=f"ada{number}@example.org") for number in range(3))
    with transaction.atomic():
        _merge(actor, first, second)
        crossing = beside(lambda: _merge(actor, second, first))
        chained = beside(lambda: _merge(actor, second, third))
        assert crossing.waits_for_a_lock()
        assert chained.waits_for_a_lock()
    assert isinstance(crossing.outcome(), merging.CannotMerge)
    assert chained.outcome().survivor_id == first.pk


def test_families_that_keep_changing_are_refused_in_words(actor, two, monkeypatch):
    states = iter(range(1000))
    monkeypatch.setattr(
        families.queries, "survivor_of", lambda wanted: {two[0].pk: uuid.UUID(int=next(states))}
    )
    with pytest.raises(merging.CannotMerge, match="Try again"):
        _merge(actor, *two)


def test_what_would_stay_makes_the_erasure_fail_instead_of_claiming_it(actor, two, monkeypatch):
    from rapport.core import registry

    real = registry.personal_data()
    idle = [holder for holder in real if holder.app != "people"]
    people = next(holder for holder in real if holder.app == "people")
    import dataclasses

    lazy = dataclasses.replace(people, erase=lambda ids: {"people.Identifier": 1})
    monkeypatch.setattr(registry, "personal_data", lambda: [*idle, lazy])
    with pytest.raises(verifying.NotErased, match="people"):
        erasure.erase(actor=actor, person_id=two[0].pk)
    assert not SubjectRequest.objects.exists()


def test_a_restriction_that_meets_a_merge_holds_for_both(actor, two, beside):
    with transaction.atomic():
        merge = _merge(actor, *two)
        other = beside(lambda: restriction.restrict(actor=actor, person_id=two[1].pk))
        assert other.waits_for_a_lock()
    assert other.outcome().pk == two[0].pk
    assert set(Person.objects.exclude(restricted_at=None)) == {two[0]}
    assert merge.undone_at is None


def test_whoever_takes_up_somebody_restricted_is_restricted_until_they_are_parted(actor, two):
    restriction.restrict(actor=actor, person_id=two[1].pk)
    merge = _merge(actor, *two)
    assert set(Person.objects.exclude(restricted_at=None)) == set(two)
    unmerging.undo_merge(actor=actor, merge=merge)
    assert set(Person.objects.exclude(restricted_at=None)) == {two[1]}
