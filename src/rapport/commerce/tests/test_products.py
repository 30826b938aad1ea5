"""Products are put by external ids: what is not named stays, and every change of price and stock is a version."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.commerce.category_paths import category_path, is_within
from rapport.commerce.feeds import values
from rapport.commerce.feeds.columns import suggested
from rapport.commerce.feeds.mapping import Mapper
from rapport.commerce.models import Category, Price, Product, ProductAlert, SearchWord, Stock, Variant
from rapport.commerce.queries import products as queries
from rapport.commerce.services import prices
from rapport.commerce.services.items import Item, PriceIn, checked, gtin
from rapport.commerce.tests.conftest import START, item

AMOUNTS = st.integers(0, 500).map(lambda cents: Decimal(cents) / 100)


def alerts() -> list[str]:
    return list(ProductAlert.objects.order_by("id").values_list("kind", flat=True))


def test_a_product_and_its_variants_come_in_one_step(put):
    written = put(
        item("T", "T-S", title="Tee", category="Clothes > Shirts", options={"size": "S"}, price="9.50"),
        item("T", "T-M", title="Tee", options={"size": "M"}, stock=4),
    )
    product = Product.objects.get()
    assert (written.added, product.variants.count(), product.category.path) == (2, 2, "Clothes > Shirts")
    assert Category.objects.get(path="Clothes > Shirts").parent.path == "Clothes"
    assert put(item("T", "T-S", title="Tee", price="9.50")).changed == 0


def test_what_is_not_named_stays(put):
    """medusajs/medusa#11176: updating a variant deleted the prices that were not passed."""
    put(
        item(
            title="Mug",
            brand="Lantern",
            price="5",
            stock=3,
            sku="M1",
            images=[{"url": "https://a.example/m.jpg"}],
        )
    )
    put(item(description="Blue"))
    product = Product.objects.get()
    assert (product.title, product.brand, product.description) == ("Mug", "Lantern", "Blue")
    assert product.images == [{"url": "https://a.example/m.jpg", "alt": ""}]
    assert (Price.objects.count(), Stock.objects.count(), Variant.objects.get().sku) == (1, 1, "M1")


def test_a_second_import_of_variants_makes_no_doubles(put):
    """woocommerce/woocommerce#19213."""
    rows = [item("T", f"T-{size}", title="Tee") for size in "SML"]
    put(*rows)
    put(*rows[::-1])
    assert Variant.objects.count() == 3


def test_a_group_s_price_is_another_than_everybody_s(put, clock):
    """medusajs/medusa#9183: a changed price removed the product from its price list."""
    put(item(price="10"))
    put(item(price=PriceIn(amount=Decimal(8), currency="GBP", customer_group="trade")))
    clock.advance(dt.timedelta(hours=1))
    put(item(price="11"))
    current = Price.objects.filter(valid_until=None).values_list("customer_group", "amount")
    assert dict(current) == {"": Decimal(11), "trade": Decimal(8)}
    assert alerts().count("Price Dropped") == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=15)
@given(steps=st.lists(st.tuples(AMOUNTS, st.none() | AMOUNTS, st.integers(-60, 600)), min_size=1, max_size=8))
def test_versions_follow_one_another_without_gap_or_overlap(put, clock, steps):
    """Whatever the clock does, at any time there is one price, and it is the one that was given last."""
    clock.advance(dt.timedelta(days=1))
    for amount, sale, seconds in steps:
        clock.advance(dt.timedelta(seconds=max(seconds, 0)))
        put(item(price=PriceIn(amount=amount, currency="GBP", sale_amount=sale)))
    versions = list(Price.objects.order_by("valid_from"))
    assert all(a.valid_until == b.valid_from for a, b in itertools.pairwise(versions))
    assert [version.valid_until is None for version in versions] == [False] * (len(versions) - 1) + [True]
    wanted = sale if sale is not None and sale < amount else amount
    assert versions[-1].at(clock.now()) == wanted


@pytest.mark.parametrize(
    ("before", "after", "event"),
    [
        (0, 3, "Back In Stock"),
        (9, 5, "Low Stock"),
        (9, 0, None),
        (0, 0, None),
        (5, 4, None),
        (3, 9, None),
        (0, None, "Back In Stock"),
        ({"London": 0, "Leeds": 4}, {"London": 9}, None),
        ({"London": 6, "Leeds": 4}, {"London": 0}, "Low Stock"),
    ],
)
def test_stock_is_told_when_it_matters(put, clock, before, after, event):
    put(item(title="Mug", stock=before))
    ProductAlert.objects.all().delete()
    clock.advance(dt.timedelta(hours=1))
    put(item(stock=after if isinstance(after, dict) else {"": after}))
    assert alerts() == ([event] if event else [])


def test_a_lower_price_is_told_once_and_a_higher_one_not(put, clock):
    for amount in ("10", "8", "8", "9"):
        clock.advance(dt.timedelta(minutes=1))
        put(item(price=amount))
    assert alerts().count("Price Dropped") == 1
    alert = ProductAlert.objects.get(kind="Price Dropped")
    assert alert.properties == {"price": 8.0, "previous_price": 10.0, "currency": "GBP"}


def test_a_sale_is_told_when_it_begins(put, clock):
    begins = START + dt.timedelta(days=1)
    put(item(price=PriceIn(amount=Decimal(10), currency="GBP", sale_amount=Decimal(7), sale_from=begins)))
    assert alerts() == ["New Arrival"]
    assert prices.begin_sales(START, begins - dt.timedelta(seconds=1)) == 0
    assert prices.begin_sales(begins - dt.timedelta(seconds=1), begins) == 1
    assert prices.begin_sales(begins, begins + dt.timedelta(days=1)) == 0


def test_words_are_kept_for_forgiving_search(put):
    put(item(title="Crème brûlée torch 3000"))
    assert set(SearchWord.objects.values_list("word", flat=True)) == {"creme", "brulee", "torch"}


@pytest.mark.parametrize(
    ("given", "kept"),
    [("4006381333931", "4006381333931"), ("36000291452", "036000291452"), ("96385074", "96385074")],
)
def test_gtins_that_a_spreadsheet_shortened_are_mended(given, kept):
    assert gtin(given) == kept


@pytest.mark.parametrize(
    "more",
    [
        {"gtin": "4006381333930"},
        {"url": "javascript:alert(1)"},
        {"images": [{"url": "file:///etc/passwd"}]},
        {"title": "x" * 501},
        {"status": "sold"},
        {"cost": Decimal(1), "cost_currency": "XYZ1"},
        {"prices": [PriceIn(amount=Decimal(-1), currency="GBP")]},
        {"prices": [PriceIn(amount=Decimal(1), currency="EURO")]},
    ],
)
def test_what_cannot_be_is_refused(more):
    with pytest.raises(ValidationError):
        checked(Item(product="P", variant="P", **more))


def test_categories_have_one_spelling():
    assert category_path(" Home &amp; Garden  >Kitchen /  Pans ") == "Home &amp; Garden > Kitchen > Pans"


def test_products_go_with_others_that_may_come_later(put: Any) -> None:
    put(item("P1", relations={"accessory": ["P3", "S2"], "upgrade": ["P1", "P4"]}), item("P2", sku="S2"))
    product = Product.objects.get(external_id="P1")
    assert _related(product) == [("accessory", "P2")]
    assert put(item("P3")).added == 1
    assert _related(product) == [("accessory", "P3"), ("accessory", "P2")]
    put(item("P1", relations={"accessory": ["S2"]}))
    put(item("P1", title="New"), item("P4"))
    assert _related(product) == [("accessory", "P2"), ("upgrade", "P4")]
    put(item("P1", relations={"upgrade": []}))
    assert _related(product) == [("accessory", "P2")]


def _related(product: Product) -> list[tuple[str, str]]:
    return [(row.kind, other.external_id) for row, other in queries.related(product)]


@pytest.mark.parametrize(
    "category", ["Home > Kitchen", "home/kitchen", "Home>Kitchen > Pans", " HOME »  Kitchen"]
)
def test_a_category_holds_those_below_it(category: str) -> None:
    assert is_within(category, ["Garden", "home"])
    assert is_within(category, ["Home > Kitchen"]) or "/" in category
    assert not is_within(category, ["Homes", "Kitchen"])


def test_amounts_of_feeds_are_never_floats() -> None:
    assert values.amount("90071992547409.9300 GBP", "price", "point") == (
        Decimal("90071992547409.9300"),
        "GBP",
    )


def test_what_goes_with_a_product_comes_in_columns() -> None:
    cells = {"ID": "1", "Name": "Pan", "Upsells": "id:2", "Cross-sells": "3, 4", "Related products": ""}
    read = Mapper(suggested(cells), "GBP", ZoneInfo("UTC")).item(cells, is_new=True)
    assert read.relations == {"accessory": ["3", "4"], "similar": [], "upgrade": ["2"]}
