"""The preference page: what it offers, what it records, and who may not come in."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from rapport.core import access, crypto
from rapport.core.clock import VirtualClock
from rapport.governance.models import Consent, ConsentRecord, Purpose
from rapport.governance.services import consent
from rapport.governance.tests.conftest import person
from rapport.messaging.services import tokens
from rapport.portal.services import preferences

__all__ = ["person"]
pytestmark = pytest.mark.django_db
START = dt.datetime(2026, 6, 10, tzinfo=dt.UTC)
NEWSLETTER = "newsletter/email"


@pytest.fixture
def ada(person):
    return person(name="Ada", email="ada@example.org")


def address(who):
    return reverse(
        "portal:preferences",
        args=[tokens.preferences_url(who.pk, dt.datetime.now(dt.UTC)).rpartition("/")[2]],
    )


def grant(who, channel="email", state="granted", at=START):
    consent.record(
        actor=access.system("test"), person_id=who.pk, purpose="newsletter", channel=channel, state=state, at=at,
        source="form", clock=VirtualClock(at),
    )  # fmt: skip


def switches(who):
    return {choice.key: choice.on for topic in preferences.topics(who) for choice in topic.choices}


def test_only_purposes_that_are_theirs_to_decide_are_offered(ada):
    Purpose.objects.create(key="invoices", name="Invoices", basis=Purpose.Basis.CONTRACT)
    Purpose.objects.create(key="old", name="Old", archived_at=START)
    offered = {key.partition("/")[0] for key in switches(ada)}
    assert "newsletter" in offered
    assert not offered & {"invoices", "old"}


def test_a_channel_they_once_decided_about_can_be_decided_about_again(ada):
    assert "newsletter/sms" not in switches(ada)
    grant(ada, channel="sms")
    assert switches(ada)["newsletter/sms"]


def test_what_stays_as_it_is_leaves_no_line(ada):
    grant(ada)
    before = ConsentRecord.objects.count()
    wanted = {key for key, on in switches(ada).items() if on}
    assert preferences.choose(person_id=ada.pk, wanted=wanted, clock=VirtualClock(START)).changed == 0
    assert ConsentRecord.objects.count() == before


def test_a_choice_is_recorded_as_their_own_with_the_words_they_read(ada):
    later = VirtualClock(START + dt.timedelta(hours=1))
    assert preferences.choose(person_id=ada.pk, wanted=set(switches(ada)), clock=later).changed
    line = ConsentRecord.objects.filter(person_id=ada.pk, purpose__key="newsletter", channel="email").latest(
        "id"
    )
    purpose = Purpose.objects.get(key="newsletter")
    assert (line.state, line.source, line.at) == ("granted", preferences.SOURCE, later.now())
    assert line.proof["wording"] == (purpose.description or purpose.name)
    assert len(line.proof["wording_sha256"]) == 64


def test_switches_that_there_are_not_change_nothing(ada):
    chosen = preferences.choose(person_id=ada.pk, wanted={"weapons/email", "newsletter/pigeon", ""})
    assert chosen.changed == sum(switches(ada).values())
    assert not Consent.objects.filter(person_id=ada.pk, state="granted").exists()


def test_a_link_of_somebody_merged_away_leads_to_who_they_are_now(ada, person):
    old = person(name="A. Lovelace")
    type(old).objects.filter(pk=old.pk).update(merged_into=ada)
    assert preferences.person_of(old.pk) == ada


def test_an_erased_person_has_no_choices(ada):
    type(ada).objects.filter(pk=ada.pk).update(erased_at=START)
    with pytest.raises(preferences.Erased):
        preferences.choose(person_id=ada.pk, wanted=set())


def test_looking_changes_nothing(client, ada):
    grant(ada)
    for method in (client.get, client.head):
        answer = method(address(ada), {"nothing": "1", "wanted": ""})
        assert answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]
        assert answer["Referrer-Policy"] == "no-referrer"
    assert switches(ada)[NEWSLETTER]


def test_a_page_open_for_long_takes_back_nothing_that_was_decided_meanwhile(client, ada):
    grant(ada)
    page = {"wanted": [NEWSLETTER], "shown": [f"{NEWSLETTER}:on", "offers/email:off"]}
    grant(ada, state="withdrawn", at=START + dt.timedelta(minutes=1))
    answer = client.post(address(ada), page | {"wanted": [NEWSLETTER, "offers/email"]})
    assert "changed elsewhere" in answer.content.decode()
    assert {key for key, on in switches(ada).items() if on} == {"offers/email"}
    answer = client.post(
        address(ada), {"wanted": [NEWSLETTER, "offers/email"], "shown": [f"{NEWSLETTER}:off"]}
    )
    assert switches(ada)[NEWSLETTER]
    client.post(address(ada), {"nothing": "1", "shown": [f"{NEWSLETTER}:off", "offers/email:on"]})
    assert not any(switches(ada).values())


def test_everything_goes_off_at_once(client, ada):
    grant(ada)
    grant(ada, channel="sms")
    page = client.post(address(ada), {"nothing": "1", "wanted": NEWSLETTER})
    assert b'role="status"' in page.content
    assert not any(switches(ada).values())


def test_everything_includes_what_is_archived_and_may_come_back(client, ada):
    grant(ada)
    Purpose.objects.filter(key="newsletter").update(archived_at=START)
    client.post(address(ada), {"nothing": "1"})
    assert (
        Consent.objects.get(person_id=ada.pk, purpose__key="newsletter", channel="email").state == "withdrawn"
    )


@pytest.mark.parametrize("purpose", [tokens.UNSUBSCRIBE, tokens.OPEN])
def test_a_link_for_something_else_does_not_open_it(client, ada, purpose):
    token = crypto.sign(purpose, ada.pk.bytes)
    assert client.get(reverse("portal:preferences", args=[token])).status_code == 404


@pytest.mark.parametrize("token", ["x", "AAAAAAAAAAAAAAAAAAAAAAAA", "%00", "a.b.c"])
def test_a_made_up_link_does_not_open_it(client, token):
    assert client.get(f"/preferences/{token}").status_code == 404
