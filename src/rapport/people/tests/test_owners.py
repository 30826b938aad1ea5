"""Owners and teams of persons and companies: assigned, taken back, merged, filtered, and explained."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from rapport.core import access
from rapport.core.models import AuditEntry, OwnerChange, Role, Team, User
from rapport.core.services import keys, ownership, roles, teams
from rapport.people import queries
from rapport.people.models import Company, Person
from rapport.people.services import merging, profile, unmerging

pytestmark = pytest.mark.django_db


@pytest.fixture
def north(db):
    return Team.objects.create(name="North")


@pytest.fixture
def sam(north):
    """Sees and changes own records only, in team North; records without an owner are not theirs."""
    from rapport.core.models import Workspace

    Workspace.objects.create(unowned_for_all=False)
    Role.objects.create(key="own", name="Own", grants={"people.view": "own", "people.edit": "own"})
    user = User.objects.create_user("sam@example.org", roles=["own"], name="Sam")
    user.teams.set([north])
    return user


def assigned(person):
    return Person.objects.values_list("owner__email", "team__name").get(pk=person.pk)


def test_records_are_assigned_with_audit_lines_and_taken_back(actor, person, sam, north, user):
    ada, bob = person(email="ada@example.com"), person(email="bob@example.com")
    Person.objects.filter(pk=bob.pk).update(owner=user)
    change = ownership.choose(actor=actor, kind="person", rows=Person.objects.all())
    ownership.assign(actor=actor, change=change, to={"owner_id": sam.pk, "team_id": north.pk})
    assert assigned(ada) == assigned(bob) == ("sam@example.org", "North")
    assert AuditEntry.objects.filter(action="person.assigned").count() == 2
    ownership.take_back(actor=actor, change=change)
    assert (assigned(ada), assigned(bob)) == ((None, None), ("ada@example.org", None))


def test_what_was_assigned_anew_since_is_not_taken_back(actor, person, sam, user):
    ada = person(email="ada@example.com")
    first = ownership.assign_one(actor=actor, kind="person", record_id=ada.pk, to={"owner_id": sam.pk})
    ownership.assign_one(actor=actor, kind="person", record_id=ada.pk, to={"owner_id": user.pk})
    ownership.take_back(actor=actor, change=first)
    assert assigned(ada) == ("ada@example.org", None)


def test_taking_back_needs_reach_over_the_records_too(actor, person, sam, user):
    ada, bob = person(email="ada@example.com"), person(email="bob@example.com")
    Person.objects.filter(pk=bob.pk).update(owner=sam)
    change = ownership.choose(actor=actor, kind="person", rows=Person.objects.all())
    ownership.assign(actor=actor, change=change, to={"owner_id": user.pk})
    ownership.take_back(actor=access.for_user(sam), change=change)
    assert (assigned(ada), assigned(bob)) == (("ada@example.org", None), ("sam@example.org", None))
    again = ownership.assign_one(actor=actor, kind="person", record_id=ada.pk, to={"owner_id": None})
    with pytest.raises(ValidationError):
        ownership.take_back(actor=access.for_user(sam), change=again)


@pytest.mark.parametrize("to", [{}, {"owner_id": 0x7FFFFFF}, {"team_id": 0x7FFFFFF}], ids=str)
def test_nobody_is_no_owner_of_anything(actor, person, to):
    ada = person(email="ada@example.com")
    with pytest.raises(ValidationError):
        ownership.assign_one(actor=actor, kind="person", record_id=ada.pk, to=to)


def test_who_may_change_own_records_only_is_refused_others(actor, person, sam):
    Role.objects.filter(key="own").update(grants={"people.view": "all", "people.edit": "own"})
    own, other = person(email="ada@example.com"), person(email="bob@example.com")
    Person.objects.filter(pk=own.pk).update(owner=sam)
    narrow = access.for_user(sam)
    profile.set_traits(actor=narrow, person_id=own.pk, traits={"vip": True}, source="test")
    for attempt in (
        lambda: profile.set_traits(actor=narrow, person_id=other.pk, traits={"vip": True}, source="test"),
        lambda: merging.merge_people(actor=narrow, survivor_id=own.pk, absorbed_id=other.pk, rule="by hand"),
    ):
        with pytest.raises(PermissionDenied, match="other records"):
            attempt()
    with pytest.raises(ValidationError):
        ownership.assign_one(actor=narrow, kind="person", record_id=other.pk, to={"owner_id": sam.pk})


def test_whoever_sees_own_records_only_owns_whom_they_make(sam, person):
    narrow = access.for_user(sam)
    new = profile.create_person(
        actor=narrow, identifiers=[("email", "new@example.com")], traits={}, source="test"
    )
    assert queries.person_for(narrow, new.pk).owner == sam
    person(email="old@example.com")
    with pytest.raises(PermissionDenied):
        profile.create_person(
            actor=narrow, identifiers=[("email", "old@example.com")], traits={}, source="test"
        )


def test_a_survivor_without_an_owner_takes_the_absorbed_persons_until_the_merge_is_undone(actor, person, sam):
    ada, bob = person(email="ada@example.com"), person(email="bob@example.com")
    Person.objects.filter(pk=bob.pk).update(owner=sam)
    merge = merging.merge_people(actor=actor, survivor_id=ada.pk, absorbed_id=bob.pk, rule="by hand")
    assert assigned(ada) == ("sam@example.org", None)
    unmerging.undo_merge(actor=actor, merge=merge)
    assert (assigned(ada), assigned(bob)) == ((None, None), ("sam@example.org", None))


def test_chosen_people_are_assigned_on_a_page_and_given_back(page, person, sam):
    ada = person(email="ada@example.com")
    person(email="bob@example.com")
    form_page = page.post("/people/", {"action": "assign", "row": [str(ada.pk)]})
    form = page.get(form_page["Location"])
    assert b"Assign 1 record" in form.content
    page.post(form_page["Location"], {"owner": sam.pk, "next": "/people/"})
    assert assigned(ada) == ("sam@example.org", None)
    listed = json.dumps({"all": [{"field": "owner", "op": "is", "value": [str(sam.pk)]}]})
    assert page.get("/people/", {"filter": listed}).context["count"] == 1
    nobody = json.dumps({"all": [{"field": "owner", "op": "is", "value": ["none"]}]})
    assert page.get("/people/", {"filter": nobody}).context["count"] == 1
    page.post(f"/assignments/{OwnerChange.objects.get().pk}/undo/")
    assert assigned(ada) == (None, None)


def test_another_users_choice_cannot_be_assigned(page, actor, person, sam):
    person(email="ada@example.com")
    change = ownership.choose(actor=access.for_user(sam), kind="person", rows=Person.objects.all())
    assert page.get(f"/assignments/{change.pk}/").status_code == 404


def test_owner_and_team_are_edited_on_the_record(page, person, sam, north):
    ada = person(email="ada@example.com")
    url = f"/people/{ada.pk}/owner/"
    assert b"Sam" in page.get(url).content
    assert page.post(url, {"edit": "owner", "value": sam.pk}).content == b"Sam"
    assert page.post(url, {"edit": "team", "value": north.pk}).content == b"North"
    assert page.post(url, {"edit": "team", "value": "999"}).status_code == 422
    assert assigned(ada) == ("sam@example.org", "North")


def test_owner_and_team_are_fields_of_the_api(client, actor, person, sam, north):
    ada = person(email="ada@example.com")
    acme = Company.objects.create(id=ada.pk, group_id="acme", name="Acme")
    _key, secret = keys.create(actor=actor, name="x", role="admin")

    def patch(path, body):
        headers = {"authorization": f"Bearer {secret}"}
        return client.patch(f"/api/v1{path}", body, content_type="application/json", headers=headers)

    for path in (f"/people/{ada.pk}", f"/companies/{acme.pk}"):
        answer = patch(path, {"owner_id": sam.pk, "team_id": north.pk}).json()
        assert (answer["owner_id"], answer["team_id"]) == (sam.pk, north.pk)
        assert patch(path, {"team_id": None}).json()["team_id"] is None
        assert patch(path, {"owner_id": 999_999}).status_code == 422


def test_a_team_is_made_on_its_page_and_not_deleted_while_it_has_records(page, actor, person, user):
    page.post("/settings/teams/", {"name": "North", "members": [user.pk]})
    north = Team.objects.get()
    assert list(north.members.all()) == [user]
    assert page.post("/settings/teams/", {"name": "NORTH"}).status_code == 422
    page.post(f"/settings/teams/{north.pk}/", {"name": "Far North"})
    north.refresh_from_db()
    assert (north.name, north.members.count()) == ("Far North", 0)
    ada = person(email="ada@example.com")
    ownership.assign_one(actor=actor, kind="person", record_id=ada.pk, to={"team_id": north.pk})
    with pytest.raises(ValidationError):
        teams.delete_team(actor=actor, team=north)
    Person.objects.update(team=None)
    page.post(f"/settings/teams/{north.pk}/deletion/")
    assert not Team.objects.exists()


def test_the_page_says_why_somebody_sees_a_record_or_not(page, actor, person, sam, north):
    ada = person(email="ada@example.com")
    address = {"record": f"http://testserver/people/{ada.pk}/", "user": sam.pk}
    assert b"only for those who see all" in page.get("/settings/why/", address).content
    ownership.assign_one(actor=actor, kind="person", record_id=ada.pk, to={"owner_id": sam.pk})
    assert b"They are its owner." in page.get("/settings/why/", address).content
    ownership.assign_one(
        actor=actor, kind="person", record_id=ada.pk, to={"owner_id": None, "team_id": north.pk}
    )
    assert b"The permission is for own records" in page.get("/settings/why/", address).content
    roles.change_role(actor=actor, key="own", name="Own", grants={"people.view": "team"})
    text = page.get("/settings/why/", address).content.decode()
    assert "assigned to their team North" in text
    assert "None of their roles has this permission" in text
    assert page.get("/settings/why/", {"record": "nothing"}).status_code == 422
