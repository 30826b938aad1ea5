"""Shops that lie, leak, repeat themselves or break off: one bad record stops no other, nobody becomes somebody else."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.core.exceptions import ValidationError

from rapport.commerce.models import Order, Product, Variant
from rapport.connectors.models import LeftOut
from rapport.connectors.services import reading, setup
from rapport.connectors.tests import shopify_shop, woo_shop
from rapport.connectors.tests.conftest import order
from rapport.core import jobs
from rapport.core.clock import SYSTEM, VirtualClock
from rapport.core.models import Job
from rapport.events.models import SeenMessage
from rapport.people.models import Identifier, Person

DEEP = json.loads("[" * 500 + "]" * 500)
BAD = [
    {"total": "NaN"}, {"total": float("inf")}, {"total": "1e400"}, {"total": "-27.60"}, {"id": None}, {"id": True},
    {"date_created_gmt": "ann@secret.example"}, {"billing": ["x"]}, {"payment_method_title": "\ud800"},
    {"refunds": [{"id": 1, "total": "-1", "reason": DEEP}]}, {"line_items": [{"id": 1, "quantity": "NaN"}]},
]  # fmt: skip


def read_all(row, maker, work):
    reading.order_backfill(actor=maker, connector_id=row.pk)
    work()
    row.refresh_from_db()


def test_one_bad_record_stops_no_other_and_its_reason_shows_nothing_of_it(woo, mugs, maker, work):
    for number, more in enumerate(BAD, 1):
        woo.rows["orders"][number] = woo_shop.order(number) | more
    woo.put("orders", woo_shop.order(99))
    rows = ["x", None, 5, *woo.rows["orders"].values()]
    woo._listed = lambda resource, _query: (200, rows * (resource == "orders"), {})
    read_all(mugs, maker, work)
    assert [row.external_id for row in Order.objects.all()] == ["99"]
    reasons = dict(LeftOut.objects.values_list("external_id", "reason"))
    assert set(reasons) == {*map(str, range(1, len(BAD) + 1)), "?"} - {"5", "6"}
    assert "secret" not in str(reasons)
    assert "object" not in str(reasons)
    woo.rows["orders"][1]["total"] = "27.60"
    reading.order_record(actor=maker, connector_id=mugs.pk, resource="orders", external_id="1")
    work()
    assert order("1").total == order("99").total
    assert not LeftOut.objects.filter(external_id="1").exists()


@pytest.mark.parametrize("nobody", ["0", 0, None, "null", True, {"id": 1}])
def test_guests_are_not_joined_by_a_number_that_is_none(woo, mugs, maker, work, nobody):
    for number, email in enumerate(["bo@example.com", "eve@example.com"], 1):
        who = {"customer_id": nobody, "billing": {"email": email, "phone": "+4930123456"}}
        woo.put("orders", woo_shop.order(number, **who))
    read_all(mugs, maker, work)
    assert order("1").person_id != order("2").person_id
    assert not Identifier.objects.filter(type="store_customer_id").exists()


def test_an_account_that_orders_with_the_address_of_another_is_not_taken_for_them(woo, mugs, maker, work):
    for id, name in ((1, "victim"), (2, "thief")):
        customer = {
            "id": id,
            "email": f"{name}@example.com",
            "first_name": name,
            "billing": {},
            "role": "customer",
        }
        customer |= {"date_created_gmt": "2026-03-01T10:00:00", "date_modified_gmt": "2026-03-01T10:00:00"}
        woo.put("customers", customer)
        woo.put("orders", woo_shop.order(id, customer_id=id, billing={"email": "victim@example.com"}))
    setup.subscribe(actor=maker, connector_id=mugs.pk)
    read_all(mugs, maker, work)
    assert order("2").person.email == "thief@example.com"
    assert order("1").person.email == "victim@example.com"
    assert Person.objects.get(email="victim@example.com").name == "victim"


def test_keys_and_addresses_that_an_answer_says_again_stand_nowhere(woo, mugs, maker, work, caplog):
    woo.api.answer = lambda request: (500, f"{request.headers} ck_key cs_secret ann@example.com")
    read_all(mugs, maker, work)
    words = f"{mugs.last_error} {list(Job.objects.values())} {caplog.text}"
    assert "500" in mugs.last_error
    for hidden in ("cs_secret", "ann@example.com", "Y2tfa2V5OmNzX3NlY3JldA=="):
        assert hidden not in words


def test_pages_that_repeat_or_go_round_end_with_words(shopify, connected, maker, work, woo, mugs):
    woo._listed = lambda resource, _query: (
        200,
        [woo_shop.order(1)] * (resource == "orders"),
        {"X-WP-Total": "40"},
    )
    read_all(mugs, maker, work)
    assert (mugs.trouble, mugs.resources.get(key="orders").backfilled_at) == ("unreachable", None)
    link = {"Link": f'<{shopify.api.url}/x?page_info=a>; rel="next"'}
    shopify._listed = lambda resource, _query: (200, {resource: [shopify_shop.order()]}, link)
    reading.order_look(actor=maker, connector_id=connected.pk)
    work()
    connected.refresh_from_db()
    assert "again and again" in connected.last_error


def test_what_is_deleted_between_two_pages_hides_no_other(woo, mugs, maker, work, monkeypatch):
    monkeypatch.setattr("rapport.connectors.woocommerce.client.PAGE", 2)
    for number in range(1, 9):
        woo.put("orders", woo_shop.order(number))
    listed = woo._listed

    def shrinking(resource, query):
        if query.get("offset") == "1":
            for number in (1, 2):
                woo.rows["orders"].pop(number, None)
        return listed(resource, query)

    woo._listed = shrinking
    read_all(mugs, maker, work)
    assert Order.objects.count() == 8


def test_a_shop_whose_clock_is_behind_has_no_change_missed(woo, mugs, maker, work):
    reading.order_look(actor=maker, connector_id=mugs.pk)
    jobs.run_due(
        "connectors", clock=VirtualClock(SYSTEM.now() + dt.timedelta(hours=2))
    )  # two hours before ours
    behind = SYSTEM.now().strftime("%Y-%m-%dT%H:%M:%S")
    woo.put("orders", woo_shop.order(1, date_modified_gmt=behind))
    reading.order_look(actor=maker, connector_id=mugs.pk)
    work(VirtualClock(SYSTEM.now() + dt.timedelta(hours=2, minutes=1)))
    assert Order.objects.count() == 1


def test_a_shop_that_only_asks_for_patience_is_noticed(woo, mugs, maker, work):
    woo.api.answer = lambda _request: (503, "Briefly unavailable for scheduled maintenance.")
    work(VirtualClock(SYSTEM.now() + dt.timedelta(minutes=1)))
    reading.order_look(actor=maker, connector_id=mugs.pk)
    jobs.run_due("connectors", clock=VirtualClock(SYSTEM.now() + dt.timedelta(hours=3)))
    mugs.refresh_from_db()
    assert mugs.failing_since
    assert "wait" in mugs.last_error


def test_the_newest_word_of_a_product_wins_whatever_comes_last(shopify, connected, maker, work, client):
    setup.subscribe(actor=maker, connector_id=connected.pk)
    old = shopify_shop.product(updated_at="2026-03-01T10:00:00Z", title="Old")
    new = shopify_shop.product(updated_at="2026-03-02T10:00:00Z", title="New")
    for row in (new, old):
        shopify.put("products", row)
        assert shopify.tell(client, "products/update", row).status_code == 200
        work()
    assert Product.objects.get().title == "New"
    assert shopify.tell(client, "products/delete", {"id": old["id"]}).status_code == 200
    del shopify.rows["products"][old["id"]]
    work()
    shopify.tell(client, "products/update", new)
    work()
    assert Product.objects.get().status == "gone"


def test_what_a_full_reading_does_not_meet_is_gone(shopify, connected, maker, work):
    for number in (1, 2, 3):
        variants = [{"id": number * 10 + n, "price": "5.00", "title": f"V{n}"} for n in (1, 2)]
        shopify.put("products", shopify_shop.product(number, variants=variants))
    read_all(connected, maker, work)
    del shopify.rows["products"][1]
    del shopify.rows["products"][2]["variants"][1]
    reading.order_backfill(actor=maker, connector_id=connected.pk, afresh=True)
    work(VirtualClock(SYSTEM.now() + dt.timedelta(minutes=1)))
    assert set(Product.objects.exclude(status="gone").values_list("external_id", flat=True)) == {"2", "3"}
    assert Variant.objects.get(external_id="22").status == "gone"
    assert Variant.objects.get(external_id="21").status == "active"


def test_products_that_went_before_keep_nobody_from_noticing_what_goes_now(shopify, connected, maker, work):
    def read_again(minutes, *gone):
        for number in gone:
            del shopify.rows["products"][number]
        reading.order_backfill(actor=maker, connector_id=connected.pk, afresh=True)
        work(VirtualClock(SYSTEM.now() + dt.timedelta(minutes=minutes)))

    for number in range(1, 7):
        shopify.put("products", shopify_shop.product(number, variants=[{"id": number * 10, "price": "5.00"}]))
    read_all(connected, maker, work)
    read_again(1, 1, 2, 3)
    read_again(2, 4)
    assert set(Product.objects.exclude(status="gone").values_list("external_id", flat=True)) == {"5", "6"}
    read_again(60 * 24 * 8)
    assert connected.versions.filter(resource="products").count() == 2


def test_a_shop_that_is_connected_again_goes_on_where_it_was(woo, mugs, maker, work):
    values = {"shop": woo.api.url + "/", "consumer_key": woo_shop.KEY, "consumer_secret": woo_shop.SECRET}
    with pytest.raises(ValidationError, match="connected already"):
        setup.connect(actor=maker, kind="woocommerce", name="", values=values)
    woo.put("orders", woo_shop.order(1))
    read_all(mugs, maker, work)
    before = SeenMessage.objects.count()
    setup.disconnect(actor=maker, connector_id=mugs.pk)
    again = setup.connect(actor=maker, kind="woocommerce", name="", values=values)
    read_all(again, maker, work)
    assert (Order.objects.count(), SeenMessage.objects.count(), again.store) == (1, before, "main")


def test_stock_that_sales_take_is_read_after_them(shopify, connected, maker, work):
    row = shopify.put("products", shopify_shop.product())
    read_all(connected, maker, work)
    row["variants"][0]["inventory_quantity"] = 2  # no change of the product there
    line = {"id": 1, "product_id": row["id"], "price": "5.00", "quantity": 5}
    now = SYSTEM.now().isoformat()
    shopify.put("orders", shopify_shop.order(line_items=[line], created_at=now, updated_at=now))
    reading.order_look(actor=maker, connector_id=connected.pk)
    work()
    work(VirtualClock(SYSTEM.now() + dt.timedelta(minutes=6)))
    assert Variant.objects.get().stock.get(valid_until=None).available == 2
