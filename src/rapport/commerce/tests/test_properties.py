"""Any order and repetition of the facts gives the same order, and shares add up."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rapport.commerce.services.carts import fold as cart_fold
from rapport.commerce.services.order_facts.hearing import Happened, fact_of
from rapport.commerce.services.order_facts.stored import StoredFact, subject_id
from rapport.commerce.services.order_facts.vocabulary import KINDS, Meaning, leading_name
from rapport.commerce.services.orders import fold as order_fold
from rapport.commerce.services.orders import subscriptions
from rapport.core.money import rounded

START = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
HOMES = [uuid.UUID(int=number) for number in (1, 2)]
amounts = st.one_of(
    st.none(),
    st.integers(-5, 500),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.sampled_from(["12.50", "12,50", "1,234.5 €", "x", "", "-3", True, [], {"amount": "4"}]),
)
names = st.sampled_from(["", "a", "b", None, 7, {}])
products = st.one_of(
    st.none(), st.just("x"),
    st.lists(
        st.fixed_dictionaries(
            {}, optional={"product_id": names, "sku": names, "price": amounts, "quantity": amounts, "discount": amounts,
                          "tax": amounts, "total": amounts}
        ),
        max_size=4,
    ),
)  # fmt: skip
contents = st.fixed_dictionaries(
    {"products": products},
    optional={"total": amounts, "revenue": amounts, "tax": amounts, "shipping": amounts, "discount": amounts,
              "currency": st.sampled_from(["GBP", "jpy", "no", None, 3]), "refund_id": names, "return_id": names,
              "payment_id": names, "tracking_number": names, "fulfillment_id": names, "amount": amounts,
              "status": st.sampled_from(["paid", "cancelled", "x"]), "coupon": names, "step": names,
              "estimated_delivery": st.sampled_from(["2026-01-09", "soon", 5])},
)  # fmt: skip


def facts_about(about: str) -> st.SearchStrategy[list[StoredFact]]:
    meanings = st.sampled_from([Meaning(about, kind) for kind in KINDS[about]])
    drawn = st.lists(
        st.tuples(meanings, st.integers(0, 3), st.integers(0, 1), st.booleans(), st.booleans(), contents),
        min_size=1, max_size=7,
    )  # fmt: skip
    return drawn.map(lambda rows: [_fact(about, number, *row) for number, row in enumerate(rows)])


def _fact(
    about: str,
    number: int,
    meaning: Meaning,
    minute: int,
    home: int,
    public: bool,
    is_known: bool,
    content: Any,
) -> StoredFact:
    name = {"order": "order_id", "cart": "cart_id", "subscription": "subscription_id"}[about]
    happened = Happened(
        uuid.UUID(int=1000 + number), START + dt.timedelta(minutes=minute), leading_name(meaning), f"m{number}", "shop",
        public, is_known, HOMES[home], {**content, name: "X"},
    )  # fmt: skip
    return fact_of(meaning, happened, {})


@given(facts_about("order"), st.randoms(use_true_random=False))
def test_orders_are_the_same_in_any_order_and_repetition(stored: list[StoredFact], random: Any) -> None:
    mixed = [*stored, *random.sample(stored, len(stored) // 2)]
    random.shuffle(mixed)
    order, again = order_fold.fold(stored), order_fold.fold(mixed)
    assert order == again
    assert order.id == subject_id("order", "main", "X")
    assert all(line.returned <= max(line.quantity, Decimal(0)) for line in order.lines)


@given(facts_about("cart"), st.randoms(use_true_random=False))
def test_carts_are_the_same_in_any_order_and_repetition(stored: list[StoredFact], random: Any) -> None:
    mixed = [*stored, *stored[:2]]
    random.shuffle(mixed)
    assert cart_fold.fold(stored, []) == cart_fold.fold(mixed, [])


@given(facts_about("subscription"), st.randoms(use_true_random=False))
def test_subscriptions_are_the_same_in_any_order(stored: list[StoredFact], random: Any) -> None:
    mixed = [*stored, *stored]
    random.shuffle(mixed)
    assert subscriptions.fold(stored) == subscriptions.fold(mixed)


@given(
    st.lists(st.tuples(st.decimals(0, 999, places=2), st.integers(1, 9)), min_size=1, max_size=9),
    st.decimals(0, 99, places=2),
    st.decimals(0, 99, places=2),
    st.sampled_from(["GBP", "JPY", "KWD"]),
)
def test_shares_of_discount_and_tax_add_up(
    lines: list[tuple[Decimal, int]], discount: Decimal, tax: Decimal, currency: str
) -> None:
    named = enumerate(lines)
    content = {
        "products": [{"sku": str(n), "price": str(price), "quantity": quantity} for n, (price, quantity) in named],
        "discount": str(discount), "tax": str(tax), "currency": currency,
    }  # fmt: skip
    order = order_fold.fold([_fact("order", 0, Meaning("order", "placed"), 0, 0, False, True, content)])
    goods = sum((price * quantity for price, quantity in lines), Decimal(0))
    off = rounded(min(discount, goods), currency)
    assert sum(line.discount for line in order.lines) == off
    assert sum(line.tax for line in order.lines) == rounded(tax, currency)
    assert sum(line.amount for line in order.lines) == goods - off
    assert order.total == rounded(goods - off + tax, currency)
