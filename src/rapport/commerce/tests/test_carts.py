"""Carts as events tell of them."""

from __future__ import annotations

from decimal import Decimal

from rapport.commerce.models import Cart
from rapport.commerce.tests.conftest import Tell, order


def test_a_cart_through_its_life(tell: Tell) -> None:
    tell("Product Added", {"cart_id": "C", "product_id": "p1", "price": 3, "quantity": 2, "currency": "GBP"})
    tell("add_to_cart", {"cart_id": "C", "items": [{"item_id": "p2", "price": 5}]})
    tell("Product Removed", {"cart_id": "C", "product_id": "p1", "quantity": 1})
    cart = Cart.objects.get()
    assert (cart.state, cart.total, cart.items, len(cart.lines)) == ("open", 8, 2, 2)
    tell("Checkout Started", {"checkout_id": "C", "value": 8, "step": 1})
    tell("Coupon Applied", {"cart_id": "C", "coupon_id": "SPRING"})
    cart.refresh_from_db()
    assert (cart.state, cart.coupons[0]["code"], cart.checkout_step) == ("checkout", "SPRING", "1")
    tell(
        "Order Completed",
        {"order_id": "O", "checkout_id": "C", "total": 8, "currency": "GBP"},
        userId="another",
    )
    cart.refresh_from_db()
    assert (cart.state, cart.order, cart.waiting_since) == ("ordered", order("O"), None)


def test_carts_without_ids_follow_one_another_and_an_order_ends_each(tell: Tell) -> None:
    tell("Product Added", {"product_id": "p1", "price": 3})
    tell("Order Completed", {"order_id": "O-1", "total": 3, "currency": "GBP"})
    tell("Cart Viewed", {"products": []})
    tell("Product Added", {"product_id": "p2", "price": 4})
    first, second = Cart.objects.order_by("number")
    assert (first.state, first.order, first.total) == ("ordered", order("O-1"), 3)
    assert (second.state, second.total, second.lines[0]["product_id"]) == ("open", Decimal(4), "p2")
    tell("Order Completed", {"order_id": "O-0", "total": 4, "currency": "GBP"}, at="2026-01-06T10:00:00Z")
    second.refresh_from_db()
    assert second.order == order("O-0")
