"""A shop of Medusa, read and written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest

from rapport.commerce.models import Order, Variant
from rapport.connectors.medusa import client
from rapport.connectors.models import Connector
from rapport.connectors.services import reading, settling, setup
from rapport.connectors.tests import medusa_shop
from rapport.connectors.tests.conftest import order
from rapport.core import jobs
from rapport.core.access import Actor
from rapport.events.models import SeenMessage
from rapport.people.models import Person


@pytest.fixture
def medusa(live: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[medusa_shop.Shop]:
    monkeypatch.setattr("rapport.connectors.medusa.client.RATE", 0)
    with medusa_shop.running() as shop:
        yield shop


@pytest.fixture
def teapots(medusa: medusa_shop.Shop, maker: Actor) -> Connector:
    values = {"address": medusa.api.url, "secret_key": medusa_shop.KEY}
    return setup.connect(actor=maker, kind="medusa", name="", values=values)


def test_orders_come_page_by_page_with_what_became_of_them(medusa, teapots, maker, work, monkeypatch):
    monkeypatch.setattr("rapport.connectors.medusa.client.PAGE", 2)
    off = {"payment_collections": [], "fulfillments": [], "canceled_at": "2026-11-30T07:12:37.110Z"}
    medusa.rows["orders"] += [medusa_shop.order(2, **off), medusa_shop.order(3, status="draft")]
    reading.order_backfill(actor=maker, connector_id=teapots.pk)
    work()
    states = {row.external_id: (row.state, row.payment_state, row.total) for row in Order.objects.all()}
    assert states == {
        "1": ("shipped", "part_refunded", Decimal(45)),
        "2": ("cancelled", "pending", Decimal(45)),
    }
    teapot = Variant.objects.get()
    assert (teapot.sku, teapot.prices.get().amount, teapot.stock.get().available) == ("TEA-R", 20, 48)
    assert (order("1").person, Person.objects.get().name) == (Person.objects.get(), "Ann Doe")
    before = SeenMessage.objects.count()
    reading.order_look(actor=maker, connector_id=teapots.pk)
    reading.order_record(actor=maker, connector_id=teapots.pk, resource="orders", external_id="order_1")
    work()
    assert SeenMessage.objects.count() == before


def test_a_look_leaves_nothing_out_when_rows_change_or_go(medusa, monkeypatch):
    monkeypatch.setattr("rapport.connectors.medusa.client.PAGE", 2)
    medusa.rows["customers"] = [
        medusa_shop.customer() | {"id": f"cus_{day}", "created_at": f"2026-11-0{day}", "updated_at": f"2026-11-1{day}"}
        for day in range(1, 6)
    ]  # fmt: skip
    with closing(client.open_api({"address": medusa.api.url, "secret_key": medusa_shop.KEY})) as api:
        first = client.fetch(api, {"since": "2026-11-01T00:00:00+00:00"}, "customers")
        medusa.rows["customers"][0]["updated_at"] = "2026-11-20"
        second = client.fetch(api, first.cursor, "customers")
        del medusa.rows["customers"][1]
        third = client.fetch(api, second.cursor, "customers")
    assert [row["id"] for page in (first, second, third) for row in page.rows] == [
        f"cus_{n}" for n in range(1, 6)
    ]
    assert third.cursor is None


def test_a_look_sees_what_was_paid_of_an_order_that_says_of_no_change(medusa, teapots, maker, work):
    paid = medusa.rows["orders"][0]["payment_collections"]
    medusa.rows["orders"][0]["payment_collections"] = []
    reading.order_backfill(actor=maker, connector_id=teapots.pk)
    work()
    teapots.resources.update(seen_until="2026-12-20T00:00:00Z")
    medusa.rows["orders"][0]["payment_collections"] = paid
    reading.order_look(actor=maker, connector_id=teapots.pk)
    work()
    assert order("1").payment_state == "part_refunded"


def test_names_are_written(medusa, teapots, maker, work, live):
    reading.order_backfill(actor=maker, connector_id=teapots.pk)
    work()
    live.ingest(
        [
            {
                "type": "identify",
                "traits": {"email": "ann@medusa.example", "last_name": "Ek"},
                "anonymousId": "b",
            }
        ]
    )
    settling.change(
        actor=maker, connector_id=teapots.pk, writes={"details": True}, rules={"last_name": "ours"}
    )
    jobs.run_due("connectors.write")
    assert medusa.rows["customers"][0]["last_name"] == "Ek"
