"""A store of BigCommerce: read, heard by signed calls that only name a record, and written to."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from rapport.commerce.models import Order, Variant
from rapport.connectors.models import Connector
from rapport.connectors.services import codes, reading, settling, setup
from rapport.connectors.tests import bigcommerce_store
from rapport.connectors.tests.conftest import block_codes, order
from rapport.core import jobs
from rapport.core.access import Actor
from rapport.events.models import SeenMessage
from rapport.people.models import Person
from rapport.promotions.services import issuing, promotions


@pytest.fixture
def store(live: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[bigcommerce_store.Store]:
    monkeypatch.setattr("rapport.connectors.bigcommerce.client.RATE", 0)
    with bigcommerce_store.running() as shop:
        yield shop


@pytest.fixture
def bikes(store: bigcommerce_store.Store, maker: Actor) -> Connector:
    values = {"access_token": bigcommerce_store.TOKEN, "client_secret": bigcommerce_store.SECRET}
    return setup.connect(
        actor=maker, kind="bigcommerce", name="", values={**values, "store_hash": store.api.url}
    )


def _fill(store):
    """Orders that are paid, given back, cancelled and never finished, and a product."""
    for number in (100, 101, 102):
        bigcommerce_store.order(store, number)
    bigcommerce_store.order(store, 103, refunded_amount="470.0000", items_shipped=1, status_id=4)
    bigcommerce_store.order(store, 104, status_id=5)
    bigcommerce_store.order(store, 105, status_id=0)
    item = {"item_type": "PRODUCT", "item_id": 7, "quantity": 1}
    refund = {
        "id": 9,
        "created": "2026-03-25T10:00:00Z",
        "total_amount": 470,
        "reason": "Broken",
        "items": [item],
    }
    store.below["103/refunds"] = [refund]
    parcel = {
        "id": 5,
        "date_created": "Tue, 24 Mar 2026 08:00:00 +0000",
        "items": [{"order_product_id": 7, "quantity": 1}],
    }
    store.below["103/shipments"] = [parcel]
    store.rows["products"][77] = bigcommerce_store.product()


def test_orders_come_page_by_page_with_refunds(store, bikes, maker, work, monkeypatch):
    monkeypatch.setattr("rapport.connectors.bigcommerce.client.PAGE", 2)
    _fill(store)
    reading.order_backfill(actor=maker, connector_id=bikes.pk)
    work()
    states = {row.external_id: (row.state, row.payment_state, row.total) for row in Order.objects.all()}
    assert states["100"] == ("open", "paid", Decimal(470))
    assert (states["103"][1], states["104"][0], "105" in states) == ("refunded", "cancelled", False)
    assert order("103").refunded == 470
    bike = Variant.objects.get(sku="BIKE")
    assert (bike.label, bike.prices.get(valid_until=None).sale_amount) == ("L", 450)


def test_calls_are_proven_and_nothing_is_doubled(store, bikes, maker, work, client):
    setup.subscribe(actor=maker, connector_id=bikes.pk)
    setup.subscribe(actor=maker, connector_id=bikes.pk)
    assert len(store.hooks) == 8
    bigcommerce_store.order(store)
    assert store.tell(client, "store/order/created", 100, secret="guessed").status_code == 401
    assert store.tell(client, "store/order/created", 100).status_code == 200
    work()
    before = SeenMessage.objects.count()
    assert order("100").total == 470
    store.busy = 1
    reading.order_look(actor=maker, connector_id=bikes.pk)
    work()
    bikes.refresh_from_db()
    assert (bikes.rests_until is None, bikes.failing_since) == (False, None)
    reading.order_look(actor=maker, connector_id=bikes.pk)
    reading.order_backfill(actor=maker, connector_id=bikes.pk)
    work()
    assert (SeenMessage.objects.count(), Order.objects.count()) == (before, 1)


def test_names_codes_and_notes_are_written(store, bikes, maker, work, live):
    row = {
        "id": 3,
        "email": "bo@example.com",
        "first_name": "Bo",
        "last_name": "Ek",
        "date_modified": "2026-03-01T10:00:00Z",
    }
    store.rows["customers"][3] = row
    bigcommerce_store.order(store)
    reading.order_backfill(actor=maker, connector_id=bikes.pk)
    work()
    free = promotions.create(actor=maker, key="free", values={"name": "Free", "kind": "free_shipping"})
    code = issuing.issue(actor=maker, promotion=free, person_id=Person.objects.get().pk)
    live.ingest(
        [{"type": "identify", "traits": {"email": row["email"], "last_name": "Eklund"}, "anonymousId": "b"}]
    )
    on = {"details": True, "notes": True, "coupons": ["free"]}
    settling.change(actor=maker, connector_id=bikes.pk, writes=on, rules={})
    codes.add_note(actor=maker, connector_id=bikes.pk, order="100", text="Called")
    jobs.run_due("connectors.write")
    assert (row["last_name"], store.coupons[0]["code"]) == ("Eklund", str(code))
    assert store.rows["orders"][100]["staff_notes"] == "Careful\n\nCalled"
    block_codes()
    assert not store.coupons
