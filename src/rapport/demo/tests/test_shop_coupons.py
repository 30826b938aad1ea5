"""The shop asks Rapport over its API whether a coupon holds, and redeems it with the order."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rapport.core import crypto
from rapport.core.access import system
from rapport.core.clock import SYSTEM
from rapport.core.services import keys
from rapport.demo.models import DemoShop, ShopEvent, ShopOrder, ShopStock
from rapport.demo.seeding.capture_client import API_KEY
from rapport.promotions.models import Redemption
from rapport.promotions.services import promotions

CAKESTAND = "22423"  # £12.75
PAGE = {"name": "Wren", "email": "wren@post.example.com", "address": "1 Example Street"}


@pytest.fixture
def shop(client, live_server, monkeypatch, settings):
    """A customer with a cake stand in the basket; the shop's server has a key of the REST API."""
    settings.PUBLIC_URL = live_server.url
    _key, secret = keys.create(actor=system("test"), name="shop", scopes=["coupons.redeem", "people.view"])
    DemoShop.objects.create(
        website_key="w", server_key="s", api_key=crypto.seal(API_KEY, secret), history_until=SYSTEM.now()
    )
    ShopStock.objects.create(code=CAKESTAND, left=9)
    values = {"name": "A tenth", "kind": "percent", "percent": Decimal(10), "issuing": "shared"}
    promotion = promotions.create(actor=system("test"), key="tenth", values=values)
    promotions.add_code(actor=system("test"), promotion=promotion, code="TENTH")
    client.post("/shop/cart/", {"code": CAKESTAND, "quantity": 2, "add": "1"})
    return client


def test_a_coupon_lowers_the_total_and_is_redeemed_with_the_order(shop):
    page = shop.post("/shop/cart/coupon/", {"code": "tenth"}, follow=True).content.decode()
    assert "£2.55" in page
    assert Redemption.objects.get().state == "reserved"
    shop.post("/shop/checkout/", PAGE)
    order = ShopOrder.objects.get()
    assert (order.total, order.discount) == (Decimal("22.95"), Decimal("2.55"))
    call = ShopEvent.objects.get(path="/api/v1/coupons/tenth/redemption")
    assert call.payload["order_id"] == order.number
    completed = ShopEvent.objects.get(payload__event="Order Completed").payload["properties"]
    assert (completed["coupon"], completed["discount"], completed["total"]) == ("tenth", 2.55, 22.95)


def test_a_code_that_does_not_hold_is_refused_in_words(shop):
    answer = shop.post("/shop/cart/coupon/", {"code": "NOBODYS"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert "£25.50" in shop.get("/shop/cart/").content.decode()


def test_a_coupon_taken_out_is_free_for_others(shop):
    shop.post("/shop/cart/coupon/", {"code": "TENTH"})
    shop.post("/shop/cart/coupon/", {"remove": "1"})
    assert Redemption.objects.get().state == "released"
