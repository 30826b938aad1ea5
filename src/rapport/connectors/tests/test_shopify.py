"""A shop of Shopify, read and heard: totals to the cent, nothing doubled, interruptions, refusals."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from rapport.commerce.models import Order, Variant
from rapport.connectors import queries
from rapport.connectors.models import Connector
from rapport.connectors.services import reading, setup
from rapport.connectors.tests import shopify_shop
from rapport.connectors.tests.conftest import order
from rapport.core import crypto, jobs
from rapport.core.clock import SYSTEM, VirtualClock
from rapport.core.models import Job
from rapport.events.models import SeenMessage
from rapport.governance.models import Consent
from rapport.people.models import Person
from rapport.transfers.models import Received, Webhook


@pytest.fixture
def whole(shopify, connected, maker, work):
    """A product, a customer, and an order that was sent and partly given back, read."""
    shopify.put("products", shopify_shop.product())
    shopify.put("customers", shopify_shop.customer())
    parcel = {"id": 255858046, "created_at": "2026-02-01T08:00:00Z", "updated_at": "2026-02-03T08:00:00Z"}
    parcel |= {"tracking_number": "JD014", "tracking_company": "DHL", "shipment_status": "delivered"}
    more = {"fulfillments": [parcel], "refunds": [shopify_shop.refund()]}
    more |= {"financial_status": "partially_refunded", "updated_at": "2026-02-10T09:00:00+01:00"}
    shopify.put("orders", shopify_shop.order(**more))
    reading.order_backfill(actor=maker, connector_id=connected.pk)
    work()


def test_an_order_comes_with_its_totals(whole, connected):
    bought = order("#1001")
    assert (bought.total, bought.refunded, bought.paid) == (Decimal(388), Decimal(189), Decimal(388))
    assert (bought.state, bought.payment_state, bought.currency) == ("part_returned", "part_refunded", "EUR")
    assert bought.parcels.get().tracking == "JD014"
    person = Person.objects.get()
    assert (bought.person, person.email) == (person, "jon@example.com")
    assert person.traits["shop_tags"] == ["regular", "wholesale"]
    assert connected.resources.filter(backfilled_at=None).count() == 0


def test_the_catalogue_comes_with_its_sale(whole):
    variant = Variant.objects.get()
    assert (variant.sku, variant.gtin, variant.product.category.path) == ("TEA", "", "Kitchen")
    price = variant.prices.get(valid_until=None)
    assert (price.amount, price.sale_amount) == (Decimal(249), Decimal(199))


def test_what_call_and_look_both_bring_is_there_once(shopify, connected, maker, work, client):
    setup.subscribe(actor=maker, connector_id=connected.pk)
    raw = shopify.put("orders", shopify_shop.order())
    assert shopify.tell(client, "orders/create", raw).status_code == 200
    work()
    before = SeenMessage.objects.count()
    reading.order_look(actor=maker, connector_id=connected.pk)
    reading.order_backfill(actor=maker, connector_id=connected.pk)
    work()
    assert SeenMessage.objects.count() == before
    later = shopify.put(
        "orders", {**raw, "updated_at": "2026-02-01T00:00:00Z", "cancelled_at": "2026-02-01T00:00:00Z"}
    )
    assert shopify.tell(client, "orders/updated", later).status_code == 200
    assert shopify.tell(client, "orders/updated", later).status_code == 200
    work()
    assert SeenMessage.objects.count() == before + 2
    assert (order("#1001").state, Order.objects.count()) == ("cancelled", 1)


def test_a_call_with_a_wrong_signature_is_refused(shopify, connected, maker, client):
    setup.subscribe(actor=maker, connector_id=connected.pk)
    assert {hook["topic"] for hook in shopify.hooks} >= {"orders/create", "products/delete"}
    assert shopify.tell(client, "orders/create", shopify_shop.order(), secret="guessed").status_code == 401
    assert not Received.objects.exists()
    assert "hush" not in Webhook.objects.get().secret
    setup.subscribe(actor=maker, connector_id=connected.pk)
    assert len(shopify.hooks) == len({hook["topic"] for hook in shopify.hooks})


def test_a_reading_that_was_cut_goes_on_at_its_page(shopify, connected, maker, work, monkeypatch):
    monkeypatch.setattr("rapport.connectors.shopify.client.PAGE", 2)
    shopify.page = 2
    for number in range(1, 6):
        shopify.put("orders", shopify_shop.order(number))
    fetch, seen = shopify._listed, []

    def cut(resource, query):
        if resource == "orders" and query.get("since_id") == "2" and not seen:
            seen.append(1)
            return 502, "bad gateway"
        return fetch(resource, query)

    monkeypatch.setattr(shopify, "_listed", cut)
    reading.order_backfill(actor=maker, connector_id=connected.pk)
    work()
    assert connected.resources.get(key="orders").cursor == {"after": 2}
    connected.refresh_from_db()
    assert (connected.trouble, connected.failures) == ("broken", 1)
    work(VirtualClock(SYSTEM.now() + dt.timedelta(minutes=5)))
    assert Order.objects.count() == 5
    assert Job.objects.get(kind="connectors.backfill").result == {"records": 5}
    assert sum("orders.json?limit=2&since_id=0" in path for path in shopify.paths) == 1
    connected.refresh_from_db()
    assert connected.failing_since is None


def test_it_waits_as_long_as_it_is_asked_to(shopify, connected, maker, work):
    shopify.busy = 1
    reading.order_backfill(actor=maker, connector_id=connected.pk)
    work()
    connected.refresh_from_db()
    job = Job.objects.get(kind="connectors.backfill")
    assert (connected.failing_since, job.attempts, job.state) == (None, 0, "waiting")
    assert dt.timedelta(0) < connected.rests_until - SYSTEM.now() <= dt.timedelta(seconds=2)
    work(VirtualClock(SYSTEM.now() + dt.timedelta(seconds=3)))
    job.refresh_from_db()
    assert job.state == "done"


def test_a_key_that_ended_is_said_with_what_to_do(shopify, connected, maker, work, page):
    shopify.token = "another"
    reading.order_look(actor=maker, connector_id=connected.pk)
    work()
    connected.refresh_from_db()
    assert connected.trouble == "denied"
    shown = page.get(f"/settings/connectors/{connected.pk}/").content.decode()
    assert "Make a new key there" in shown
    assert shopify_shop.TOKEN not in shown
    assert "Invalid API key" in shown
    with pytest.raises(ValidationError):
        setup.change(actor=maker, connector_id=connected.pk, values={})
    setup.change(actor=maker, connector_id=connected.pk, values={"access_token": "another"})
    connected.refresh_from_db()
    assert (connected.trouble, setup.settings_of(connected)["client_secret"]) == ("", shopify_shop.SECRET)
    assert "another" not in connected.secrets
    assert crypto.open_sealed(setup.SEALED, connected.secrets)


def test_a_record_that_cannot_be_read_waits_for_its_mending(shopify, connected, maker, work):
    shopify.put("orders", shopify_shop.order(7, total_price="a lot"))
    shopify.put("orders", shopify_shop.order(8))
    reading.order_backfill(actor=maker, connector_id=connected.pk)
    work()
    left = [(row.external_id, row.reason) for row in queries.left_out(connected)]
    assert left == [("7", "An amount in it is no number.")]
    assert Order.objects.count() == 1
    shopify.put("orders", shopify_shop.order(7))
    reading.order_record(actor=maker, connector_id=connected.pk, resource="orders", external_id="7")
    work()
    assert not queries.left_out(connected).exists()
    assert Order.objects.count() == 2


def test_consent_of_the_shop_is_consent_here(shopify, connected, maker, work):
    shopify.put("customers", shopify_shop.customer())
    reading.order_backfill(actor=maker, connector_id=connected.pk)
    work()
    assert Consent.objects.get(channel="email").state == "granted"


def test_a_token_by_client_credentials(shopify, maker):
    values = {"shop": shopify.api.url, "client_id": "app", "client_secret": shopify_shop.SECRET}
    row = setup.connect(actor=maker, kind="shopify", name="", values=values)
    assert (row.name, row.details["currency"]) == ("Acme", "EUR")
    with pytest.raises(ValidationError):
        setup.connect(actor=maker, kind="shopify", name="B", values={**values, "client_id": "other"})
    assert Connector.objects.count() == 1


def test_internal_addresses_are_not_asked(settings, maker, db):
    settings.OUTBOUND_ALLOW = []
    values = {"shop": "http://169.254.169.254", "access_token": "x", "client_secret": "y"}
    with pytest.raises(ValidationError, match="not on the public internet"):
        setup.connect(actor=maker, kind="shopify", name="", values=values)


def test_off_it_is_not_asked_and_takes_no_call(shopify, connected, maker, work, client):
    setup.subscribe(actor=maker, connector_id=connected.pk)
    setup.turn(actor=maker, connector_id=connected.pk, on=False)
    assert shopify.tell(client, "orders/create", shopify_shop.order()).status_code == 404
    before = len(shopify.paths)
    jobs.run_due("connectors.due", "connectors")
    assert len(shopify.paths) == before
    setup.turn(actor=maker, connector_id=connected.pk, on=True)
    jobs.run_due("connectors.due", "connectors", clock=VirtualClock(SYSTEM.now() + dt.timedelta(minutes=2)))
    assert len(shopify.paths) > before
