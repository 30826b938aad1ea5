"""Whatever orders a send, and over whichever channel, gets the ledger's promises for nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.db import IntegrityError
from django.urls import reverse

from rapport.channels.protocol import Composer, Content, Message, Outcome, Result, Sender, Unfit
from rapport.channels.registry import ADAPTERS, CHANNELS, Adapter, ChannelKind, UnknownChannel
from rapport.content.tests.conftest import START
from rapport.core.models import OutboxEvent
from rapport.governance import queries as governance
from rapport.governance.models import Consent, ConsentRecord, Purpose, Suppression
from rapport.governance.services import suppression
from rapport.messaging.models import Delivery, FrequencyCap, Send, SendingPolicy
from rapport.messaging.registry import UnknownOrigin
from rapport.messaging.services import sends
from rapport.messaging.tests import driving
from rapport.people import identity_types
from rapport.people.models import Identifier, IdentifierType

pytestmark = pytest.mark.django_db


@pytest.fixture
def receipt(db: None) -> Purpose:
    """A purpose nobody can refuse."""
    return Purpose.objects.create(key="receipt", name="Receipt", basis="contract")


def test_a_transactional_send_needs_no_consent_and_meets_neither_cap_nor_quiet_hours(
    consenting: Any, order: Any, work: Any, sink: Any, receipt: Purpose
) -> None:
    FrequencyCap.objects.create(messages=1, hours=168)
    SendingPolicy.objects.create(quiet_from=dt.time(0), quiet_until=dt.time(23))
    consenting("ada", consent="withdrawn")
    order("one", purpose=receipt)
    order("two", purpose=receipt)
    work()
    assert sink.recipients == ["ada@example.org"] * 2
    assert sink.message()["list-unsubscribe"] is None


def test_a_transactional_send_still_stops_at_a_dead_address(
    consenting: Any, order: Any, work: Any, sink: Any, receipt: Purpose, actor: Any
) -> None:
    consenting("ada")
    suppression.suppress(actor=actor, channel="email", address="ada@example.org", reason="bounced", source="")
    order(purpose=receipt)
    work()
    assert (sink.taken, Delivery.objects.get().reason) == ([], "suppressed")


def test_what_nobody_can_refuse_waits_behind_no_campaign(
    consenting: Any, order: Any, clock: Any, channel: Any, sink: Any, receipt: Purpose
) -> None:
    persons = [consenting(name) for name in ("ada", "bob", "cleo")]
    order("campaign")
    clock.advance(dt.timedelta(minutes=1))
    order("receipt", purpose=receipt, people=persons[2:])
    driving.run_once(clock, 1, channel)
    assert "cleo@example.org" in sink.recipients


def test_an_origin_orders_a_version_once_and_adds_nobody_twice(
    consenting: Any, order: Any, clock: Any
) -> None:
    ada = consenting("ada")
    send = order()
    assert sends.add_recipients(send=send, recipients=[sends.Recipient(ada.pk)], now=clock.now()) == 0
    with pytest.raises(IntegrityError):
        order()


def test_an_unknown_origin_or_channel_orders_nothing(order: Any) -> None:
    with pytest.raises(UnknownOrigin):
        order(origin="pigeon")
    with pytest.raises(UnknownChannel):
        order(channel="pigeon")
    assert not Send.objects.exists()


def test_events_say_what_the_origin_says_of_itself(consenting: Any, order: Any, work: Any) -> None:
    consenting("ada")
    order("7")
    work()
    (sent,) = [
        bytes(row.payload) for row in OutboxEvent.objects.all() if b'"Message Sent"' in bytes(row.payload)
    ]
    assert b'"notice_id":"7"' in sent.replace(b" ", b"")
    assert b'"channel":"email"' in sent.replace(b" ", b"")


def test_a_send_can_be_open_for_recipients_who_come_later(
    consenting: Any, order: Any, work: Any, sink: Any, clock: Any
) -> None:
    consenting("ada")
    send = order()
    Send.objects.update(sealed_at=None)
    work()
    assert Send.objects.get().completed_at is None
    late = sends.Recipient(consenting("bob").pk)
    sends.add_recipients(send=send, recipients=[late], now=clock.now())
    sends.seal(send=send, now=clock.now())
    work()
    assert sink.recipients == ["ada@example.org", "bob@example.org"]
    assert Send.objects.get().completed_at == clock.now()


class PushChannel:
    """A channel that only the tests have, for what the ledger must not know about channels."""

    key, capacity = "app_push", 2

    def __init__(self) -> None:
        self.taken: list[Message] = []

    def deliver(self, messages: Sequence[Message]) -> list[Outcome]:
        self.taken += messages
        return [
            Outcome(Result.BAD_ADDRESS, "410") if message.recipient == "GONE" else Outcome(Result.ACCEPTED)
            for message in messages
        ]

    def close(self) -> None:
        return


def compose(_sender: Sender) -> Composer:
    def message(content: Content) -> Message:
        if not content.subject:
            raise Unfit("a push message needs a title")
        return Message("app", content.address, content.subject.encode())

    return message


@pytest.fixture
def push(purpose: Purpose) -> Iterator[PushChannel]:
    """Push to devices, whose address is an identifier of the type `device_token`."""
    IdentifierType.objects.create(key="device_token", label="Device token", priority=90)
    identity_types.refresh(now=True)
    opened = PushChannel()
    kind = ChannelKind("app_push", "App push", "device_token")
    adapter = Adapter(
        "app_push",
        "app_push",
        "Test server",
        lambda settings: opened,
        lambda sender, settings: compose(sender),
        environment=dict,
    )
    with CHANNELS.temporarily(kind), ADAPTERS.temporarily(adapter):
        yield opened
    IdentifierType.objects.all().delete()
    identity_types.refresh(now=True)


@pytest.fixture
def with_device(consenting: Any, purpose: Purpose) -> Any:
    def make(name: str, token: str) -> Any:
        person = consenting(name, phone="+441632960000")
        if token:
            Identifier.objects.create(person=person, type="device_token", value=token, first_seen_at=START)
        line = ConsentRecord.objects.create(
            person=person, purpose=purpose, channel="app_push", state="granted", at=START, source="app"
        )
        Consent.objects.create(
            person=person, purpose=purpose, channel="app_push", state="granted", at=START, record=line
        )
        return person

    return make


def test_a_third_channel_sends_to_its_own_kind_of_identifier(
    push: PushChannel, with_device: Any, order: Any, clock: Any
) -> None:
    with_device("ada", "t0ken-A")
    with_device("bob", "")
    order(channel="app_push")
    driving.run_once(clock, 10, push)
    assert [(message.recipient, message.payload) for message in push.taken] == [("t0ken-A", b"Hi Ada")]
    assert set(Delivery.objects.values_list("state", "reason")) == {("sent", ""), ("skipped", "no_address")}
    payloads = [bytes(row.payload) for row in OutboxEvent.objects.all()]
    assert sum(b'"Message Sent"' in payload for payload in payloads) == 1


def test_a_dead_device_is_suppressed_on_its_channel_only(
    push: PushChannel, with_device: Any, order: Any, clock: Any, actor: Any
) -> None:
    with_device("ada", "GONE")
    order(channel="app_push")
    driving.run_once(clock, 10, push)
    assert Suppression.objects.get().channel == "app_push"
    assert governance.suppressed("app_push", ["GONE", "t0ken-A"]) == {"GONE"}
    assert governance.suppressed("sms", ["+441632960000"]) == set()


def test_the_worker_serves_every_channel_that_is_registered(
    push: PushChannel, with_device: Any, order: Any, clock: Any
) -> None:
    with_device("ada", "t0ken-A")
    order(channel="app_push")
    assert driving.run_once(clock) == 1
    assert len(push.taken) == 1


def test_why_a_push_was_sent_is_told_like_any_other(
    page: Any, push: PushChannel, with_device: Any, order: Any, clock: Any
) -> None:
    with_device("ada", "t0ken-A")
    order(channel="app_push")
    driving.run_once(clock, 10, push)
    body = page.get(reverse("messaging:delivery", args=[Delivery.objects.get().pk])).content.decode()
    assert all(word in body for word in ("Notice 1", "allowed", "by app"))
