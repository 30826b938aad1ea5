"""The people pages, on the real engines."""

from __future__ import annotations

import json
import uuid

import pytest
from django.urls import reverse

from rapport.core.models import User
from rapport.people.models import Person

ROWS = "core/list/body.html"


def _visitor(number: int) -> dict:
    return {
        "type": "identify",
        "userId": f"c-{number}",
        "traits": {"name": f"Customer {number:02}", "email": f"c{number}@example.org", "country": "GB"},
    }


def test_the_list_shows_people_and_finds_them_by_name(page, live):
    live.ingest([_visitor(1), _visitor(2)])
    html = page.get("/people/?q=customer+02").content.decode()
    assert "Customer 02" in html
    assert "Customer 01" not in html


@pytest.mark.parametrize("text", ["c2@example.org", "user_id:c-2", "C2@EXAMPLE", "+44 20 7946 0002"])
def test_the_search_finds_by_each_identifier(page, live, text):
    live.ingest([_visitor(1), _visitor(2)])
    live.ingest([{"type": "identify", "userId": "c-2", "traits": {"phone": "+442079460002"}}])
    html = page.get("/people/", {"q": text}).content.decode()
    assert "Customer 02" in html
    assert "Customer 01" not in html


def test_an_empty_list_offers_the_first_step(page, live):
    html = page.get("/people/").content.decode()
    assert reverse("people:new") in html
    assert "Nobody here yet" in html


def test_adding_a_person_by_hand_opens_his_profile(page, live):
    answer = page.post("/people/new/", {"name": "Grace", "email": "Grace@Example.org"})
    person = Person.objects.get(email="grace@example.org")
    assert answer.headers["Location"] == f"/people/{person.pk}/"


def test_a_person_without_any_identifier_is_refused_beside_the_form(page, live):
    answer = page.post("/people/new/", {"name": "Grace"})
    assert answer.status_code == 422
    assert "Give an email address" in answer.content.decode()


def test_the_profile_shows_traits_with_their_source_and_event(page, person):
    ada = person(name="Ada", city="London")
    html = page.get(f"/people/{ada.pk}/").content.decode()
    assert "London" in html
    message = ada.trait_facts["city"]["message_id"]
    assert reverse("events:event", args=[ada.pk, message]) in html


def test_the_profile_names_the_panels_of_other_apps(page, person):
    html = page.get(f"/people/{person(name='Ada').pk}/").content.decode()
    for url in ("events:person_timeline", "governance:person_consents", "governance:person_privacy"):
        assert reverse(url, args=[Person.objects.get().pk]) in html


def test_a_trait_edited_in_place_is_kept_with_who_did_it(page, person):
    ada = person(name="Ada", city="London")
    answer = page.post(f"/people/{ada.pk}/traits/", {"name": "city", "value": "Paris"})
    ada.refresh_from_db()
    assert ada.traits["city"] == "Paris"
    assert "Paris" in answer.content.decode()
    assert "ada@example.org" in answer.content.decode()


def test_an_edited_trait_can_be_undone(page, person):
    ada = person(name="Ada", city="London")
    answer = page.post(f"/people/{ada.pk}/traits/", {"name": "city", "value": "Paris"})
    page.post(json.loads(answer.headers["HX-Trigger"])["toast"]["undo"])
    ada.refresh_from_db()
    assert ada.traits["city"] == "London"


def test_a_number_stays_a_number_when_edited(page, person):
    ada = person(name="Ada", age=41)
    page.post(f"/people/{ada.pk}/traits/", {"name": "age", "value": "42"})
    ada.refresh_from_db()
    assert ada.traits["age"] == 42


def test_a_bad_e_mail_is_refused_beside_the_field(page, person):
    ada = person(name="Ada")
    answer = page.post(f"/people/{ada.pk}/traits/", {"name": "email", "value": "nonsense"})
    assert answer.status_code == 422
    assert "Give an email address" in answer.content.decode()


def test_the_origin_says_which_event_joined_two_profiles(page, live, actor):
    from rapport.people.queries import find

    live.ingest([{"type": "page", "anonymousId": "browser-1", "name": "Home"}])
    live.ingest([{"type": "identify", "userId": "c-1", "traits": {"name": "Ada"}}])
    live.ingest(
        [
            {
                "type": "identify",
                "userId": "c-1",
                "anonymousId": "browser-1",
                "messageId": "the-login",
                "traits": {},
            }
        ]
    )
    ada = find(actor, "user_id:c-1")
    html = page.get(f"/people/{ada.pk}/origin/").content.decode()
    assert "Merged" in html
    assert reverse("events:event", args=[ada.pk, "the-login"]) in html


def test_the_old_address_of_a_merged_person_leads_to_the_survivor(page, live, actor):
    from rapport.people.queries import find

    live.ingest([{"type": "page", "anonymousId": "browser-1", "name": "Home"}])
    live.ingest([{"type": "identify", "userId": "c-1", "traits": {}}])
    absorbed = find(actor, "anonymous_id:browser-1").pk
    live.ingest([{"type": "identify", "userId": "c-1", "anonymousId": "browser-1", "traits": {}}])
    ada = find(actor, "user_id:c-1")
    assert page.get(f"/people/{absorbed}/").headers["Location"] == f"/people/{ada.pk}/"


def test_joined_profiles_can_be_parted_again(page, live, actor):
    from rapport.people.models import Merge
    from rapport.people.queries import find

    live.ingest([{"type": "page", "anonymousId": "browser-1", "name": "Home"}])
    live.ingest([{"type": "identify", "userId": "c-1", "traits": {}}])
    live.ingest([{"type": "identify", "userId": "c-1", "anonymousId": "browser-1", "traits": {}}])
    ada, merge = find(actor, "user_id:c-1"), Merge.objects.get()
    page.post(f"/people/{ada.pk}/merges/{merge.pk}/undo/")
    assert find(actor, "anonymous_id:browser-1") != ada


def test_an_unknown_person_is_not_found(page, live):
    assert page.get(f"/people/{uuid.uuid4()}/").status_code == 404


def test_companies_are_listed_with_their_people(page, live):
    live.ingest(
        [
            {"type": "identify", "userId": "c-1", "traits": {"name": "Ada"}},
            {"type": "group", "userId": "c-1", "groupId": "acme", "traits": {"name": "Acme", "plan": "gold"}},
        ]
    )
    html = page.get("/people/companies/").content.decode()
    assert "Acme" in html
    company = Person.objects.get().companies.get()
    assert "gold" in page.get(f"/people/companies/{company.pk}/").content.decode()


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("analyst", 403), ("agent", 200)])
def test_only_who_may_edit_people_may_edit_a_trait(client, person, role, status):
    ada = person(name="Ada")
    client.force_login(User.objects.create_user("b@example.org", "correct horse battery", roles=[role]))
    assert client.get(f"/people/{ada.pk}/traits/edit/?name=name").status_code == status


def test_a_viewer_cannot_set_a_trait(client, person):
    ada = person(name="Ada")
    client.force_login(User.objects.create_user("b@example.org", "correct horse battery", roles=["viewer"]))
    assert client.post(f"/people/{ada.pk}/traits/", {"name": "city", "value": "X"}).status_code == 403


def test_nobody_sees_people_without_signing_in(client, db):
    assert client.get("/people/").headers["Location"].startswith("/account/login/")
