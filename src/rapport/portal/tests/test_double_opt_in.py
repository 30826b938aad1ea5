"""Double opt-in from the sign-up on a website to the consent: what confirms, what does not, and nobody is flooded."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from rapport.channels.models import SenderIdentity
from rapport.core import access, jobs
from rapport.core.clock import VirtualClock
from rapport.core.models import Job, OutboxEvent
from rapport.events.models import Source
from rapport.governance import observing, queries
from rapport.governance.models import Consent, ConsentRecord, ConsentRequest, Purpose
from rapport.governance.services import consent, double_opt_in, erasure, expiry
from rapport.messaging.models import Delivery
from rapport.messaging.services.as_sent import as_sent
from rapport.messaging.tests import driving
from rapport.messaging.tests.conftest import channel, sink
from rapport.people.models import Person

__all__ = ["channel", "sink"]
pytestmark = pytest.mark.django_db
WORDS = {"purpose": "newsletter", "channel": "email", "wording": "Yes, write to me", "language": "de-AT"}


@pytest.fixture
def sign_up(live: Any, person: Any) -> Any:
    """Somebody signs up on the website, as often as they like; answers with who it is."""
    Purpose.objects.filter(key="newsletter").update(double_opt_in=True)
    Source.objects.create(name="page", kind="website", write_key="wk_page")
    ann = person(email="ann@example.org")
    count = iter(range(1000))

    def send(call: Any = {}, **properties: Any) -> Person:  # noqa: B006
        call = call | {
            "type": "track",
            "event": "Consent Granted",
            "userId": "user-1",
            "messageId": f"s{next(count)}",
        }
        live.ingest([call | {"properties": WORDS | properties}], source="page")
        return ann  # type: ignore[no-any-return]

    return send


def mail(after: dt.timedelta = dt.timedelta(0)) -> None:
    clock = VirtualClock(dt.datetime.now(dt.UTC) + after)
    while jobs.run_once(clock, double_opt_in.JOB):
        pass


def path(row: ConsentRequest) -> str:
    return "/confirm/" + double_opt_in.confirmation_url(row).rpartition("/")[2]


def state(who: Person, purpose: str = "newsletter") -> str:
    row = Consent.objects.filter(person=who, purpose__key=purpose, channel="email").first()
    return row.state if row else ""


def test_a_sign_up_is_pending_and_the_gate_takes_it_for_none(sign_up: Any) -> None:
    ann = sign_up()
    assert state(ann) == "pending"
    newsletter = Purpose.objects.get(key="newsletter")
    assert (newsletter.pk, "email") not in queries.allowed(ann.pk, ["email"])


def test_the_mail_is_an_ordinary_message_in_the_language_of_the_sign_up(sign_up: Any) -> None:
    ann = sign_up()
    mail()
    delivery = Delivery.objects.select_related("send__purpose", "send__template_version").get(person=ann)
    assert not delivery.send.purpose.is_marketing
    assert delivery.send.template_version.subject == "Bitte bestätigen Sie Ihre Anmeldung"
    assert delivery.data["confirm_url"] == double_opt_in.confirmation_url(ConsentRequest.objects.get())
    assert delivery.data["purposes"] == ["Newsletter"]


def test_looking_confirms_nothing_and_the_button_confirms_once(client: Any, sign_up: Any) -> None:
    ann = sign_up()
    row = ConsentRequest.objects.get()
    for method in (client.get, client.head, client.get):
        assert method(path(row)).status_code == 200
    assert state(ann) == "pending"
    for _ in range(3):
        assert client.post(path(row)).status_code == 200
    assert state(ann) == "granted"
    line = ConsentRecord.objects.get(person=ann, state="granted")
    assert (line.source, line.proof["wording"], line.language) == (
        "confirmation page",
        WORDS["wording"],
        "de-AT",
    )
    assert line.evidence["double_opt_in"] is True
    assert queries.allowed(ann.pk, ["email"])


def test_a_link_pressed_again_after_leaving_says_that_they_left(client: Any, sign_up: Any) -> None:
    ann = sign_up()
    row = ConsentRequest.objects.get()
    client.post(path(row))
    consent.record(
        actor=access.system("test"), person_id=ann.pk, purpose="newsletter", channel="email", state="withdrawn",
        at=dt.datetime.now(dt.UTC), source="phone",
    )  # fmt: skip
    for answer in (client.post(path(row)), client.get(path(row))):
        assert "Sie haben sich seitdem abgemeldet" in answer.content.decode()
    assert state(ann) == "withdrawn"


def test_whose_address_comes_after_the_sign_up_is_asked_then(sign_up: Any, live: Any) -> None:
    sign_up()
    ConsentRequest.objects.all().delete()
    sweep = [
        {
            "type": "track",
            "event": "Consent Granted",
            "userId": "user-2",
            "messageId": "b",
            "properties": WORDS,
        }
    ]
    live.ingest(sweep, source="page")
    bob = Person.objects.get(identifiers__value="user-2")
    assert (state(bob), ConsentRequest.objects.filter(person=bob).exists()) == ("pending", False)
    live.ingest(
        [{"type": "identify", "userId": "user-2", "traits": {"email": "bob@example.org"}}], source="page"
    )
    assert [double_opt_in.ask_late(), double_opt_in.ask_late()] == [2, 0]
    row = ConsentRequest.objects.get(person=bob)
    assert (row.purposes, row.evidence["wording"]) == (["newsletter"], WORDS["wording"])


@pytest.mark.parametrize("double", [True, False])
def test_the_mailbox_overturns_what_a_public_key_could_not(
    client: Any, sign_up: Any, live: Any, double: bool
) -> None:
    """Also of a purpose without double opt-in: who has unsubscribed is asked, with the same proof."""
    Purpose.objects.update(double_opt_in=double)
    left = {
        "type": "track",
        "event": "Unsubscribed",
        "userId": "user-1",
        "properties": {"purpose": "newsletter"},
    }
    live.ingest([left])
    ann = sign_up()
    assert state(ann) == "withdrawn"
    mail()
    assert Delivery.objects.count() == 1
    client.post(path(ConsentRequest.objects.get()))
    assert state(ann) == "granted"
    proof = ConsentRecord.objects.filter(state="granted").get().proof
    assert (proof["double_opt_in"], proof["wording"]) == (True, WORDS["wording"])


@pytest.mark.parametrize("token", ["x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "%00"])
def test_a_made_up_link_confirms_nothing(client: Any, token: str) -> None:
    assert client.post(f"/confirm/{token}").status_code == 404


def test_a_request_ends_after_a_week_and_says_so(client: Any, sign_up: Any) -> None:
    ann = sign_up()
    row = ConsentRequest.objects.get()
    ConsentRequest.objects.update(expires_at=dt.datetime.now(dt.UTC))
    answer = client.post(path(row))
    assert (answer.status_code, b"seven days" in answer.content) == (410, True)
    clock = VirtualClock(dt.datetime.now(dt.UTC) + dt.timedelta(days=8))
    jobs.enqueue(actor=access.system("test"), kind=expiry.JOB, payload={}, clock=clock)
    OutboxEvent.objects.all().delete()
    jobs.run_once(clock, expiry.JOB)
    assert state(ann) == "expired"
    assert not OutboxEvent.objects.exists()


def test_signing_up_again_sends_a_few_mails_and_no_more(sign_up: Any) -> None:
    for minutes in range(0, 200, 20):
        sign_up()
        mail(dt.timedelta(minutes=minutes))
        ConsentRequest.objects.update(mailed_at=dt.datetime.now(dt.UTC) - dt.timedelta(minutes=11))
    assert Delivery.objects.count() == double_opt_in.MOST_MAILS
    assert ConsentRequest.objects.get().mails == double_opt_in.MOST_MAILS


def test_two_sign_ups_within_minutes_send_one_mail(sign_up: Any) -> None:
    sign_up()
    sign_up()
    mail()
    mail()
    assert Delivery.objects.count() == 1


def test_a_flood_of_sign_ups_through_a_public_key_waits_and_an_alarm_says_so(
    sign_up: Any, live: Any, settings: Any
) -> None:
    settings.CONFIRMATIONS_PER_HOUR = 3
    sign_up()
    consents = {"type": "track", "event": "Consent Granted", "properties": WORDS}
    strangers = [f"stranger-{number}" for number in range(6)]
    for who in strangers:
        live.ingest([{"type": "identify", "userId": who, "traits": {"email": f"{who}@b.example"}}])
    live.ingest([consents | {"userId": who, "messageId": who} for who in strangers], source="page")
    now = dt.datetime.now(dt.UTC)
    mail()
    assert (ConsentRequest.objects.count(), Delivery.objects.count()) == (7, 3)
    (alarm,) = observing.floods(now)
    assert "page" in alarm.words
    mail(dt.timedelta(minutes=15))
    assert Delivery.objects.count() == 3
    mail(dt.timedelta(minutes=61))
    assert Delivery.objects.count() == 6


def test_an_address_that_changed_since_is_not_confirmed_by_the_old_mailbox(client: Any, sign_up: Any) -> None:
    ann = sign_up()
    row = ConsentRequest.objects.get()
    ConsentRequest.objects.update(address_hash="0" * 64)
    assert client.post(path(row)).status_code == 410
    assert state(ann) == "pending"
    ConsentRequest.objects.update(confirmed_at=row.requested_at)
    later = client.get(path(row))
    assert (later.status_code, b"/preferences/" in later.content) == (410, False)


def test_who_is_forgotten_gets_no_mail_and_confirms_nothing(client: Any, actor: Any, sign_up: Any) -> None:
    ann = sign_up()
    link = path(ConsentRequest.objects.get())
    erasure.erase(actor=actor, person_id=ann.pk)
    mail()
    assert not Delivery.objects.exists()
    assert client.post(link).status_code == 410
    assert not ConsentRequest.objects.exists()


def test_who_has_agreed_is_not_asked_again(client: Any, sign_up: Any) -> None:
    sign_up()
    client.post(path(ConsentRequest.objects.get()))
    ann = sign_up()
    assert (state(ann), ConsentRequest.objects.filter(confirmed_at=None).exists()) == ("granted", False)


def test_a_server_key_grants_without_a_mail(live: Any, person: Any) -> None:
    Purpose.objects.filter(key="newsletter").update(double_opt_in=True)
    ann = person(email="ann@example.org")
    live.ingest([{"type": "track", "event": "Consent Granted", "userId": "user-1", "properties": WORDS}])
    assert (state(ann), ConsentRequest.objects.exists()) == ("granted", False)


def test_a_colleague_and_a_program_may_ask_for_a_confirmation(page: Any, api: Any, person: Any) -> None:
    ann, bob = person(email="ann@example.org"), person(email="bob@example.org")
    form = {"purpose": "newsletter", "channel": "email", "state": "pending", "note": "at the desk"}
    assert page.post(f"/people/{ann.pk}/consents/", form).status_code == 200
    body = {"purpose": "newsletter", "channel": "email", "state": "pending", "wording": "Yes"}
    assert api("POST", f"/people/{bob.pk}/consents", body)[0] == 201
    assert {row.person_id for row in ConsentRequest.objects.all()} == {ann.pk, bob.pk}
    assert Job.objects.filter(kind=double_opt_in.JOB).count() == 2
    wrong = api("POST", f"/people/{bob.pk}/consents", body | {"channel": "sms"})
    assert wrong[0] == 422


def test_a_withdrawal_after_the_sign_up_and_before_the_button_is_overruled_by_the_button(
    client: Any, sign_up: Any
) -> None:
    ann = sign_up()
    row = ConsentRequest.objects.get()
    consent.record(
        actor=access.system("test"), person_id=ann.pk, purpose="newsletter", channel="email", state="withdrawn",
        at=dt.datetime.now(dt.UTC), source="form",
    )  # fmt: skip
    assert state(ann) == "withdrawn"
    client.post(path(row))
    assert state(ann) == "granted"


def test_the_mail_leads_to_the_page_and_the_page_to_the_consent(
    client: Any, sign_up: Any, channel: Any, sink: Any
) -> None:
    for stream in SenderIdentity.Stream.values:
        SenderIdentity.objects.update_or_create(stream=stream, defaults={"address": "shop@example.com"})
    ann = sign_up()
    mail()
    driving.run_once(VirtualClock(dt.datetime.now(dt.UTC)), channel=channel)
    text = sink.message().get_body(("html",)).get_content()
    (link,) = (url for url in re.findall(r'href="([^"]*)"', text) if "/confirm/" in url)
    assert 'href=""' not in text
    shown = as_sent(Delivery.objects.get())
    assert shown
    assert "/confirm/" not in shown.html + shown.text  # no colleague confirms for them
    client.post("/confirm/" + link.rpartition("/")[2])
    assert state(ann) == "granted"
