"""Mail servers that refuse the sender: what halts a send, what waits, and what fails."""

from __future__ import annotations

import datetime as dt
from typing import Any

from rapport.governance.models import Suppression
from rapport.messaging.models import Delivery, Send, SendHold
from rapport.messaging.services import sends
from rapport.messaging.tests.test_sending import reasons, states


def stands_open(send: Send) -> None:
    """As one that is for receipts: it never ends, each of its messages does."""
    Delivery.objects.filter(send=send).update(expires_at=send.expires_at)
    Send.objects.filter(pk=send.pk).update(sealed_at=None, expires_at=None)


def test_refusals_of_the_sender_halt_the_send_and_suppress_nobody(
    consenting: Any, order: Any, work: Any, sink: Any
) -> None:
    for name in ("ada", "bob", "cyd", "dan"):
        consenting(name)
    sink.on_data = lambda address: "550 5.7.1 no"
    order()
    work()
    assert "5.7.1" in SendHold.objects.get().reason
    assert states() == {"queued": 4}
    assert not Suppression.objects.exists()


def test_what_one_recipients_server_refuses_halts_nobody_else(
    consenting: Any, order: Any, work: Any, sink: Any, clock: Any
) -> None:
    for name in ("ada", "bob", "cyd", "dan"):
        consenting(name)
    sink.on_data = lambda address: "550 5.7.1 colleagues only" if address.startswith("bob") else ""
    order()
    work()
    assert (states(), SendHold.objects.exists()) == ({"sent": 3, "queued": 1}, False)
    clock.advance(dt.timedelta(minutes=6))
    work()
    assert reasons() == {"Ada": "", "Bob": "policy", "Cyd": "", "Dan": ""}


def test_single_messages_are_never_halted_by_a_refusal(
    consenting: Any, order: Any, work: Any, sink: Any
) -> None:
    consenting("ada")
    sink.on_data = lambda address: "550 5.7.1 no"
    stands_open(order())
    work()
    assert (states(), SendHold.objects.exists()) == ({"queued": 1}, False)


def test_a_receipt_waits_while_the_server_refuses_everybody(
    consenting: Any, order: Any, work: Any, sink: Any, clock: Any
) -> None:
    consenting("ada")
    sink.on_data = lambda address: "550 5.7.1 blocked"
    stands_open(order())
    work()
    for _ in range(4):
        clock.advance(dt.timedelta(hours=1))
        work()
    assert states() == {"queued": 1}
    bob = consenting("bob")
    sink.on_data = lambda address: "550 5.7.1 blocked" if address.startswith("ada") else ""
    order("2", [bob])
    work()
    clock.advance(dt.timedelta(hours=1))
    work()
    assert reasons() == {"Ada": "policy", "Bob": ""}


def test_a_halted_sender_goes_on_after_the_cause_is_gone(
    consenting: Any, order: Any, work: Any, sink: Any, actor: Any, clock: Any
) -> None:
    consenting("ada")
    sink.on_data = lambda address: "550 5.7.1 no"
    send = order()
    work()
    sink.on_data = lambda address: ""
    sends.release(actor=actor, send_id=send.pk)
    clock.advance(dt.timedelta(minutes=6))
    work()
    assert sink.recipients == ["ada@example.org"]
