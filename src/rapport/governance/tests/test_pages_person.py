"""Consents and rights on a profile, on the real engines."""

from __future__ import annotations

import json

import pytest

from rapport.core.models import User
from rapport.governance.models import Consent, Purpose
from rapport.people.models import Person

SAID = {"purpose": "newsletter", "channel": "email", "state": "granted", "note": "asked on the phone"}


@pytest.fixture
def ada(person):
    Purpose.objects.get_or_create(key="newsletter", defaults={"name": "Newsletter"})
    return person(name="Ada", email="ada@customer.example")


def test_what_a_person_said_is_recorded_with_the_witness(page, ada):
    html = page.post(f"/people/{ada.pk}/consents/", SAID).content.decode()
    assert Consent.objects.get(person=ada).state == "granted"
    assert "asked on the phone" in html


def test_consent_without_saying_how_one_knows_is_refused(page, ada):
    assert page.post(f"/people/{ada.pk}/consents/", SAID | {"note": ""}).status_code == 422
    assert not Consent.objects.exists()


def test_the_list_of_people_shows_what_they_agreed_to(page, ada):
    page.post(f"/people/{ada.pk}/consents/", SAID)
    name = Purpose.objects.get(key="newsletter").name
    assert name in page.get("/people/").content.decode()


def test_a_person_gets_a_copy_of_everything(page, ada):
    answer = page.post(f"/people/{ada.pk}/export/")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert json.loads(answer.content)["person_id"] == str(ada.pk)


def test_processing_is_restricted_and_allowed_again(page, ada):
    page.post(f"/people/{ada.pk}/restriction/")
    assert Person.objects.get(pk=ada.pk).restricted_at
    page.post(f"/people/{ada.pk}/restriction/", {"lift": "1"})
    assert Person.objects.get(pk=ada.pk).restricted_at is None


def test_nobody_is_erased_unless_his_name_is_typed(page, ada):
    page.post(f"/people/{ada.pk}/erasure/", {"name": "Bob"})
    assert Person.objects.get(pk=ada.pk).erased_at is None


def test_a_person_is_forgotten_when_his_name_is_typed(page, ada):
    page.post(f"/people/{ada.pk}/erasure/", {"name": str(ada)})
    assert page.get(f"/people/{ada.pk}/").status_code == 404


@pytest.mark.parametrize("role", ["viewer", "agent", "marketer"])
def test_only_administrators_erase(client, ada, role):
    client.force_login(User.objects.create_user("b@example.org", "correct horse battery", roles=[role]))
    assert client.post(f"/people/{ada.pk}/erasure/", {"name": "Ada"}).status_code == 403


def test_a_viewer_may_not_take_a_copy(client, ada):
    client.force_login(User.objects.create_user("b@example.org", "correct horse battery", roles=["viewer"]))
    assert client.post(f"/people/{ada.pk}/export/").status_code == 403


def test_the_wording_somebody_agreed_to_is_shown(page, ada, live):
    consent = {"purpose": "newsletter", "channel": "email", "wording": "Yes, write to me"}
    live.ingest([{"type": "track", "event": "Consent Granted", "userId": "u-9", "properties": consent}])
    owner = Person.objects.get(identifiers__value="u-9")
    assert "Yes, write to me" in page.get(f"/people/{owner.pk}/consents/").content.decode()
