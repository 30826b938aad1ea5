"""A shop of Medusa, read and written."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from rapport.commerce.models import Order, Variant
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
