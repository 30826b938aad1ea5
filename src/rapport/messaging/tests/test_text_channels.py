"""A text goes the same road as a mail: template, consent, ledger, provider, receipt, and what the person answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rapport.channels.incoming import Choice, Reply
from rapport.channels.models import ChannelAccount
from rapport.channels.services import accounts
from rapport.channels.tests.provider import Provider
from rapport.content.services import previews, templates
from rapport.content.tests.conftest import START
from rapport.core.access import system
from rapport.core.services import incarnations
from rapport.governance.services import consent
from rapport.messaging.models import Delivery, Send
from rapport.messaging.services import arrivals, sends
from rapport.messaging.tests import driving
from rapport.people.models import Identifier

pytestmark = pytest.mark.django_db
NUMBER = "+4915187654321"


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    server = Provider(
        lambda request: (200, {"sid": "SM1", "status": "queued", "messages": [{"id": "wamid.1"}]})
    )
    yield server
    server.close()


@pytest.fixture
def ada(consenting: Any) -> Any:
    person = consenting("ada", phone=NUMBER)
    Identifier.objects.create(person=person, type="phone", value=NUMBER, first_seen_at=START)
    for channel in ("sms", "whatsapp"):
        consent.record(
            actor=system("test"),
            person_id=person.pk,
            purpose="newsletter",
            channel=channel,
            state="granted",
            at=START,
            source="form",
        )
    return person


@pytest.fixture
def send(actor: Any, origin: Any, purpose: Any, clock: Any, ada: Any, template: Any) -> Callable[..., Send]:
    """Writes a template of a channel, orders it for ada and does what the worker does."""

    def run(channel: str, **fields: str) -> Delivery:
        written = templates.create_template(actor=actor, name="T", channel=channel, fields=fields)
        version = templates.publish(actor=actor, template_id=written.pk, clock=clock)
        values = {"purpose": purpose, "channel": channel, "origin": "notice", "version": version}
        ordered = sends.order(actor=actor, origin_id=str(version.pk), clock=clock, **values)
        sends.add_recipients(send=ordered, recipients=[sends.Recipient(ada.pk)], now=clock.now())
        sends.seal(send=ordered, now=clock.now())
        incarnations.recognise(clock.now())
        driving.run_once(clock)
        return Delivery.objects.get(send=ordered)

    return run


@pytest.fixture
def texts(actor: Any, provider: Provider) -> ChannelAccount:
    values = {"account_sid": "AC1", "auth_token": "x", "sender": "+4915112345678", "base_url": provider.url}
    return accounts.create(actor=actor, adapter="twilio", name="Texts", values=values)


def test_a_text_is_sent_until_the_person_says_stop(
    send: Any, texts: ChannelAccount, provider: Provider, clock: Any
) -> None:
    delivery = send("sms", text="Hi {{ person.first_name }}, 5 € off")
    assert (delivery.state, delivery.provider_id, delivery.address) == ("sent", "SM1", NUMBER)
    assert provider.taken[0].form["Body"] == "Hi Ada, 5 € off"
    arrivals.take(account=texts, incoming=[Choice(NUMBER, False, clock.now(), provider_id="x")], clock=clock)
    stopped = send("sms", text="More")
    assert (stopped.state, stopped.reason, len(provider.taken)) == ("skipped", "withdrawn", 1)


def test_a_text_too_long_says_so_on_its_delivery(
    send: Any, texts: ChannelAccount, provider: Provider
) -> None:
    delivery = send("sms", text="🙂 " * 200)
    assert (delivery.state, provider.taken) == ("failed", [])
    assert "segments" in delivery.detail


def test_stop_that_the_provider_knows_of_ends_in_suppression(
    send: Any, texts: ChannelAccount, provider: Provider
) -> None:
    provider.faults = [(400, {"code": 21610, "message": "unsubscribed recipient"})]
    assert send("sms", text="Hi").reason == "withdrawn"
    assert send("sms", text="Hi again").reason == "suppressed"


def test_whatsapp_takes_the_template_until_the_person_has_written(
    send: Any, actor: Any, provider: Provider, clock: Any
) -> None:
    names = ("phone_number_id", "business_account_id", "access_token", "app_secret", "verify_token")
    values = dict.fromkeys(names, "5") | {"base_url": provider.url}
    account = accounts.create(actor=actor, adapter="whatsapp", name="WhatsApp", values=values)
    fields = {"template": "sale/en", "parameters": "{{ person.first_name }}", "text": "Hello!"}
    assert send("whatsapp", **fields).state == "sent"
    arrivals.take(account=account, incoming=[Reply("wamid.9", NUMBER, "Hi", clock.now())], clock=clock)
    assert send("whatsapp", **fields).state == "sent"
    clock.advance(dt.timedelta(hours=25))
    assert send("whatsapp", **fields).state == "sent"
    assert [request.json["type"] for request in provider.taken] == ["template", "text", "template"]


def test_the_editor_says_how_many_segments_a_text_takes(actor: Any, template: Any) -> None:
    written = templates.create_template(actor=actor, name="T", channel="sms", fields={"text": "a" * 161})
    assert (
        previews.preview(actor=actor, template=written).measure
        == "2 segments in GSM-7; 145 more characters fit"
    )
