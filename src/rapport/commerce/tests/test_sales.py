"""How a product sells, and orders that repeat: pages and API, as far as the actor may see the persons."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.http import Http404

from rapport.commerce.models import Product, Subscription
from rapport.commerce.queries import orders as queries
from rapport.commerce.queries import sales
from rapport.commerce.tests.conftest import Tell, item
from rapport.core import access
from rapport.core.permissions import Reach
from rapport.people.models import Person

NOW = dt.datetime(2026, 2, 10, tzinfo=dt.UTC)
LANTERN = {"product_id": "p1", "name": "Lantern", "price": 10, "quantity": 2}
WICK = {"sku": "W", "name": "Wick", "price": 1, "quantity": 1}


@pytest.fixture
def sold(tell: Tell, put: Any) -> Product:
    """Three orders with a lantern: one of them came back, one was cancelled."""
    put(item("p1", title="Lantern"), item("W", title="Wick"))
    buy = "Order Completed"
    tell(buy, {"order_id": "1", "currency": "GBP", "products": [LANTERN, WICK]})
    tell(buy, {"order_id": "2", "currency": "GBP", "products": [LANTERN, WICK]}, userId="u-2")
    tell(
        "Return Received",
        {"order_id": "2", "return_id": "R", "products": [{"product_id": "p1", "quantity": 1}]},
    )
    tell(buy, {"order_id": "3", "currency": "GBP", "products": [LANTERN]}, userId="u-3")
    tell("Order Cancelled", {"order_id": "3"})
    return Product.objects.get(external_id="p1")


def test_who_bought_who_returned_and_what_goes_with_it(sold: Product, actor: Any) -> None:
    refs = sales.refs_of(sold)
    figures = sales.product_figures(actor, refs)
    assert (figures.orders, figures.buyers, figures.bought, figures.returned) == (2, 2, 4, 1)
    assert figures.return_rate == 0.25
    assert [bought.line.order.external_id for bought in sales.buyers_of(actor, refs)] == ["2", "1"]
    assert [back.line.order.external_id for back in sales.buyers_of(actor, refs, returned=True)] == ["2"]
    companion = sales.bought_with(actor, refs)[0]
    assert (companion.name, companion.orders, companion.share) == ("Wick", 2, 1)
    assert Product.objects.get(pk=companion.product_id).external_id == "W"
    months = sales.sales_by_month(actor, refs, NOW, months=3)
    assert [(month.month.month, month.bought, month.returned) for month in months] == [
        (12, 0, 0),
        (1, 4, 1),
        (2, 0, 0),
    ]


def test_sales_reach_as_far_as_the_persons(sold: Product, page: Any) -> None:
    refs = sales.refs_of(sold)
    own = access.Actor("api_key", "x", "x", {"orders.view": Reach.OWN}, covers_unowned=False)
    assert sales.product_figures(own, refs).orders == 0
    assert sales.buyers_of(own, refs) == sales.bought_with(own, refs) == []
    with pytest.raises(Http404):
        sales.product_figures(access.Actor("api_key", "x", "x", {}), refs)
    assert f"/products/{sold.pk}/sales/" in page.get(f"/products/{sold.pk}/").content.decode()
    text = page.get(f"/products/{sold.pk}/sales/").content.decode()
    for words in ("Who bought it", "Who returned it", "Wick", "25%"):
        assert words in text


def test_subscriptions_on_pages_and_over_the_api(tell: Tell, page: Any, api: Any, actor: Any) -> None:
    base = {"subscription_id": "S", "plan": "Tea monthly", "amount": 12, "currency": "GBP"}
    tell("Subscription Started", base)
    tell("Order Completed", {"order_id": "A-2", "subscription_id": "S", "total": 12, "currency": "GBP"})
    tell("Subscription Renewed", {**base, "order_id": "A-2"})
    row = Subscription.objects.get()
    assert "Tea monthly" in page.get("/subscriptions/").content.decode()
    text = page.get(f"/subscriptions/{row.pk}/").content.decode()
    for words in ("A-2", "Renewed a subscription", "£12"):
        assert words in text
    assert f"/subscriptions/{row.pk}/" in page.get(f"/people/{row.person_id}/orders/").content.decode()
    order = queries.orders_of_subscription(actor, row).get()
    assert f"/subscriptions/{row.pk}/" in page.get(f"/orders/{order.pk}/").content.decode()
    got = api("GET", f"/subscriptions/{row.pk}")[1]
    assert (got["subscription_id"], got["renewals"], got["state"]) == ("S", 1, "active")
    assert api("GET", "/subscriptions?state=paused")[1]["data"] == []
    assert api("GET", f"/people/{row.person_id}/subscriptions")[1]["data"][0]["plan"] == "Tea monthly"
    stranger = access.Actor("api_key", "x", "x", {"orders.view": Reach.OWN}, covers_unowned=False)
    assert not queries.subscriptions(stranger).exists()
    assert Person.objects.filter(pk=row.person_id).exists()
