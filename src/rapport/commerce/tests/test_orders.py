"""Orders as events tell of them, in the specification's names and in others'."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rapport.commerce.models import Order, Subscription
from rapport.commerce.tests.conftest import Tell, order

LINES = [
    {"product_id": "p1", "sku": "S1", "name": "Lantern", "price": 10.5, "quantity": 2},
    {"product_id": "p2", "name": "Thistle", "price": 4, "quantity": 1},
]
PLACED: dict[str, Any] = {
    "order_id": "A-1", "total": 28.95, "shipping": 3.95, "currency": "gbp", "products": LINES, "coupon": "SPRING",
}  # fmt: skip


def test_an_order_through_its_life(tell: Tell) -> None:
    tell("Order Completed", PLACED)
    placed = order("A-1")
    assert (placed.state, placed.payment_state, placed.currency) == ("open", "", "GBP")
    assert (placed.total, placed.subtotal, placed.net) == (Decimal("28.95"), 25, Decimal("28.95"))
    assert [(line.product_ref, line.quantity, line.amount) for line in placed.lines.all()] == [
        ("p1", 2, 21),
        ("p2", 1, 4),
    ]
    tell("Order Paid", {"order_id": "A-1", "payment_method": "card"})
    tell(
        "Order Shipped",
        {"order_id": "A-1", "tracking_number": "T1", "carrier": "DHL", "estimated_delivery": "2026-01-09"},
    )
    shipped = order("A-1")
    assert (shipped.state, shipped.payment_state, shipped.paid) == ("shipped", "paid", Decimal("28.95"))
    parcel = shipped.parcels.get()
    assert (parcel.tracking, parcel.carrier) == ("T1", "DHL")
    assert shipped.expected_at
    assert shipped.expected_at.date().isoformat() == "2026-01-09"
    tell("Order Delivered", {"order_id": "A-1"})
    assert (order("A-1").state, order("A-1").expected_at) == ("delivered", None)


def test_an_order_that_comes_back(tell: Tell) -> None:
    tell("Order Completed", PLACED)
    tell(
        "Return Requested",
        {"order_id": "A-1", "return_id": "R1", "products": [{"product_id": "p1", "quantity": 1}]},
    )
    tell("Return Received", {"order_id": "A-1", "return_id": "R1", "reason": "too small"})
    tell("Order Refunded", {"order_id": "A-1", "refund_id": "F1", "total": 10.5, "currency": "GBP"})
    back = order("A-1")
    assert (back.state, back.payment_state, back.net) == ("part_returned", "part_refunded", Decimal("18.45"))
    assert [(row.state, row.reason) for row in back.returns.all()] == [("received", "too small")]
    assert back.lines.get(product_ref="p1").returned == 1


@pytest.mark.parametrize(
    ("event", "properties"),
    [
        ("purchase", {"transaction_id": "X", "value": 20, "tax": 2, "currency": "EUR",
                      "items": [{"item_id": "a", "item_name": "A", "price": 10, "quantity": 2}]}),
        ("orders/create", {"id": "X", "name": "#5", "order_number": 5, "total_price": "22.00", "currency": "EUR",
                           "total_tax": "2.00",
         "line_items": [{"id": 9, "product_id": "a", "title": "A", "price": "10.00", "quantity": 2}]}),
        ("Placed Order", {"$event_id": "X", "$value": 22, "currency": "EUR",
                          "Items": [{"ProductID": "a", "ProductName": "A", "ItemPrice": 10, "Quantity": 2}]}),
        ("woocommerce_new_order", {"number": "X", "total": "22.00", "total_tax": "2.00", "currency": "EUR",

         "line_items": [{"id": 1, "product_id": "a", "name": "A", "quantity": 2, "price": 10, "total": "20.00"}]}),
    ],
)  # fmt: skip
def test_other_vocabularies(tell: Tell, event: str, properties: dict[str, Any]) -> None:
    tell(event, properties)
    placed = order("X")
    line = placed.lines.get()
    assert (placed.total, placed.currency, placed.problems) == (22, "EUR", [])
    assert (line.product_ref, line.name, line.price, line.quantity) == ("a", "A", 10, 2)


def test_a_thank_you_page_shown_again_changes_nothing(tell: Tell) -> None:
    """Reloaded pages send Order Completed anew under another id, days later."""
    tell("Order Completed", PLACED, at="2026-01-05T10:00:00Z")
    tell("Order Cancelled", {"order_id": "A-1", "reason": "changed their mind"}, at="2026-01-06T10:00:00Z")
    tell("Order Completed", PLACED, at="2026-01-08T10:00:00Z")
    again = order("A-1")
    assert (again.state, again.net, again.placed_at.day) == ("cancelled", 0, 5)
    assert Order.objects.count() == 1
    tell("Order Reopened", {"order_id": "A-1"}, at="2026-01-09T10:00:00Z")
    assert order("A-1").state == "open"


def test_the_page_and_the_server_tell_of_one_order_and_the_server_counts(tell: Tell) -> None:
    from rapport.events.models import Source

    Source.objects.create(name="site", kind=Source.Kind.WEBSITE, write_key="wk_site")
    tell("Order Completed", {**PLACED, "total": 1}, source="site", anonymousId="device")
    assert order("A-1").total == 1
    tell("Order Completed", PLACED)
    tell("Order Refunded", {"order_id": "A-1"}, source="site", anonymousId="stranger")
    counted = order("A-1")
    assert (counted.total, counted.refunded, counted.payment_state) == (Decimal("28.95"), 0, "")


def test_a_whole_refund_told_twice_is_one(tell: Tell) -> None:
    tell("Order Completed", PLACED)
    tell("Order Refunded", {"order_id": "A-1"})
    tell("Order Refunded", {"order_id": "A-1", "total": 28.95, "currency": "GBP"})
    assert (order("A-1").refunded, order("A-1").payment_state) == (Decimal("28.95"), "refunded")


def test_what_comes_before_its_order_waits_for_it(tell: Tell) -> None:
    tell(
        "Order Refunded",
        {"order_id": "A-1", "refund_id": "F", "total": 4, "currency": "GBP"},
        at="2026-01-07T10:00:00Z",
    )
    assert (order("A-1").state, order("A-1").net) == ("refund_only", -4)
    tell("Order Completed", PLACED, at="2026-01-05T10:00:00Z")
    assert (order("A-1").state, order("A-1").net) == ("open", Decimal("24.95"))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"currency": None}, "no_currency"),
        ({"currency": "POUNDS"}, "unknown_currency"),
        ({"total": "28,95 €"}, "comma:total"),
        ({"total": "a lot"}, "not_a_number:total"),
        ({"order_id": None}, "no_order_id"),
        ({"products": [{"product_id": "p1", "quantity": -2, "price": 1}]}, "negative_quantity"),
        ({"products": [{"product_id": "p1"}]}, "no_price"),
        ({"products": ["p1"]}, "product_no_object"),
        ({"products": "p1"}, "products_no_list"),
        ({"products": [{"price": 3}]}, "product_unnamed"),
    ],
)
def test_bad_values_have_a_reason_and_the_order_is_there(
    tell: Tell, change: dict[str, Any], reason: str
) -> None:
    tell("Order Completed", {**PLACED, **change})
    kept = Order.objects.get()
    assert reason in kept.problems[0]["reasons"]
    assert kept.problems[0]["message_id"] == "m-1"
    assert kept.currency == "GBP"


def test_a_number_of_items_is_no_bad_list(tell: Tell) -> None:
    tell("Order Completed", {"order_id": "A-1", "total": 5, "currency": "GBP", "items": 3})
    assert (order("A-1").total, order("A-1").problems) == (5, [])


def test_text_for_numbers_is_read(tell: Tell) -> None:
    tell(
        "Order Completed",
        {**PLACED, "total": "1,028.95", "products": [{"sku": "S", "price": "7.50", "quantity": "3"}]},
    )
    kept = order("A-1")
    assert (kept.total, kept.lines.get().amount, kept.problems) == (Decimal("1028.95"), Decimal("22.5"), [])


def test_subscriptions(tell: Tell) -> None:
    base = {"subscription_id": "S", "plan": "Tea monthly", "amount": 12, "currency": "GBP"}
    tell("Subscription Started", {**base, "next_billing_date": "2026-02-05"})
    tell("Subscription Renewed", {**base, "order_id": "A-2"})
    tell("Subscription Charged", {**base, "order_id": "A-2"})
    tell("Subscription Payment Failed", {"subscription_id": "S"})
    kept = Subscription.objects.get()
    assert (kept.state, kept.renewals, kept.amount, kept.plan) == ("failing", 1, 12, "Tea monthly")
    tell("Subscription Cancelled", {"subscription_id": "S", "reason": "moved"})
    assert (Subscription.objects.get().state, Subscription.objects.get().reason) == ("cancelled", "moved")
