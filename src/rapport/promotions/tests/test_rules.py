"""What promotions take off, and when they do not hold: arithmetic alone."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.promotions.models import Promotion
from rapport.promotions.services.baskets import Basket, BasketLine
from rapport.promotions.services.rules import Result, Standing, judge
from rapport.promotions.tests.conftest import START, basket

PENCE = st.integers(0, 10**7).map(lambda units: Decimal(units) / 100)


def judged(cart: Basket, standing: Standing | None = None, **rules: Any) -> Result:
    given_rules = {"kind": "percent", "percent": Decimal(10), "state": "active", "free_quantity": 1} | rules
    names = {"first_order": False, "combines": False} | given_rules
    return judge(Promotion(key="p", name="P", **names), cart, standing or Standing(), START)


@pytest.mark.parametrize(
    ("rules", "cart", "discount", "shares"),
    [
        ({}, basket("19.99"), "2.00", ["2.00"]),
        ({"percent": Decimal("33.3333")}, basket("0.01", "0.01", "0.01"), "0.01", ["0.01", "0", "0"]),
        (
            {"percent": Decimal(50), "most_discount": Decimal(5), "currency": "GBP"},
            basket("30", "10"),
            "5",
            ["3.75", "1.25"],
        ),
        ({"kind": "amount", "amount": Decimal(10), "currency": "GBP"}, basket("5", "2"), "7", ["5", "2"]),
        ({"kind": "free_shipping"}, basket("5", shipping="3.95"), "3.95", ["0"]),
        ({"products": ["P2"]}, basket("30", "10"), "1", ["0", "1"]),
        ({"kind": "product", "products": ["P1", "P2"]}, basket("30", "10"), "10", ["0", "10"]),
        ({"percent": Decimal(15)}, basket("105", currency="JPY"), "16", ["16"]),
    ],
)  # fmt: skip
def test_what_is_taken_off(rules: dict[str, Any], cart: Basket, discount: str, shares: list[str]) -> None:
    result = judged(cart, **rules)
    assert (result.refusals, result.discount) == ((), Decimal(discount))
    assert list(result.shares) == [Decimal(share) for share in shares]


@given(st.lists(PENCE, min_size=1, max_size=8), st.decimals(Decimal("0.01"), 100, places=2))
def test_shares_add_up_and_never_exceed_the_goods(prices: list[Decimal], percent: Decimal) -> None:
    lines = [BasketLine(f"P{at}", price=price) for at, price in enumerate(prices)]
    result = judged(Basket("GBP", lines), percent=percent)
    assert sum(result.shares) == result.discount <= sum(prices)
    assert all(share >= 0 for share in result.shares)


@pytest.mark.parametrize(
    ("rules", "standing", "reason"),
    [
        ({"state": "stopped"}, Standing(), "stopped"),
        ({"starts_at": START + dt.timedelta(seconds=1)}, Standing(), "not_started"),
        ({"ends_at": START}, Standing(), "ended"),
        ({"person_limit": 1}, Standing(), "person_needed"),
        ({"person_limit": 2}, Standing(is_known=True, uses=2), "person_limit"),
        ({"segment_id": "x"}, Standing(is_known=True, in_segment=False), "not_in_segment"),
        ({"first_order": True}, Standing(is_known=True, has_ordered=True), "not_first_order"),
        ({"currency": "EUR"}, Standing(), "wrong_currency"),
        ({"currency": "GBP", "minimum": Decimal("20.01")}, Standing(), "below_minimum"),
        ({"minimum_quantity": 2}, Standing(), "too_few"),
        ({"categories": ["Home > Kitchen"]}, Standing(), "nothing_fits"),
        ({"kind": "free_shipping"}, Standing(), "no_shipping"),
        ({}, Standing(others_combine=True), "not_combinable"),
        ({"combines": True}, Standing(others_combine=False), "not_combinable"),
    ],
)  # fmt: skip
def test_why_it_does_not_hold(rules: dict[str, Any], standing: Standing, reason: str) -> None:
    refusal = judged(basket("20"), standing, **rules).refusals[0]
    assert refusal.code == reason
    assert "%(" not in refusal.words


def test_a_category_is_for_all_below_it() -> None:
    line = BasketLine("P1", category="Home > Kitchen > Pans", price=Decimal(10))
    assert judged(Basket("GBP", [line]), categories=["home > kitchen"]).discount == 1
    beside = BasketLine("P1", category="Home > Kitchenware", price=Decimal(10))
    assert judged(Basket("GBP", [beside]), categories=["Home > Kitchen"]).refusals
