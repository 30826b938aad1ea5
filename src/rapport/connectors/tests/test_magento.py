"""A shop of Magento 2, which makes no calls: read, looked at, and written to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from rapport.commerce.models import Order, Variant
from rapport.connectors.models import Connector
from rapport.connectors.services import codes, reading, settling, setup
from rapport.connectors.tests import magento_shop
from rapport.connectors.tests.conftest import block_codes, order
from rapport.core import jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, VirtualClock
from rapport.events.models import SeenMessage
from rapport.governance.models import Consent
from rapport.people.models import Person
from rapport.promotions.services import issuing, promotions


@pytest.fixture
def magento(live: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[magento_shop.Shop]:
    monkeypatch.setattr("rapport.connectors.magento.client.RATE", 0)
    with magento_shop.running() as shop:
        yield shop


@pytest.fixture
def bags(magento: magento_shop.Shop, maker: Actor) -> Connector:
    values = {"shop": magento.api.url, "access_token": magento_shop.TOKEN, "consent_purpose": "newsletter"}
    return setup.connect(actor=maker, kind="magento", name="", values=values)


def test_orders_with_parcels_and_refunds_come_once(magento, bags, maker, work, monkeypatch):
    monkeypatch.setattr("rapport.connectors.magento.client.PAGE", 2)
    magento.rows["orders"] += [magento_shop.order(number) for number in (1, 2)]
    magento.rows["orders"].append(magento_shop.order(3, total_refunded=30.6))
    magento.rows["products"].append(magento_shop.product())
    at, part = "2026-03-24 10:00:00", {"order_item_id": 11, "qty": 1}
    parcel = {"entity_id": 4, "order_id": 1, "created_at": at, "items": [{**part, "qty": 2}], "tracks": []}
    magento.rows["shipments"].append(parcel)
    back = {"entity_id": 6, "order_id": 3, "increment_id": "R6", "created_at": at, "grand_total": 30.6}
    magento.rows["creditmemos"].append({**back, "items": [part]})
    reading.order_backfill(actor=maker, connector_id=bags.pk)
    work()
    assert {row.total for row in Order.objects.all()} == {Decimal("76.2")}
    first, last = order("000000001"), order("000000003")
    assert (first.state, first.payment_state, first.lines.count()) == ("shipped", "paid", 1)
    assert (last.refunded, last.payment_state) == (Decimal("30.6"), "part_refunded")
    assert Variant.objects.get(sku="BAG/1").prices.get(valid_until=None).sale_amount == 29
    before = SeenMessage.objects.count()
    reading.order_look(actor=maker, connector_id=bags.pk)
    reading.order_backfill(actor=maker, connector_id=bags.pk, afresh=True)
    work()
    assert SeenMessage.objects.count() == before


def test_no_consent_is_an_opt_out_only_where_there_was_one(magento, bags, maker, work):
    [row] = magento.rows["customers"] = [magento_shop.customer()]
    reading.order_backfill(actor=maker, connector_id=bags.pk)
    work()
    assert not Consent.objects.exists()
    for day, (choice, state) in enumerate([(True, "granted"), (False, "withdrawn")], 1):
        later = VirtualClock(SYSTEM.now() + dt.timedelta(days=day))
        row |= {
            "extension_attributes": {"is_subscribed": choice},
            "updated_at": f"{later.now():%Y-%m-%d %H:%M:%S}",
        }
        reading.order_look(actor=maker, connector_id=bags.pk, clock=later)
        work(later)
        assert Consent.objects.get(channel="email").state == state


@pytest.fixture
def roni(magento, bags, maker, work, live):
    """A customer with an order, known here by another first name."""
    [row] = magento.rows["customers"] = [magento_shop.customer()]
    magento.rows["orders"].append(magento_shop.order())
    reading.order_backfill(actor=maker, connector_id=bags.pk)
    work()
    named = {"email": row["email"], "first_name": "Veronica"}
    live.ingest([{"type": "identify", "traits": named, "anonymousId": "b"}])
    return row


def test_customers_codes_and_comments_are_written(magento, bags, roni, maker):
    values = {
        "name": "Ten",
        "kind": "percent",
        "percent": Decimal(10),
        "minimum": Decimal(20),
        "currency": "EUR",
    }
    ten = promotions.create(actor=maker, key="ten", values=values)
    code = issuing.issue(actor=maker, promotion=ten, person_id=Person.objects.get().pk)
    writes = {"details": True, "notes": True, "coupons": ["ten"]}
    settling.change(actor=maker, connector_id=bags.pk, writes=writes, rules={"first_name": "ours"})
    codes.add_note(actor=maker, connector_id=bags.pk, order="000000001", text="Called")
    jobs.run_due("connectors.write")
    assert (roni["firstname"], roni["website_id"], len(roni["addresses"])) == ("Veronica", 1, 1)
    [coupon] = magento.rows["coupons"]
    assert (coupon["code"], coupon["rule_id"], magento.rules[0]["discount_amount"]) == (str(code), 1, 10.0)
    assert magento.comments[0]["comment"] == "Called"
    assert not bags.outgoing.exclude(state__in=["written", "equal"]).exists()
    block_codes()
    assert not magento.rows["coupons"]
