"""Redemptions follow the orders of servers, and nobody's who only has a page's key."""

from __future__ import annotations

from typing import Any

import pytest

from rapport.commerce.tests.conftest import tell
from rapport.core.access import Actor
from rapport.events.models import Source
from rapport.promotions.models import Coupon, Redemption
from rapport.promotions.services import following, redeeming
from rapport.promotions.tests.conftest import Make, claim

__all__ = ["tell"]
PLACED: dict[str, Any] = {
    "order_id": "A-1", "currency": "GBP", "coupon": "ONE", "discount": 2,
    "products": [{"product_id": "P1", "price": 20, "quantity": 1}],
}  # fmt: skip


@pytest.fixture
def coupon(make: Make, add: Any) -> Coupon:
    return add(make(), "ONE", max_uses=1)


def uses() -> int:
    return Coupon.objects.get(code="ONE").uses


def test_an_order_that_names_a_code_without_asking_counts_once(tell: Any, coupon: Coupon) -> None:
    for _again in range(2):
        tell("Order Completed", PLACED)
        following.run_once()
    row = Redemption.objects.get()
    assert (row.observed, row.order_ref, row.discount, uses()) == (True, "A-1", 2, 1)


def test_a_cancelled_order_gives_its_code_back(tell: Any, coupon: Coupon, actor: Actor) -> None:
    redeeming.redeem(actor=actor, claim=claim(coupon, order="A-1"))
    tell("Order Completed", PLACED)
    tell("Order Cancelled", {"order_id": "A-1"})
    following.run_once()
    assert (Redemption.objects.get().state, uses()) == ("cancelled", 0)


def test_a_page_uses_up_no_code_and_gives_none_back(tell: Any, coupon: Coupon, actor: Actor) -> None:
    Source.objects.create(name="page", kind="website", write_key="wk_page")
    tell("Order Completed", PLACED, source="page")
    following.run_once()
    assert not Redemption.objects.exists()
    redeeming.redeem(actor=actor, claim=claim(coupon, order="A-1"))
    tell("Order Cancelled", {"order_id": "A-1"}, source="page")
    following.run_once()
    assert (Redemption.objects.get().state, uses()) == ("redeemed", 1)
