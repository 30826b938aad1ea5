"""Relationships: kinds, both sides, merges, erasure."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import ValidationError

from rapport.people.models import Relationship
from rapport.people.queries import find
from rapport.people.queries import relations as relation_queries
from rapport.people.services import company_edits, relationships
from rapport.people.services.relationships import Tie
from rapport.people.services.unmerging import undo_merge


@pytest.fixture
def relate(actor):
    """`relate("parent", ada, byron)`: Ada is Byron's parent."""

    def make(type_, source, target):
        return relationships.relate(
            actor=actor, tie=Tie(type_, source.pk, other_person=target.pk), source="by hand: ada"
        )

    return make


def labels(actor, person):
    return [relation.label for relation in relation_queries.of_person(actor, person)]


def test_each_side_sees_what_the_other_is(actor, person, relate):
    ada, byron = person(name="Ada"), person(name="Byron")
    relate("parent", ada, byron)
    assert (labels(actor, ada), labels(actor, byron)) == (["Child"], ["Parent"])


def test_a_symmetric_relationship_is_one_row_whoever_says_it(person, relate):
    ada, byron = person(name="Ada"), person(name="Byron")
    relate("spouse", ada, byron)
    with pytest.raises(ValidationError, match="already exists"):
        relate("spouse", byron, ada)


def test_nobody_is_related_to_himself(person, relate):
    ada = person(name="Ada")
    with pytest.raises(ValidationError, match="themselves"):
        relate("spouse", ada, ada)


def test_a_kind_with_companies_takes_a_company(actor, person):
    ada = person(name="Ada")
    acme = company_edits.create_company(actor=actor, name="Acme")
    relationships.relate(actor=actor, tie=Tie("employee", ada.pk, other_company=acme.pk), source="x")
    assert labels(actor, ada) == ["Employer"]
    with pytest.raises(ValidationError, match="a person"):
        relationships.relate(actor=actor, tie=Tie("spouse", ada.pk, other_company=acme.pk), source="x")


def test_kinds_of_the_business_are_added_and_archived(actor, db):
    relationships.add_type(actor=actor, label="Godparent", inverse="Godchild")
    assert relation_queries.kinds()["godparent"].inverse == "Godchild"
    relationships.archive_type(actor=actor, key="godparent")
    assert "godparent" not in relation_queries.kinds()


def merged(live, actor):
    """A visitor becomes part of Ada."""
    live.ingest([{"type": "identify", "userId": "user-1", "anonymousId": "b-1", "traits": {}}])
    return find(actor, "user_id:user-1")


def test_relationships_move_with_a_merge_and_back(live, actor, person, relate):
    person(name="Ada"), live.ingest([{"type": "page", "anonymousId": "b-1"}])
    visitor, byron = find(actor, "anonymous_id:b-1"), person(name="Byron")
    relate("parent", visitor, byron)
    ada = merged(live, actor)
    assert labels(actor, ada) == ["Child"]
    undo_merge(actor=actor, merge=ada.merges_won.get())
    assert (labels(actor, ada), labels(actor, visitor)) == ([], ["Child"])


def test_a_merge_leaves_nobody_related_to_himself_and_nothing_twice(live, actor, person, relate):
    ada = person(name="Ada")
    live.ingest([{"type": "page", "anonymousId": "b-1"}])
    visitor, byron = find(actor, "anonymous_id:b-1"), person(name="Byron")
    for source, target in ((visitor, ada), (visitor, byron), (ada, byron)):
        relate("household", source, target)
    ada = merged(live, actor)
    assert labels(actor, ada) == ["Same household"]
    undo_merge(actor=actor, merge=ada.merges_won.get())
    assert Relationship.objects.count() == 3


def test_the_panel_adds_ends_and_removes(page, person):
    ada, byron = person(name="Ada"), person(name="Byron")
    base = f"/people/{ada.pk}/relationships/"
    page.post(f"{base}add/", {"kind": "parent:inverse", "other": str(byron.pk)})
    row = Relationship.objects.get()
    assert row.person_id == byron.pk
    assert "Byron" in page.get(base).content.decode()
    page.post(f"{base}{row.pk}/", {"end": "1"})
    row.refresh_from_db()
    assert row.until is not None
    page.post(f"{base}{row.pk}/", {"remove": "1"})
    assert not Relationship.objects.exists()


def test_taking_a_relationship_off_can_be_undone(page, person, relate):
    ada, byron = person(name="Ada"), person(name="Byron")
    row = relate("parent", ada, byron)
    answer = page.post(f"/people/{byron.pk}/relationships/{row.pk}/", {"remove": "1"})
    assert not Relationship.objects.exists()
    assert page.post(json.loads(answer.headers["HX-Trigger"])["toast"]["undo"]).status_code == 204
    back = Relationship.objects.get()
    assert (back.type, back.person_id, back.other_person_id) == ("parent", ada.pk, byron.pk)


def test_an_undo_nobody_signed_is_refused(page, person):
    assert page.post(f"/people/{person(name='Ada').pk}/relationships/restore/?tie=x").status_code == 422
