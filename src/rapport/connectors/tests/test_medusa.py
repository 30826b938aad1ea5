"""A shop of Medusa, read and written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from rapport.commerce.models import Order, Variant
from rapport.connectors import queries
from rapport.connectors.medusa import client, writing
from rapport.connectors.models import Connector
from rapport.connectors.registry import Said
from rapport.connectors.services import reading, settling, setup
from rapport.connectors.tests import medusa_shop
from rapport.connectors.tests.conftest import block_codes, order
from rapport.core import jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM
from rapport.events.models import SeenMessage
from rapport.governance.services import consent
from rapport.people.models import Person
from rapport.promotions.services import issuing, promotions
from rapport.transfers.models import Received


@pytest.fixture
def medusa(live: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[medusa_shop.Shop]:
    monkeypatch.setattr("rapport.connectors.medusa.client.RATE", 0)
    with medusa_shop.running() as shop:
        yield shop


@pytest.fixture
def teapots(medusa: medusa_shop.Shop, maker: Actor) -> Connector:
    values = {"address": medusa.api.url, "secret_key": medusa_shop.KEY, "consent_purpose": "newsletter"}
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


def test_returns_are_asked_for_received_or_called_off(medusa, teapots, maker, work):
    open_, off = {"requested_at": None}, {"canceled_at": "2026-11-30T11:00:00Z"}
    for number, back in enumerate(
        [("received", {}), ("requested", {}), ("open", open_), ("canceled", off)], 2
    ):
        returns = [medusa_shop.sent_back(number, back[0], **back[1])]
        medusa.rows["orders"].append(medusa_shop.order(number, returns=returns))
    reading.order_backfill(actor=maker, connector_id=teapots.pk)
    work()
    states = {row.external_id: [back.state for back in row.returns.all()] for row in Order.objects.all()}
    assert states == {"1": [], "2": ["received"], "3": ["requested"], "4": [], "5": ["rejected"]}
    assert order("2").state == "part_returned"


def test_the_subscriber_of_the_shop_is_heard(medusa, teapots, maker, work, client):
    with pytest.raises(ValidationError, match="webhook secret"):
        setup.subscribe(actor=maker, connector_id=teapots.pk)
    values = {"address": medusa.api.url, "webhook_secret": "a long secret"}
    row = setup.change(actor=maker, connector_id=teapots.pk, values=values)
    setup.subscribe(actor=maker, connector_id=row.pk)
    hook = queries.webhook(row)
    assert hook
    event = {"name": "order.return_received", "data": {"order_id": "order_1", "return_id": "return_1"}}
    address = queries.address(hook)
    assert medusa.tell(client, address, "guessed", **event).status_code == 401
    assert medusa.tell(client, address, "a long secret", **event).status_code == 200
    work()
    assert order("1").total == 45
    medusa.tell(client, address, "a long secret", name="product.updated", data=[{"id": "prod_1"}])
    medusa.tell(client, address, "a long secret", name="region.updated", data={"id": "reg_1"})
    work()
    assert Variant.objects.get().sku == "TEA-R"
    assert sorted(Received.objects.values_list("state", flat=True)) == ["done", "done", "skipped"]


def test_names_consent_groups_and_codes_are_written(medusa, teapots, maker, work, live):
    reading.order_backfill(actor=maker, connector_id=teapots.pk)
    work()
    renamed = {"email": "ann@medusa.example", "last_name": "Ek"}
    live.ingest([{"type": "identify", "traits": renamed, "anonymousId": "b"}])
    person = Person.objects.get()
    consent.record(
        actor=maker, person_id=person.pk, purpose="newsletter", channel="email", state="withdrawn",
        at=SYSTEM.now(), source="test",
    )  # fmt: skip
    kind = {"name": "Tea", "kind": "amount", "amount": Decimal(5), "currency": "EUR", "minimum": Decimal(10)}
    tea = promotions.create(actor=maker, key="tea", values=kind)
    code = str(issuing.issue(actor=maker, promotion=tea, person_id=person.pk))
    writes = {"details": True, "consent": True, "coupons": ["tea"]}
    settling.change(actor=maker, connector_id=teapots.pk, writes=writes, rules={"last_name": "ours"})
    jobs.run_due("connectors.write")
    ann = medusa.rows["customers"][0]
    assert (ann["last_name"], ann["metadata"]) == ("Ek", {"rapport_email_consent": "unsubscribed"})
    [offer] = medusa.promotions
    assert (offer["code"], offer["application_method"]["value"]) == (code, 5)
    assert [rule["attribute"] for rule in offer["rules"]] == ["email", "item_total"]
    block_codes()
    assert not medusa.promotions


def test_segments_are_groups_and_the_shops_own_stay(medusa):
    row = medusa_shop.customer() | {
        "groups": [{"id": "g1", "name": "staff"}, {"id": "g2", "name": "rapport-old"}]
    }
    medusa.rows["customers"] = [row]
    with closing(client.open_api({"address": medusa.api.url, "secret_key": medusa_shop.KEY})) as api:
        answer = writing.write(api, dict(row), {"tags": Said(["rapport-vip", "staff"])})
    assert writing.fields_in(answer)["tags"].value == ["rapport-vip", "staff"]
