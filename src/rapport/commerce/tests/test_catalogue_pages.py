"""The catalogue over the API and its pages: bulk by external ids, history, a search that forgives."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from rapport.commerce.models import Category, Price, Product
from rapport.commerce.queries import products as queries
from rapport.commerce.tests.conftest import item
from rapport.core import access


@pytest.fixture
def some_products(put) -> None:
    put(
        item(
            "L1",
            title="Storm lantern, large",
            brand="Lantern & Thistle",
            category="Home > Light",
            price="24.50",
        ),
        item(
            "L2",
            title="Sturmlaternen für den Garten",
            sku="ST-2",
            price="19",
            texts={"fr": {"title": "Lampe-tempête"}},
        ),
        item("M1", title="Thistle mug", gtin="4006381333931", stock=3),
    )


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("lantern", {"L1"}),
        ("lantren", {"L1"}),
        ("storm lan", {"L1"}),
        ("lanterns large", {"L1"}),
        ("thistle", {"L1", "M1"}),
        ("sturmlaterne", {"L2"}),
        ("garten fur", {"L2"}),
        ("tempete", {"L2"}),
        ("ST-2", {"L2"}),
        ("4006381333931", {"M1"}),
        ("zebra", set()),
        ("' OR 1=1 --", set()),
        ("!!! & | :*", set()),
        ("", {"L1", "L2", "M1"}),
    ],
)
@pytest.mark.usefixtures("some_products")
def test_search_forgives_what_was_mistyped(actor, text, ids):
    rows = queries.search(queries.products(actor), text) if text else queries.products(actor)
    assert set(rows.values_list("external_id", flat=True)) == ids


def test_products_in_bulk_name_what_was_refused(api: Any, shop):
    offers = {"prices": [{"currency": "gbp", "amount": "9.50"}], "stock": [{"available": 3}]}
    good = {"external_id": "A", "title": "Mug", "variants": [{"external_id": "A1", **offers}]}
    bad = {"external_id": "B", "url": "javascript:alert(1)"}
    status, answer = api("POST", "/products", {"products": [good, bad]})
    assert (status, answer["added"], [refusal["index"] for refusal in answer["refused"]]) == (200, 1, [1])
    prices = [{"variant": name, "currency": "GBP", "amount": 8} for name in ("A1", "nobody")]
    assert [refusal["index"] for refusal in api("POST", "/prices", {"prices": prices})[1]["refused"]] == [1]
    history = api("GET", "/prices?variant=A1")[1]["data"]
    assert [version["valid_until"] is None for version in history] == [True, False]
    assert [float(version["amount"]) for version in history] == [8, 9.5]
    assert api("GET", "/products?q=mugg")[1]["data"][0]["variants"][0]["external_id"] == "A1"
    assert api("POST", "/products", {"store": "de", "products": [good]})[1]["added"] == 1
    assert set(Product.objects.values_list("catalogue__store", "external_id")) == {("main", "A"), ("de", "A")}
    assert api("POST", "/stock", {"stock": [{"variant": "A1", "available": None}]})[1]["changed"] == 1
    assert api("GET", "/stock?variant=A1&current=true")[1]["data"][0]["available"] is None


@pytest.mark.usefixtures("some_products")
def test_pages_show_products_with_price_and_stock(client, user, clock):
    client.force_login(user)
    assert "£24.50" in client.get(reverse("commerce:products")).content.decode()
    product = Product.objects.get(external_id="L1")
    assert "£24.50" in client.get(reverse("commerce:product", args=[product.pk])).content.decode()
    category = Category.objects.get(name="Light")
    assert "Storm lantern" in client.get(reverse("commerce:category", args=[category.pk])).content.decode()


def test_a_feed_is_made_and_mapped_on_pages(client, user, shop, clock, tmp_path):
    client.force_login(user)
    answer = client.post(
        reverse("commerce:feed-new"), {"name": "Shop", "full": "on", "missing": "gone", "most_missing": 20}
    )
    address = answer["Location"]
    path = tmp_path / "f.csv"
    path.write_text("id,Bezeichnung,Kosten\nA,Mug,5\n")
    with path.open("rb") as file:
        assert client.post(address, {"file": file}).status_code == 302
    mapping = client.get(f"{address}mapping/").content.decode()
    assert "Kosten" in mapping
    chosen = {"column-0": "variant", "column-1": "title", "column-2": "price", "notation": ""}
    assert client.post(f"{address}mapping/", chosen).status_code == 302
    assert 'value="price" selected' in client.get(f"{address}mapping/").content.decode()


def test_prices_and_stock_are_nobody_else_s(shop, put):
    put(item(price="5"))
    nobody = access.Actor("api_key", "x", "x", {})
    assert not queries.products(nobody).exists()
    assert not queries.prices(nobody).exists()
    assert Price.objects.exists()
