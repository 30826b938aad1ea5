"""What is said later about a delivery, and what follows of it."""

from __future__ import annotations

import datetime as dt

import pytest

from rapport.channels.incoming import About, ReceiptKind
from rapport.channels.incoming import Receipt as Reported
from rapport.core.models import OutboxEvent
from rapport.governance.models import Consent, Suppression
from rapport.messaging.models import Delivery, Receipt, RestedAddress, SendHold
from rapport.messaging.services import receipts, resting

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivered(consenting, order, work, clock):
    """Sends to so many persons; their deliveries."""

    def send(*names, origin_id="1"):
        for name in names:
            consenting(name)
        order(origin_id)
        work()
        return list(Delivery.objects.filter(send__origin_id=origin_id).order_by("person__name"))

    return send


def reported(kind=ReceiptKind.BOUNCED, clock=None, **more):
    return Reported(kind, clock.now(), **({"about": About.RECIPIENT} | more))


def events():
    return b"\n".join(bytes(row.payload) for row in OutboxEvent.objects.all()).decode()


def test_an_address_that_does_not_exist_is_suppressed(delivered, clock):
    (delivery,) = delivered("Ada")
    failure = reported(clock=clock, permanent=True, reason="user_unknown", code="550 5.1.1")
    assert receipts.record_receipt(delivery=delivery, receipt=failure, clock=clock)
    assert Suppression.objects.get().reason == "bounced"
    assert '"Message Bounced"' in events()
    assert "user_unknown" in events()


def test_a_receipt_counts_once(delivered, clock):
    (delivery,) = delivered("Ada")
    failure = reported(clock=clock, permanent=True)
    assert receipts.record_receipt(delivery=delivery, receipt=failure, clock=clock)
    assert not receipts.record_receipt(delivery=delivery, receipt=failure, clock=clock)
    assert Receipt.objects.count() == 1
    assert events().count('"Message Bounced"') == 1


@pytest.mark.parametrize(
    ("about", "permanent"),
    [(About.SENDER, True), (About.CONTENT, True), (About.UNCLEAR, True), (About.RECIPIENT, False)],
)
def test_nobody_is_suppressed_for_what_is_not_theirs_or_may_pass(delivered, clock, about, permanent):
    (delivery,) = delivered("Ada")
    failure = reported(clock=clock, about=about, permanent=permanent, reason="blocked")
    receipts.record_receipt(delivery=delivery, receipt=failure, clock=clock)
    assert not Suppression.objects.exists()


def test_a_complaint_suppresses_and_withdraws_consent(delivered, clock):
    (delivery,) = delivered("Ada")
    receipts.record_receipt(delivery=delivery, receipt=reported(ReceiptKind.COMPLAINED, clock), clock=clock)
    assert Suppression.objects.get().reason == "complained"
    assert Consent.objects.get().state == "withdrawn"
    assert '"Message Complained"' in events()


def test_the_sender_is_halted_when_several_servers_refuse_it_and_not_for_one(delivered, clock):
    rows = delivered("Ada", "Bob", "Cem", "Dee")
    refusal = reported(clock=clock, about=About.SENDER, reason="blocked", permanent=False)
    Delivery.objects.filter(pk=rows[3].pk).update(state="queued", handed_over_at=None)
    for row in rows[:2]:
        receipts.record_receipt(delivery=row, receipt=refusal, clock=clock)
    assert not SendHold.objects.exists()
    rows[0].send.__class__.objects.update(completed_at=None)
    receipts.record_receipt(delivery=rows[2], receipt=refusal, clock=clock)
    assert SendHold.objects.filter(released_at=None).exists()
    assert not Suppression.objects.exists()


def fail_softly(delivered, clock, times, first=1):
    for number in range(first, first + times):
        (delivery,) = delivered(origin_id=str(number))
        clock.advance(dt.timedelta(days=1))
        failure = reported(clock=clock, reason="mailbox_full")
        receipts.record_receipt(delivery=delivery, receipt=failure, clock=clock)
    return delivery


def test_an_address_that_keeps_failing_softly_is_rested_for_a_while(delivered, consenting, clock):
    consenting("Ada")
    fail_softly(delivered, clock, resting.SOFT_FAILURES - 1)
    assert not RestedAddress.objects.exists()
    delivery = fail_softly(delivered, clock, 1, first=50)
    rested = RestedAddress.objects.get()
    (skipped,) = delivered(origin_id="60")
    assert (skipped.state, skipped.reason) == ("skipped", "rested")
    clock.advance(rested.until - clock.now())
    assert delivered(origin_id="61")[0].state == "sent"
    assert delivery.receipts.get().reason == "mailbox_full"


def test_a_sign_of_life_begins_the_count_anew(delivered, consenting, clock):
    consenting("Ada")
    delivery = fail_softly(delivered, clock, resting.SOFT_FAILURES - 1)
    receipts.record_receipt(delivery=delivery, receipt=reported(ReceiptKind.DELIVERED, clock), clock=clock)
    fail_softly(delivered, clock, 1, first=50)
    assert not RestedAddress.objects.exists()


def test_what_a_server_refuses_at_once_counts_too(delivered, consenting, clock, sink):
    consenting("Ada")
    sink.on_rcpt = lambda address: "552 5.2.2 mailbox full"
    for number in range(resting.SOFT_FAILURES):
        (delivery,) = delivered(origin_id=str(number))
        assert delivery.state == "failed"
        clock.advance(dt.timedelta(days=1))
    assert RestedAddress.objects.get().failures == resting.SOFT_FAILURES
    assert delivered(origin_id="60")[0].reason == "rested"
    assert not Suppression.objects.exists()


def test_a_message_that_is_refused_for_itself_rests_no_address(delivered, consenting, clock, sink):
    consenting("Ada")
    sink.on_data = lambda address: "552 5.3.4 message too big"
    for number in range(resting.SOFT_FAILURES + 1):
        delivered(origin_id=str(number))
    assert not RestedAddress.objects.exists()
