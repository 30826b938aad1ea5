"""Pages and API of orders and carts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.urls import reverse

from rapport.commerce.models import Cart, Order
from rapport.commerce.services.orders import projection, rebuild
from rapport.commerce.tests.conftest import Tell, fold_all, order
from rapport.commerce.tests.test_orders import PLACED
from rapport.core import jobs
from rapport.core.clock import SYSTEM
from rapport.core.models import Job
from rapport.people.queries import find


def _told(tell: Tell) -> Order:
    tell("Product Added", {"product_id": "p1", "price": 3})
    tell("Order Completed", {**PLACED, "total": "a lot"})
    tell("Order Shipped", {"order_id": "A-1", "tracking_number": "T1", "carrier": "DHL"})
    tell(
        "Order Refunded",
        {"order_id": "A-1", "products": [{"product_id": "p1", "quantity": 1, "price": 10.5}]},
    )
    tell("Product Added", {"product_id": "p9", "price": 3})
    return order("A-1")


def test_the_pages(tell: Tell, page: Any) -> None:
    shown = _told(tell)
    assert b"A-1" in page.get("/orders/").content
    assert b"A-1" in page.get("/returns/").content
    assert b"Lantern" in page.get("/orders/lines/").content
    assert page.get("/orders/lines/?export=csv").status_code == 200
    assert b"p9" in page.get(f"/carts/{Cart.objects.latest('opened_at').pk}/").content
    assert page.get("/carts/").status_code == 200
    text = page.get(f"/orders/{shown.pk}/").content.decode()
    for words in ("T1", "DHL", "Lantern", "Refunded", "is no number", "1 returned"):
        assert words in text
    panel = page.get(f"/people/{shown.person_id}/orders/").content.decode()
    assert "A-1" in panel
    assert "Spent" in panel
    assert page.get("/settings/orders/").status_code == 200
    saved = {"tells_abandoned": "on", "cart_minutes": 90, "checkout_minutes": 20, "stores": "shop = de"}
    assert page.post("/settings/orders/", saved).status_code == 302
    assert page.post("/settings/orders/", {**saved, "stores": "what"}).status_code == 422


def test_the_sums_add_up_to_what_the_shop_says(tell: Tell, page: Any) -> None:
    tell("Order Completed", {**PLACED, "total": 31.45})
    shown = order("A-1")
    assert (shown.not_itemised, shown.total) == (Decimal("2.50"), Decimal("31.45"))
    assert "Not itemised" in page.get(f"/orders/{shown.pk}/").content.decode()


def test_the_order_stands_once_on_the_timeline(tell: Tell, page: Any) -> None:
    shown = _told(tell)
    text = page.get(
        reverse("events:person_timeline", args=[shown.person_id]), headers={"HX-Request": "true"}
    ).content.decode()
    assert text.count(f"/orders/{shown.pk}/") == 1
    assert "3 steps" in text
    assert "Ordered 3 products" not in text


def test_a_source_that_becomes_a_shop_of_its_own_is_rebuilt_so(tell: Tell, page: Any, actor: Any) -> None:
    shown = _told(tell)
    assert page.post(f"/orders/{shown.pk}/rebuild/").status_code == 302
    assert order("A-1").total == shown.total
    page.post("/settings/orders/", {"cart_minutes": 60, "checkout_minutes": 30, "stores": "shop = de"})
    assert page.post("/settings/orders/rebuild/").status_code == 302
    jobs.run_now(Job.objects.get(kind=rebuild.KIND), SYSTEM)
    fold_all()
    assert list(Order.objects.values_list("store", "external_id")) == [("de", "A-1")]


def test_telling_over_the_api(api: Any, live: Any, actor: Any) -> None:
    body = {
        "order_id": "T-1", "currency": "GBP", "total": "12.00", "person": {"user_id": "u-7"},
        "products": [{"sku": "S", "name": "Tea", "price": "12.00"}],
    }  # fmt: skip
    first, again = (api("POST", "/orders", body) for _ in range(2))
    assert first[0] == 202
    assert first == again
    live.settle()
    projection.run_once()
    customer = find(actor, "user_id:u-7")
    assert customer
    got = api("GET", f"/orders/{first[1]['id']}")[1]
    assert (got["total"], got["person_id"], got["products"][0]["sku"]) == ("12.0000", str(customer.pk), "S")
    assert api("GET", f"/people/{customer.pk}/orders")[1]["data"][0]["order_id"] == "T-1"
    assert api("POST", "/orders", {"order_id": "T-1", "event": "Product Added"})[0] == 422
    assert api("GET", "/orders?state=open")[1]["data"]
    assert api("GET", "/orders?state=lost")[0] == 422
    assert api("GET", "/carts")[0] == api("GET", "/returns")[0] == 200


def test_a_refund_without_its_order_shows_what_went_back(tell: Tell, page: Any) -> None:
    tell(
        "Order Refunded",
        {"refund_id": "C-7", "amount": 12, "currency": "GBP", "products": [{"product_id": "p"}]},
    )
    text = page.get("/orders/").content.decode()
    assert "refund C-7" not in text
    for words in ("C-7", "-£12.00"):
        assert words in text
    assert {page.get(f"/{kind}/?export=csv").status_code for kind in ("returns", "carts")} == {200}
