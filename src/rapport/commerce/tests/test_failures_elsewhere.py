"""What failed in other shops and programs, by their public reports: it holds here."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from rapport.commerce.feeds import values
from rapport.commerce.models import Product, ProductAlert, Variant
from rapport.commerce.queries import sales
from rapport.commerce.services.items import Item, PriceIn, checked
from rapport.commerce.services.order_facts.hearing import Happened, fact_of
from rapport.commerce.services.order_facts.vocabulary import meaning_of
from rapport.commerce.services.orders.fold import fold
from rapport.commerce.services.orders.states import OrderState
from rapport.commerce.tests.conftest import START, Tell, fold_all, item, order

SHOPIFY = {
    "id": 8209, "order_number": 1001, "currency": "USD", "total_price": "20.00", "financial_status": "paid",
    "line_items": [{"id": 11, "product_id": 7, "sku": "X", "price": "10.00", "quantity": 2}],
}  # fmt: skip
REFUND = {
    "id": 92, "order_id": 8209, "transactions": [{"amount": "9.00", "kind": "refund"}],
    "refund_line_items": [{"line_item_id": 11, "quantity": 1, "line_item": {"id": 11, "product_id": 7}}],
}  # fmt: skip


def folded(*events: tuple[str, dict[str, Any]]) -> list[OrderState]:
    """The orders of these events, each a minute after the one before."""
    by_subject: dict[Any, list[Any]] = {}
    for number, (name, properties) in enumerate(events):
        meaning, at = meaning_of(name), START + dt.timedelta(minutes=number)
        assert meaning is not None
        happened = Happened(
            uuid.UUID(int=number), at, name, f"m{number}", "s", False, True, uuid.UUID(int=9), properties
        )
        stored = fact_of(meaning, happened, {})
        by_subject.setdefault(stored.subject, []).append(stored)
    return [fold(stored) for stored in by_subject.values()]


def test_a_refund_that_names_the_shops_id_joins_its_order() -> None:
    [shown] = folded(("orders/create", SHOPIFY), ("refunds/create", REFUND), ("refunds/create", REFUND))
    assert (shown.refunded, shown.net, shown.state) == (9, 11, "part_returned")


def test_an_update_after_the_cancellation_leaves_it_cancelled() -> None:
    gone = {
        **SHOPIFY,
        "cancelled_at": "2026-03-02T09:01:00Z",
        "financial_status": "paid",
        "cancel_reason": "fraud",
    }
    refunded = {"order_id": "8209", "status": "refunded"}
    [shown] = folded(("orders/create", SHOPIFY), ("orders/updated", gone), ("Order Updated", refunded))
    assert (shown.state, shown.net, shown.cancel_reason) == ("cancelled", 0, "fraud")


@pytest.mark.parametrize(
    ("event", "content"),
    [
        ("woocommerce_new_order", {"id": 1, "total": "18", "discount_total": "2", "line_items": [
            {"id": 2, "product_id": 9, "quantity": 2, "subtotal": "20.00", "total": "18.00", "price": 9}]}),
        ("purchase", {"transaction_id": "1", "value": 18, "items": [
            {"item_id": "9", "price": 9, "discount": 1, "quantity": 2}]}),
    ],
)  # fmt: skip
def test_a_discount_is_taken_off_once(event: str, content: dict[str, Any]) -> None:
    [shown] = folded((event, {**content, "currency": "EUR"}))
    [line] = shown.lines
    assert (line.line.price, line.discount, line.amount, shown.subtotal, shown.total) == (10, 2, 18, 20, 18)


def test_a_voucher_of_more_than_the_goods_leaves_nothing_to_pay() -> None:
    line = {"product_id": "a", "price": 10, "quantity": 2}
    [shown] = folded(
        ("Order Completed", {"order_id": 1, "currency": "EUR", "discount": 50, "products": [line]})
    )
    assert (shown.lines[0].amount, shown.total, shown.net) == (0, 0, 0)


def test_money_in_another_currency_is_named_and_not_added() -> None:
    placed = {"order_id": 1, "currency": "EUR", "total": 100}
    back = {"order_id": 1, "refund_id": "a", "amount": 110}
    [shown] = folded(("Order Completed", placed), ("Order Refunded", {**back, "currency": "USD"}))
    assert (shown.net, shown.problems[0]["reasons"]) == (100, ["other_currency"])
    [shown] = folded(("Order Completed", placed), ("Order Refunded", {**back, "amount": 30}))
    assert (shown.net, shown.problems) == (70, [])


def test_an_order_that_nobody_could_pay_is_worth_nothing() -> None:
    placed = ("Order Completed", {"order_id": 1, "currency": "EUR", "total": 100})
    failed = ("Payment Failed", {"order_id": 1, "payment_id": "p"})
    assert [shown.net for shown in folded(placed, failed)] == [0]
    assert [shown.net for shown in folded(failed, placed)] == [100]


@pytest.mark.parametrize("placed_at", ["9999-12-31", "0001-01-01", "2026-03-05T00:00:00Z"])
def test_no_order_is_from_the_end_of_time(placed_at: str) -> None:
    [shown] = folded(
        ("Order Completed", {"order_id": 1, "currency": "EUR", "total": 1, "placed_at": placed_at})
    )
    assert (shown.placed_at, shown.problems[0]["reasons"]) == (START, ["no_time:placed_at"])


def test_a_sale_lasts_until_its_last_day_is_over() -> None:
    since, until = values.period("2026-12-24/2026-12-24", ZoneInfo("Europe/Berlin"))
    berlin = ZoneInfo("Europe/Berlin")
    assert (since, until) == (
        dt.datetime(2026, 12, 24, tzinfo=berlin),
        dt.datetime(2026, 12, 25, tzinfo=berlin),
    )
    _since, noon = values.period("2026-12-24T08:00+0100/2026-12-24T12:00+0100", berlin)
    assert noon == dt.datetime(2026, 12, 24, 12, tzinfo=berlin)


def test_a_sign_of_several_currencies_is_no_other_one() -> None:
    assert values.amount("$5.00", "price", "point", "CAD") == (5, "")
    for cell in ("$5.00", "5,00 kr"):
        with pytest.raises(ValidationError):
            values.amount(cell, "price", "auto", "GBP")


def test_a_number_that_is_no_amount_is_refused_with_its_row() -> None:
    for cell in (1e16, float("inf"), Decimal("NaN")):
        with pytest.raises(ValidationError):
            values.amount(cell, "price", "auto", "GBP")


def test_what_pages_show_of_a_variant_is_checked() -> None:
    for wrong in (
        {"image": "javascript:alert(1)"},
        {"low_stock_at": 2**40},
        {"attributes": {"a": "x" * 60_000}},
    ):
        with pytest.raises(ValidationError):
            checked(Item(product="a", variant="a", **wrong))  # type: ignore[arg-type]
    sale = PriceIn(
        amount=Decimal(5), currency="GBP", sale_amount=Decimal(4), sale_from=START.replace(tzinfo=None)
    )
    sale.sale_until = START + dt.timedelta(days=1)
    assert checked(Item(product="a", variant="a", prices=[sale])).prices[0].sale_from


def test_over_the_api(api: Any, put: Any) -> None:
    taken = api("POST", "/orders", {"order_id": " A-1 ", "total": 5, "currency": "GBP"})[1]
    fold_all()
    assert taken["order_id"] == "A-1"
    assert api("POST", "/orders", {"order_id": "B", "at": "9999-12-31T23:59:59Z"})[0] == 422
    put(item("P", "P-red"), item("P", "P-blue"))
    api("POST", "/products", {"products": [{"external_id": "P", "title": "Shirt"}]})
    assert sorted(Variant.objects.values_list("external_id", flat=True)) == ["P-blue", "P-red"]


def test_a_product_is_its_own_shops_and_may_be_known_by_its_sku(tell: Tell, put: Any, actor: Any) -> None:
    put(item("MUG", price=10), item("7", price=10))
    line = {"price": 10, "quantity": 1}
    for number, content in enumerate(
        ({"product_id": "93", "sku": "MUG"}, {"product_id": "7"}, {"product_id": "7", "store": "other"})
    ):
        store = content.pop("store", "main")
        placed = {
            "order_id": str(number),
            "currency": "GBP",
            "store": store,
            "products": [{**line, **content}],
        }
        tell("Order Completed", placed)
    for sold in Product.objects.all():
        assert sales.product_figures(actor, sales.refs_of(sold)).orders == 1
    assert order("2").store == "other"


def test_a_price_of_nothing_is_no_news(put: Any) -> None:
    put(item("P", price=10))
    ProductAlert.objects.all().delete()
    put(item("P", price=0))
    assert not ProductAlert.objects.filter(kind="Price Dropped").exists()
