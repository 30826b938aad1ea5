"""One change for many people, watched and taken back."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync

from rapport.core.models import BulkChange, BulkChangeItem
from rapport.people.models import CompanyMember, Person
from rapport.people.services import company_edits

pytestmark = pytest.mark.postgres


@pytest.fixture
def people(person):
    return [person(name=f"Customer {number}", plan="free") for number in range(3)]


def plans():
    return sorted(person.traits.get("plan", "-") for person in Person.objects.all())


def read(answer):
    async def whole():
        return b"".join([chunk async for chunk in answer.streaming_content]).decode("utf-8-sig")

    return async_to_sync(whole)()


def choose(page, action, chosen):
    answer = page.post("/people/", {"action": action, "row": [str(person.pk) for person in chosen]})
    return answer["Location"]


def test_a_trait_is_set_for_the_chosen_and_taken_back(page, people):
    place = choose(page, "set_trait", people[:2])
    assert "2 rows" in page.get(place).content.decode()
    page.post(place, {"name": "plan", "value": "gold"})
    assert plans() == ["free", "gold", "gold"]
    assert "Done" in page.get(place).content.decode()
    page.post(f"{place}undo/")
    assert plans() == ["free", "free", "free"]


def test_taking_back_leaves_what_was_changed_since(page, people, actor):
    from rapport.people.services.profile import set_traits

    place = choose(page, "set_trait", people[:2])
    page.post(place, {"name": "plan", "value": "gold"})
    set_traits(actor=actor, person_id=people[0].pk, traits={"plan": "silver"}, source="by hand: ada")
    page.post(f"{place}undo/")
    assert plans() == ["free", "free", "silver"]


def test_a_value_that_does_not_fit_is_refused_before_anything_happens(page, people):
    place = choose(page, "set_trait", people)
    assert page.post(place, {"name": "age", "value": "old"}).status_code == 422
    assert BulkChange.objects.get().state == "draft"


def test_the_chosen_join_a_company_and_leave_it_again(page, people, actor):
    acme = company_edits.create_company(actor=actor, name="Acme")
    company_edits.set_member(actor=actor, company_id=acme.pk, person_id=people[0].pk)
    place = choose(page, "add_to_company", people)
    page.post(place, {"company": str(acme.pk), "role": "Buyer"})
    assert CompanyMember.objects.count() == 3
    page.post(f"{place}undo/")
    assert CompanyMember.objects.get().person_id == people[0].pk


def test_everybody_who_matches_can_be_chosen(page, people):
    answer = page.post("/people/?q=Customer", {"action": "set_trait", "everything": "1"})
    assert BulkChangeItem.objects.count() == 3
    assert "/changes/" in answer["Location"]


def test_the_chosen_are_exported_alone(page, people):
    answer = page.post("/people/", {"action": "export", "row": [str(people[0].pk)]})
    lines = read(answer).splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == ["Customer 0"]


def test_another_colleague_does_not_see_it(page, people, client, django_user_model):
    place = choose(page, "set_trait", people)
    other = django_user_model.objects.create_user("bob@example.org", "x", name="Bob", roles=["owner"])
    client.force_login(other)
    assert client.get(place).status_code == 404
