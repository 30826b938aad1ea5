"""A shop of WooCommerce, read and heard."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rapport.commerce.models import Order, Product, Variant
from rapport.connectors.services import codes, reading, settling, setup
from rapport.connectors.tests import woo_shop
from rapport.connectors.tests.conftest import block_codes, look_after, order
from rapport.core import jobs
from rapport.core.clock import SYSTEM
from rapport.events.models import SeenMessage
from rapport.governance.services import consent
from rapport.people.models import Person
from rapport.promotions.models import Promotion
from rapport.promotions.services import issuing, promotions


def test_orders_come_page_by_page_with_their_totals(woo, mugs, maker, work, monkeypatch):
    monkeypatch.setattr("rapport.connectors.woocommerce.client.PAGE", 2)
    for number in range(1, 4):
        woo.put("orders", woo_shop.order(number))
    back = {"status": "refunded", "date_modified_gmt": "2026-04-01T10:00:00"}
    back |= {
        "date_completed_gmt": "2026-03-24T08:00:00",
        "refunds": [{"id": 9, "reason": "", "total": "-27.60"}],
    }
    woo.put("orders", woo_shop.order(4, **back))
    woo.put("orders", woo_shop.order(5, status="cancelled", date_paid_gmt=None))
    woo.put("orders", woo_shop.order(6, status="checkout-draft"))
    reading.order_backfill(actor=maker, connector_id=mugs.pk)
    work()
    assert {row.total for row in Order.objects.all()} == {Decimal("27.60")}
    line = order("1").lines.get()
    assert (line.price, line.discount, line.amount, line.tax) == (10, 2, 18, Decimal("4.60"))
    states = {row.external_id: (row.state, row.payment_state) for row in Order.objects.all()}
    assert (states["1"], states["4"]) == (("open", "paid"), ("shipped", "refunded"))
    assert states["5"][0] == "cancelled"
    assert "6" not in states
    assert (mugs.resources.get(key="orders").records, Person.objects.count()) == (6, 1)


def test_calls_are_proven_and_nothing_is_doubled(woo, mugs, maker, work, client):
    setup.subscribe(actor=maker, connector_id=mugs.pk)
    setup.subscribe(actor=maker, connector_id=mugs.pk)
    assert len(woo.hooks) == 7
    raw = woo.put("orders", woo_shop.order())
    assert woo.tell(client, "order.created", raw).status_code == 200
    work()
    before = SeenMessage.objects.count()
    reading.order_backfill(actor=maker, connector_id=mugs.pk)
    reading.order_look(actor=maker, connector_id=mugs.pk)
    work()
    assert (SeenMessage.objects.count(), Order.objects.count()) == (before, 1)
    woo.hooks[0]["secret"] = "guessed"
    assert woo.tell(client, "order.created", raw).status_code == 401


def test_a_call_about_variations_has_them_asked_for(woo, mugs, maker, work, client):
    setup.subscribe(actor=maker, connector_id=mugs.pk)
    product, woo.variations[93] = woo_shop.mugs()
    woo.tell(client, "product.updated", woo.put("products", product))
    work()
    red = Variant.objects.get(sku="MUG-R")
    assert (red.label, red.prices.get(valid_until=None).sale_amount) == ("Red", 8)
    assert Variant.objects.count() == 2
    assert woo.tell(client, "product.deleted", {"id": 93}).status_code == 200
    work()
    assert Product.objects.get().status == "active"  # the topic is not signed: the shop still has it
    del woo.rows["products"][93]
    woo.tell(client, "product.deleted", {"id": 93})
    work()
    assert Product.objects.get().status == "gone"


@pytest.fixture
def ann(woo, mugs, maker, work, live):
    """A customer of the shop with an order, known here; she has refused the newsletter and moved since."""
    row = {
        "id": 26, "email": "ann@example.com", "first_name": "Ann", "last_name": "Doe", "meta_data": [],
        "date_created_gmt": "2026-03-01T10:00:00", "date_modified_gmt": "2026-03-01T10:00:00",
        "billing": {"city": "Leeds"},
    }  # fmt: skip
    woo.put("customers", row)
    woo.put("orders", woo_shop.order())
    reading.order_backfill(actor=maker, connector_id=mugs.pk)
    work()
    consent.record(
        actor=maker, person_id=Person.objects.get().pk, purpose="newsletter", channel="email", state="withdrawn",
        at=SYSTEM.now(), source="test",
    )  # fmt: skip
    moved = {"email": "ann@example.com", "city": "York"}
    live.ingest([{"type": "identify", "traits": moved, "anonymousId": "b"}])
    return row


def test_customers_codes_and_notes_are_written(woo, mugs, ann, maker):
    values = {"name": "Tea", "kind": "amount", "amount": Decimal(5), "currency": "GBP"}
    tea = promotions.create(actor=maker, key="tea", values=values)
    code = issuing.issue(actor=maker, promotion=tea, person_id=Person.objects.get().pk)
    writes = {"details": True, "consent": True, "notes": True, "coupons": ["tea"]}
    settling.change(actor=maker, connector_id=mugs.pk, writes=writes, rules={})
    codes.add_note(actor=maker, connector_id=mugs.pk, order="727", text="Called")
    jobs.run_due("connectors.write")
    assert ann["billing"]["city"] == "York"
    assert ann["meta_data"] == [{"key": "rapport_email_consent", "value": "unsubscribed"}]
    [coupon] = woo.coupons
    expected = {"code": str(code), "amount": "5", "email_restrictions": ["ann@example.com"]}
    assert coupon | expected == coupon
    assert woo.notes == [{"note": "Called", "customer_note": False}]
    assert not mugs.outgoing.exclude(state__in=["written", "equal"]).exists()
    Promotion.objects.update(state="stopped")
    look_after()
    assert not woo.coupons
    Promotion.objects.update(state="active")
    look_after(10)
    assert woo.coupons
    block_codes(15)
    assert not woo.coupons
