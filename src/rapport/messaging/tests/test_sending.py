"""A send from order to ledger, over real SMTP and a real database."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import pytest

from rapport.content.tests.conftest import START
from rapport.core.models import OutboxEvent
from rapport.core.services.stopping import STOPPING
from rapport.governance.models import Suppression
from rapport.messaging.models import Delivery, FrequencyCap, Send, SendingPolicy
from rapport.messaging.services import claiming, sender, sends
from rapport.messaging.tests import driving
from rapport.messaging.tests.conftest import decide

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


def states() -> dict[str, int]:
    return dict(Counter(Delivery.objects.values_list("state", flat=True)))


def reasons() -> dict[str, str]:
    return {row.person.name: row.reason for row in Delivery.objects.select_related("person")}


def test_everybody_who_agreed_gets_it_once(consenting: Any, order: Any, work: Any, sink: Any) -> None:
    for name in ("ada", "bob", "cleo", "dan"):
        consenting(name)
    order()
    work()
    work()
    assert sink.recipients == [f"{name}@example.org" for name in ("ada", "bob", "cleo", "dan")]
    assert states() == {"sent": 4}
    assert Send.objects.get().completed_at is not None


def test_the_message_is_personal_and_has_its_way_out(
    consenting: Any, order: Any, work: Any, sink: Any
) -> None:
    consenting("ada", first_name="Ada & Co")
    order()
    work()
    mail = sink.message()
    assert mail["subject"] == "Hi Ada & Co"
    assert "Hello Ada &amp; Co" in mail.get_body(("html",)).get_content()
    assert mail["list-unsubscribe"].startswith("<http")
    assert mail["message-id"] == f"<{Delivery.objects.get().pk}@example.com>"


def test_the_gate_says_no_with_its_reason(
    consenting: Any, order: Any, work: Any, purpose: Any, sink: Any
) -> None:
    consenting("never", consent="")
    consenting("left", consent="withdrawn")
    consenting("nowhere", email="")
    erased, halted = consenting("erased"), consenting("halted")
    type(erased).objects.filter(pk=erased.pk).update(erased_at=START)
    type(halted).objects.filter(pk=halted.pk).update(restricted_at=START)
    order()
    work()
    expected = {"Never": "no_consent", "Left": "withdrawn", "Nowhere": "no_address"}
    assert reasons() == expected | {"Erased": "erased", "Halted": "restricted"}
    assert sink.taken == []


def test_a_suppressed_address_gets_nothing(consenting: Any, order: Any, work: Any, sink: Any) -> None:
    from rapport.core.crypto import address_hash

    consenting("ada")
    Suppression.objects.create(
        channel="email", address_hash=address_hash("email", "ada@example.org"), reason="complained"
    )
    order()
    work()
    assert reasons() == {"Ada": "suppressed"}


def test_one_address_of_two_persons_gets_one_message(
    consenting: Any, order: Any, work: Any, sink: Any
) -> None:
    consenting("ada", email="home@example.org")
    consenting("bob", email="home@example.org")
    order()
    work()
    assert len(sink.taken) == 1
    assert sorted(reasons().values()) == ["", "duplicate"]


def test_the_cap_counts_across_sends(consenting: Any, order: Any, work: Any, sink: Any) -> None:
    FrequencyCap.objects.create(messages=1, hours=168)
    consenting("ada")
    order("first")
    order("second")
    work()
    assert len(sink.taken) == 1
    assert sorted(Delivery.objects.values_list("reason", flat=True)) == ["", "capped"]


def test_quiet_hours_only_delay(consenting: Any, order: Any, work: Any, clock: Any, sink: Any) -> None:
    SendingPolicy.objects.create(quiet_from=dt.time(21), quiet_until=dt.time(8))
    consenting("ada", timezone="America/Los_Angeles")  # 05:00 there
    order()
    work()
    assert sink.taken == []
    clock.advance(dt.timedelta(hours=3))
    work()
    assert sink.recipients == ["ada@example.org"]


def test_a_queued_message_expires(consenting: Any, order: Any, work: Any, clock: Any, sink: Any) -> None:
    consenting("ada")
    order()
    clock.advance(dt.timedelta(hours=25))
    work()
    assert reasons() == {"Ada": "late"}


def test_withdrawing_stops_what_is_already_claimed(
    consenting: Any, order: Any, clock: Any, channel: Any, purpose: Any, sink: Any
) -> None:
    ada, _bob = consenting("ada"), consenting("bob")
    order()
    claimed, _judged = claiming.claim(10, clock.now(), "email", marketing=True)
    decide(ada, purpose, "withdrawn")
    sender.Run(driving.connection_of(channel), clock).send(claimed)
    driving.run_once(clock, 10, channel)
    assert sink.recipients == ["bob@example.org"]
    assert reasons() == {"Ada": "withdrawn", "Bob": ""}


def test_a_hold_stops_what_is_already_claimed(
    consenting: Any, order: Any, clock: Any, channel: Any, actor: Any, sink: Any
) -> None:
    consenting("ada")
    send = order()
    claimed, _judged = claiming.claim(10, clock.now(), "email", marketing=True)
    sends.hold(actor=actor, send_id=send.pk)
    sender.Run(driving.connection_of(channel), clock).send(claimed)
    assert sink.taken == []
    sends.release(actor=actor, send_id=send.pk)
    driving.run_once(clock, 10, channel)
    assert sink.recipients == ["ada@example.org"]


def test_a_dead_address_is_suppressed_and_only_that(
    consenting: Any, order: Any, work: Any, sink: Any
) -> None:
    consenting("ada")
    consenting("bob")
    sink.on_rcpt = lambda address: "550 5.1.1 unknown" if address.startswith("bob") else ""
    order()
    work()
    assert reasons() == {"Ada": "", "Bob": "bad_address"}
    assert Suppression.objects.get().reason == "bounced"


def test_greylisting_is_waited_out(consenting: Any, order: Any, work: Any, clock: Any, sink: Any) -> None:
    consenting("ada")
    sink.on_rcpt = lambda address: "451 4.7.1 later"
    order()
    work()
    assert states() == {"queued": 1}
    sink.on_rcpt = lambda address: ""
    clock.advance(dt.timedelta(minutes=2))
    work()
    assert sink.recipients == ["ada@example.org"]


def test_a_lost_answer_is_uncertain_and_never_sent_again(
    consenting: Any, order: Any, work: Any, clock: Any, sink: Any
) -> None:
    consenting("ada")
    sink.on_data = lambda address: "take and drop"
    order()
    work()
    sink.on_data = lambda address: ""
    clock.advance(dt.timedelta(hours=2))
    work()
    assert states() == {"uncertain": 1}
    assert len(sink.taken) == 1


def test_a_worker_told_to_end_gives_back_what_it_has_not_handed_over(
    consenting: Any, order: Any, clock: Any, channel: Any, work: Any, sink: Any
) -> None:
    for name in "abcdefgh":
        consenting(name)
    order()
    try:
        sink.on_data = lambda address: STOPPING.set() or ""
        driving.run_once(clock, 100, channel)
    finally:
        STOPPING.clear()
    assert 0 < len(sink.taken) <= channel.capacity
    assert states() == {"sent": len(sink.taken), "queued": 8 - len(sink.taken)}
    sink.on_data = lambda address: ""
    work()
    assert (states(), len(sink.taken)) == ({"sent": 8}, 8)


def test_a_server_that_is_away_loses_nobody(
    consenting: Any, order: Any, clock: Any, work: Any, sink: Any
) -> None:
    from rapport.channels.email.transport import EmailChannel
    from rapport.core.engines.supervisor import free_port

    for name in "abcdefgh":
        consenting(name)
    order()
    driving.run_once(clock, 100, EmailChannel(f"smtp://127.0.0.1:{free_port()}", 3))
    assert states() == {"queued": 8}
    clock.advance(dt.timedelta(minutes=1))
    work()
    assert len(sink.taken) == 8


def test_each_sent_message_is_an_event_told_once(consenting: Any, order: Any, work: Any) -> None:
    consenting("ada")
    order()
    work()
    payloads = [bytes(row.payload) for row in OutboxEvent.objects.all()]
    sent = [payload for payload in payloads if b'"Message Sent"' in payload]
    assert len(sent) == 1
    assert f"{Delivery.objects.get().pk}:sent".encode() in sent[0]


def test_every_answer_can_be_explained(consenting: Any, order: Any, work: Any) -> None:
    consenting("ada")
    order()
    work()
    explanation = Delivery.objects.get().explanation
    assert explanation["list"] == "everybody"
    assert explanation["template"]["version"] == 1
    assert explanation["gate"]["consent"]["source"] == "form"
    assert "example.org" not in str(explanation)
