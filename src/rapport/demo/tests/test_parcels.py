"""Stock, parcels and returns of the demo's shop, and what Rapport is told of them."""

from __future__ import annotations

import datetime as dt

import pytest

from rapport.core.clock import SYSTEM, VirtualClock
from rapport.demo.models import DemoShop, ShopEvent, ShopOrder, ShopReturn, ShopStock
from rapport.demo.seeding.catalogue import products
from rapport.demo.services import parcels, shop, stock

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
CAKESTAND = "22423"


@pytest.fixture
def clock():
    return VirtualClock(SYSTEM.now())


@pytest.fixture
def order(db, clock):
    DemoShop.objects.create(website_key="w", server_key="s", history_until=SYSTEM.now())
    ShopStock.objects.create(code=CAKESTAND, left=3)
    return buy(2, clock)


def buy(quantity, clock):
    cart = [(products()[CAKESTAND], quantity)]
    who = {"email": "wren@post.example.com", "name": "Wren", "address": "1 Example Street", "account": None}
    return shop.place_order(cart=cart, clock=clock, **who)


def delivered(order, clock):
    for _step in range(2):
        clock.advance(3 * MINUTE)
        parcels.move_on(clock)
    order.refresh_from_db()
    return order


def told(name):
    return [row.payload["properties"] for row in ShopEvent.objects.filter(payload__event=name)]


def test_an_order_takes_from_stock_and_rapport_hears_what_is_left(order):
    call = ShopEvent.objects.get(path="/api/v1/stock")
    assert call.payload == {"stock": [{"variant": CAKESTAND, "available": 1}]}


def test_nobody_gets_what_is_not_there_and_nothing_of_the_order_stays(order, clock):
    with pytest.raises(stock.SoldOut, match="Only 1 left"):
        buy(2, clock)
    assert (ShopOrder.objects.count(), ShopStock.objects.get(code=CAKESTAND).left) == (1, 1)


def test_what_customers_bought_up_comes_in_again(order, clock):
    buy(1, clock)
    parcels.move_on(clock)
    assert ShopStock.objects.get(code=CAKESTAND).left == 0
    clock.advance(11 * MINUTE)
    parcels.move_on(clock)
    assert ShopStock.objects.get(code=CAKESTAND).left == stock.RESTOCK


def test_a_parcel_is_sent_and_delivered_and_each_is_told_once(order, clock):
    delivered(order, clock)
    parcels.move_on(clock)
    assert [row["tracking_number"] for row in told("Order Shipped")] == [order.parcel]
    assert len(told("Order Delivered")) == 1


def test_what_comes_back_is_paid_back_and_lies_in_store_again(order, clock):
    line = delivered(order, clock).lines.get()
    parcels.request_return(order=order, quantities={line.pk: 1}, reason="Too blue", clock=clock)
    delivered(order, clock)
    assert [row["reason"] for row in told("Return Requested")] == ["Too blue"]
    assert [row["amount"] for row in told("Order Refunded")] == [float(line.price)]
    assert ShopStock.objects.get(code=CAKESTAND).left == 2


def test_no_more_comes_back_than_was_bought_and_nothing_before_it_arrived(order, clock):
    line = order.lines.get()
    with pytest.raises(parcels.CannotReturn, match="not arrived"):
        parcels.request_return(order=order, quantities={line.pk: 1}, reason="", clock=clock)
    delivered(order, clock)
    parcels.request_return(order=order, quantities={line.pk: 1}, reason="", clock=clock)
    with pytest.raises(parcels.CannotReturn, match="1 at most"):
        parcels.request_return(order=order, quantities={line.pk: 2}, reason="", clock=clock)
    assert ShopReturn.objects.count() == 1


def test_a_guest_follows_the_parcel_and_others_see_nothing(client, order):
    page = {"name": "W", "email": "w@post.example.com", "address": "1 Example Street"}
    client.post("/shop/cart/", {"code": CAKESTAND, "quantity": 1, "add": "1"})
    client.post("/shop/checkout/", page)
    own = ShopOrder.objects.latest("pk")
    assert "Being packed" in client.get(f"/shop/orders/{own.number}/").content.decode()
    for other in (order.number, "LT-1", "LT-x", "22"):
        assert client.get(f"/shop/orders/{other}/").status_code == 404
    assert client.get("/shop/orders/").url == "/shop/sign-in/"


def test_what_is_sold_out_is_wished_for(client, order):
    ShopStock.objects.update(left=0)
    assert "Sold out" in client.get(f"/shop/p/{CAKESTAND}/").content.decode()
    page = client.post(f"/shop/p/{CAKESTAND}/wish/", follow=True).content.decode()
    assert '"Product Added to Wishlist"' in page
    assert "on your wish list" in page


def test_a_checkout_says_what_is_left(client, order):
    client.post("/shop/cart/", {"code": CAKESTAND, "quantity": 5, "add": "1"})
    answer = client.post(
        "/shop/checkout/", {"name": "W", "email": "w@post.example.com", "address": "1 Example Street"}
    )
    assert answer.status_code == 422
    assert "Only 1 left of" in answer.content.decode()
