"""The shop sells gift cards, takes them in payment, and gives money back to them; Rapport keeps the books."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from rapport.core import crypto
from rapport.core.access import system
from rapport.core.clock import SYSTEM, VirtualClock
from rapport.core.services import keys
from rapport.demo.models import DemoShop, ShopEvent, ShopOrder, ShopStock
from rapport.demo.seeding.capture_client import API_KEY
from rapport.demo.services import parcels, telling
from rapport.promotions.models import GiftCard
from rapport.promotions.services.gift_cards import cards

CAKESTAND = "22423"  # £12.75
PAGE = {"name": "Wren", "email": "wren@post.example.com", "address": "1 Example Street"}


@pytest.fixture
def shop(client, live_server, settings):
    """A customer with two cake stands in the basket; the shop's server has a key of the REST API."""
    settings.PUBLIC_URL = live_server.url
    scopes = ["gift_cards.redeem", "coupons.redeem", "people.view", "loyalty.view"]
    _key, secret = keys.create(actor=system("test"), name="shop", scopes=scopes)
    DemoShop.objects.create(
        website_key="w", server_key="s", api_key=crypto.seal(API_KEY, secret), history_until=SYSTEM.now()
    )
    ShopStock.objects.create(code=CAKESTAND, left=9)
    client.post("/shop/cart/", {"code": CAKESTAND, "quantity": 2, "add": "1"})
    return client


def test_a_gift_card_pays_and_has_its_money_back(shop):
    clock = VirtualClock(SYSTEM.now())
    card = cards.issue(actor=system("test"), wanted=cards.Order(amount=Decimal(20), currency="GBP"))
    page = shop.post("/shop/cart/gift-card/", {"gift-code": cards.code_of(card)}, follow=True)
    assert "£5.50" in page.content.decode()
    assert "£5.50" in shop.get("/shop/checkout/").content.decode()
    shop.post("/shop/checkout/", PAGE)
    order = ShopOrder.objects.get()
    card.refresh_from_db()
    assert (order.total, order.gift_paid, card.balance) == (Decimal("25.50"), 20, 0)
    for _step in range(2):
        clock.advance(dt.timedelta(minutes=3))
        parcels.move_on(clock)
    order.refresh_from_db()
    parcels.request_return(order=order, quantities={order.lines.get().pk: 1}, reason="", clock=clock)
    clock.advance(dt.timedelta(minutes=3))
    parcels.move_on(clock)
    ShopEvent.objects.filter(path="").delete()
    assert telling.tell_waiting(clock) == 1
    card.refresh_from_db()
    assert card.balance == Decimal("12.75")


def test_a_gift_card_is_sold_and_sent(shop, person):
    assert "/shop/sign-in/" in shop.get("/shop/gift-card/").content.decode()
    shop.post("/shop/sign-up/", {"name": "Ada", "email": "ada@example.org", "password": "long enough"})
    account = shop.get("/shop/gift-card/").context["visit"].account
    person(user_id=account.user_id, email="ada@example.org")
    given = {"amount": "25", "recipient_name": "Bo", "recipient_email": "bo@example.org"}
    assert shop.post("/shop/gift-card/", given | {"amount": "7"}).status_code == 422
    assert "bo@example.org" in shop.post("/shop/gift-card/", given, follow=True).content.decode()
    ShopEvent.objects.filter(path="").delete()
    assert telling.tell_waiting(SYSTEM) == 1
    card = GiftCard.objects.get()
    assert (card.balance, card.recipient_email, card.giver_name) == (25, "bo@example.org", "Ada")


def test_a_wrong_code_is_refused_in_words(shop):
    answer = shop.post("/shop/cart/gift-card/", {"gift-code": "NOBODYS"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
