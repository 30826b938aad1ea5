from __future__ import annotations

import re

import pytest

from rapport.demo.models import DemoShop, ShopAccount, ShopEvent, ShopOrder
from rapport.demo.services import shop

pytestmark = pytest.mark.django_db
SIGN_UP = {"name": "Wren Hill", "email": "Wren@post.example.com", "password": "lantern-evening"}
CHECKOUT = {"name": "Wren Hill", "email": "wren@post.example.com", "address": "1 Example Street"}


@pytest.fixture(autouse=True)
def keys(db):
    from rapport.core.clock import SYSTEM

    DemoShop.objects.create(website_key="wk_web", server_key="wk_server", history_until=SYSTEM.now())


def put(client, code="22423", quantity=2):
    return client.post("/shop/cart/", {"code": code, "quantity": quantity, "add": "1"})


def told(event=None):
    events = ShopEvent.objects.filter(path="").order_by("id")
    return [e.payload for e in events if event in (None, e.payload.get("event"))]


@pytest.mark.parametrize("path", ["", "c/lights/", "p/22423/", "cart/", "sign-up/", "sign-in/"])
def test_every_page_carries_the_tracker_and_no_inline_code(client, path):
    answer = client.get(f"/shop/{path}")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'src="/rapport.js" data-write-key="wk_web"' in page
    assert " style=" not in page
    assert not re.search(r"<script(?![^>]*(src=|application/json))", page)


@pytest.mark.parametrize(
    "path", ["p/nothing/", "c/nothing/", "ordered/", "pictures/nothing-1.svg", "pictures/bag-9.svg"]
)
def test_what_does_not_exist_is_not_found(client, path):
    assert client.get(f"/shop/{path}").status_code == 404


def test_every_product_has_a_picture(client):
    from rapport.demo.seeding.catalogue import products

    for product in products().values():
        assert client.get(f"/shop/pictures/{product.picture}-{product.tint}.svg").status_code == 200


def test_a_product_page_tells_the_tracker_what_was_viewed(client):
    page = client.get("/shop/p/22423/").content.decode()
    assert '["track", "Product Viewed", {"product_id": "22423"' in page


def test_the_basket_keeps_what_is_put_in(client):
    put(client)
    put(client, quantity=1)
    page = client.get("/shop/cart/").content.decode()
    assert "Regency Cakestand 3 Tier" in page
    assert 'value="3"' in page
    assert '"Product Added"' in page


def test_a_product_can_be_taken_out_again(client):
    put(client)
    client.post("/shop/cart/", {"code": "22423", "quantity": 0})
    assert "It is empty" in client.get("/shop/cart/").content.decode()


def test_a_forged_visit_cookie_is_an_empty_basket(client):
    client.cookies["lt_visit"] = "eyJjYXJ0Ijp7fX0:forged:forged"
    assert "It is empty" in client.get("/shop/cart/").content.decode()


def test_the_consent_box_is_not_ticked_and_shows_its_wording(client):
    page = client.get("/shop/sign-up/").content.decode()
    assert shop.NEWSLETTER_WORDING in page
    assert "checked" not in page


def test_signing_up_with_the_box_ticked_records_the_consent_with_its_evidence(client):
    client.cookies["rapport_aid"] = "device-1"
    client.post("/shop/sign-up/", {**SIGN_UP, "newsletter": "on"})
    (consent,) = told("Consent Granted")
    assert consent["properties"]["wording"] == shop.NEWSLETTER_WORDING
    assert consent["properties"]["form"]
    assert consent["anonymousId"] == "device-1"


def test_signing_up_without_ticking_records_no_consent(client):
    client.post("/shop/sign-up/", SIGN_UP)
    assert told("Consent Granted") == []
    assert ShopAccount.objects.get().email == "wren@post.example.com"


def test_signing_up_has_the_tracker_identify_on_the_next_page(client):
    client.post("/shop/sign-up/", SIGN_UP)
    account = ShopAccount.objects.get()
    assert f'["identify", "{account.user_id}"' in client.get("/shop/").content.decode()
    assert "identify" not in client.get("/shop/").content.decode()


def test_an_address_has_one_account(client):
    client.post("/shop/sign-up/", SIGN_UP)
    answer = client.post("/shop/sign-up/", SIGN_UP)
    assert answer.status_code == 422
    assert ShopAccount.objects.count() == 1


def test_the_password_decides_who_signs_in(client):
    client.post("/shop/sign-up/", SIGN_UP)
    client.post("/shop/sign-out/")
    wrong = client.post("/shop/sign-in/", {"email": SIGN_UP["email"], "password": "something-else"})
    right = client.post("/shop/sign-in/", {"email": SIGN_UP["email"], "password": SIGN_UP["password"]})
    assert (wrong.status_code, right.status_code) == (422, 302)


def test_an_order_is_stored_and_told_with_both_ids(client):
    client.cookies["rapport_aid"] = "device-1"
    client.post("/shop/sign-up/", SIGN_UP)
    put(client)
    client.post("/shop/checkout/", CHECKOUT)
    order = ShopOrder.objects.get()
    (event,) = told("Order Completed")
    assert event["properties"]["total"] == float(order.total) == 25.5
    assert (event["userId"], event["anonymousId"]) == (order.account.user_id, "device-1")
    assert order.number in client.get("/shop/ordered/").content.decode()


def test_a_guests_order_is_told_with_his_address(client):
    put(client)
    client.post("/shop/checkout/", CHECKOUT)
    identify, order = told()
    assert identify["traits"]["email"] == "wren@post.example.com"
    assert identify["anonymousId"] == order["anonymousId"]


def test_an_empty_basket_cannot_be_ordered(client):
    client.post("/shop/checkout/", CHECKOUT)
    assert not ShopOrder.objects.exists()
