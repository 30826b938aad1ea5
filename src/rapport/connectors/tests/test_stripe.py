"""A Stripe account: charges as payments or as orders, refunds, subscriptions, signed events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from rapport.commerce.models import Order, Subscription
from rapport.connectors.models import Connector
from rapport.connectors.services import reading, setup
from rapport.connectors.tests import stripe_account
from rapport.connectors.tests.conftest import order
from rapport.connectors.tests.stripe_account import AT
from rapport.core.access import Actor
from rapport.events.models import SeenMessage


@pytest.fixture
def stripe(live: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[stripe_account.Account]:
    with stripe_account.running() as account:
        monkeypatch.setattr("rapport.connectors.stripe.client.ADDRESS", account.api.url)
        monkeypatch.setattr("rapport.connectors.stripe.client.RATE", 0)
        yield account


@pytest.fixture
def connect(stripe: stripe_account.Account, maker: Actor) -> Callable[..., Connector]:
    def make(**more: Any) -> Connector:
        values = {"secret_key": stripe_account.KEY, **more}
        return setup.connect(actor=maker, kind="stripe", name="", values=values)

    return make


def refund(id: str = "re_1", amount: int = 99) -> dict[str, Any]:
    return {
        "id": id,
        "object": "refund",
        "charge": "ch_1",
        "amount": amount,
        "status": "succeeded",
        "created": AT + 86_400,
    }


def test_charges_are_orders_where_nothing_else_tells_of_them(stripe, connect, maker, work, monkeypatch):
    monkeypatch.setattr("rapport.connectors.stripe.client.PAGE", 2)
    row = connect(charges_are_orders=True)
    stripe.put("customers", {"id": "cus_1", "email": "jenny@example.com", "created": AT})
    stripe.put("charges", stripe_account.charge(refunds={"data": [refund()]}))
    for number in range(2, 5):
        stripe.put("charges", stripe_account.charge(f"ch_{number}", created=AT + number))
    reading.order_backfill(actor=maker, connector_id=row.pk)
    work()
    bought = order("ch_1")
    assert (bought.total, bought.paid, bought.refunded) == (
        Decimal("10.99"),
        Decimal("10.99"),
        Decimal("0.99"),
    )
    assert (bought.person.email, Order.objects.count()) == ("jenny@example.com", 4)


def test_otherwise_they_are_payments(stripe, connect, maker, work):
    row = connect()
    stripe.put("charges", stripe_account.charge())
    reading.order_backfill(actor=maker, connector_id=row.pk)
    work()
    assert not Order.objects.exists()
    assert SeenMessage.objects.count() == 2


@pytest.fixture
def refunded(stripe, connect, maker):
    """A charge with a refund, of which an event tells; it calls us."""
    row = connect(charges_are_orders=True)
    setup.subscribe(actor=maker, connector_id=row.pk)
    now = int(row.created_at.timestamp())
    stripe.put("charges", stripe_account.charge(refunds={"data": [refund()]}), "charge.refunded", now)
    return row


def test_a_refund_is_the_same_by_call_look_and_reading(stripe, refunded, maker, work, client):
    assert stripe.tell(client, stripe.events[0]).status_code == 200
    work()
    assert order("ch_1").refunded == Decimal("0.99")
    before = SeenMessage.objects.count()
    reading.order_look(actor=maker, connector_id=refunded.pk)
    reading.order_backfill(actor=maker, connector_id=refunded.pk)
    work()
    assert SeenMessage.objects.count() == before
    both = {"data": [refund(), refund("re_2", 1000)]}
    stripe.put(
        "charges", stripe_account.charge(refunds=both), "refund.created", stripe.events[0]["created"] + 1
    )
    reading.order_look(actor=maker, connector_id=refunded.pk)
    work()
    assert (order("ch_1").payment_state, order("ch_1").refunded) == ("refunded", Decimal("10.99"))


def test_an_old_call_is_refused_and_one_address_is_entered(stripe, refunded, maker, client):
    assert stripe.tell(client, stripe.events[0], late=400).status_code == 401
    setup.subscribe(actor=maker, connector_id=refunded.pk)
    assert len(stripe.hooks) == 1


def test_subscriptions_begin_renew_fail_and_end(stripe, connect, maker, work, client):
    row = connect()
    setup.subscribe(actor=maker, connector_id=row.pk)
    first = stripe.put("subscriptions", stripe_account.subscription())
    reading.order_backfill(actor=maker, connector_id=row.pk)
    work()
    kept = Subscription.objects.get()
    assert (kept.plan, kept.amount, kept.currency, kept.state) == ("Monthly", 10, "EUR", "active")
    for status, at in (
        ("active", AT + 2_678_400),
        ("past_due", AT + 5_000_000),
        ("canceled", AT + 6_000_000),
    ):
        later = {**first, "status": status, "current_period_start": AT + 2_678_400, "ended_at": at}
        stripe.put("subscriptions", later, "customer.subscription.updated", at)
        assert stripe.tell(client, stripe.events[0]).status_code == 200
    work()
    kept.refresh_from_db()
    assert (kept.state, kept.renewals, kept.ended_at.timestamp()) == ("cancelled", 1, AT + 6_000_000)
