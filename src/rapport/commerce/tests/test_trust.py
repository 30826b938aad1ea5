"""What a page's key, which anybody has, may not say of orders once the shop's own server speaks of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rapport.commerce.models import Cart, Order, Subscription
from rapport.commerce.queries.order_history import history
from rapport.commerce.services.order_facts import copying, keeping
from rapport.commerce.services.orders import projection, rebuild
from rapport.commerce.tests.conftest import Tell, fold_all, order
from rapport.core import jobs
from rapport.core.access import Actor, system
from rapport.core.clock import SYSTEM
from rapport.core.models import Job
from rapport.events.models import Source
from rapport.people.queries import find

PLACED: dict[str, Any] = {"order_id": "A-1", "total": 30, "currency": "GBP"}
PAID = {**PLACED, "products": [{"product_id": "p1", "price": 30, "quantity": 1}]}
EARLY = "2026-01-01T00:00:00Z"


@pytest.fixture
def page_tell(tell: Tell) -> Tell:
    """Tells with the key that stands in the shop's pages."""
    Source.objects.create(name="site", kind=Source.Kind.WEBSITE, write_key="wk_site")
    return lambda event, properties, **call: tell(event, properties, source="site", **call)


def _person(user_id: str) -> Any:
    return find(system("test"), f"user_id:{user_id}").pk


def test_no_stranger_takes_an_order_over(tell: Tell, page_tell: Tell) -> None:
    page_tell("Order Completed", PLACED, at=EARLY, userId="thief")
    tell("Order Completed", PLACED, userId="customer")
    assert order("A-1").person_id == _person("customer")


def test_an_address_names_the_customer_too(tell: Tell, page_tell: Tell) -> None:
    address = [{"type": "email", "id": "ann@x.example", "collection": "users"}]
    tell("Order Completed", PLACED, anonymousId="device", context={"externalIds": address})
    page_tell("Order Completed", PLACED, userId="thief")
    assert order("A-1").person_id == find(system("test"), "email:ann@x.example").pk


def test_what_became_of_an_order_is_the_servers_to_say(tell: Tell, page_tell: Tell) -> None:
    tell("Order Paid", PAID)
    page_tell("Order Completed", {**PLACED, "total": 1, "status": "cancelled"}, at=EARLY)
    for event in ("Order Refunded", "Order Cancelled", "Return Received", "Order Delivered"):
        page_tell(event, {"order_id": "A-1"})
    shown = order("A-1")
    assert (shown.state, shown.payment_state, shown.total, shown.refunded) == ("open", "paid", 30, 0)
    assert [bool(step.ignored) for step in history(shown.pk)] == [True, False, True, True, True, True]


def test_a_page_says_what_was_ordered_where_no_server_does(tell: Tell, page_tell: Tell) -> None:
    page_tell("Order Completed", PAID)
    tell("Order Paid", {"order_id": "A-1"})
    shown = order("A-1")
    assert (shown.state, shown.payment_state, shown.total, shown.lines.count()) == ("open", "paid", 30, 1)
    assert not any(step.ignored for step in history(shown.pk))


def test_no_stranger_ends_a_subscription(tell: Tell, page_tell: Tell) -> None:
    plan = {"subscription_id": "S", "plan": "Tea", "amount": 9, "currency": "GBP"}
    tell("Subscription Started", plan, userId="customer")
    page_tell("Subscription Cancelled", {**plan, "plan": "<b>"}, at="2026-02-01T00:00:00Z", userId="thief")
    kept = Subscription.objects.get()
    assert (kept.state, kept.plan, kept.person_id) == ("active", "Tea", _person("customer"))


def test_a_source_that_is_renamed_is_believed_no_more_than_before(
    tell: Tell, page_tell: Tell, actor: Actor
) -> None:
    page_tell("Order Completed", PLACED, userId="thief", at=EARLY)
    page_tell("Order Refunded", {"order_id": "A-1"})
    tell("Order Completed", PLACED, userId="customer")
    Source.objects.filter(name="site").update(name="our old site")
    rebuild.order_rebuild(actor=actor)
    jobs.run_now(Job.objects.get(kind=rebuild.KIND), SYSTEM)
    fold_all()
    again = Order.objects.get()
    assert (again.refunded, again.person_id) == (0, _person("customer"))


def test_an_order_named_a_million_times_is_read_in_part(
    tell: Tell, page_tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST", 3)
    for total in range(1, 6):
        page_tell("Order Completed", {**PLACED, "total": total, "coupon": f"C{total}"})
    assert (order("A-1").total, len(keeping.facts_of([order("A-1").pk])[order("A-1").pk])) == (5, 3)
    for number in range(5):
        tell("Order Paid", {"order_id": "A-1", "payment_id": number, "amount": 1})
    assert order("A-1").paid == 5


HUGE = [
    {"product_id": f"p{number}", "price": "99999999999999", "quantity": 99_999_999} for number in range(9)
]


def test_sums_that_no_column_holds_are_told_and_cut(page_tell: Tell) -> None:
    page_tell("Order Completed", {"order_id": "H", "products": HUGE, "currency": "GBP"})
    page_tell("Cart Updated", {"cart_id": "C", "products": HUGE})
    assert order("H").total == Decimal("999999999999999.9999")
    assert order("H").problems[-1]["reasons"] == ["too_large"]
    assert Cart.objects.get().total == order("H").total


@pytest.mark.parametrize("name", ["country", "status", "affiliation"])
def test_letters_that_grow_fit_too(page_tell: Tell, name: str) -> None:
    page_tell("Order Completed", {**PLACED, name: "\u0130\u00df" * 200})
    page_tell("Order Shipped", {"order_id": "A-1", name: "\u0130\u00df" * 200})
    page_tell("Order Refunded", {"refund_id": "f" * 254, "amount": 1})
    assert order("A-1").total == 30
    assert Order.objects.count() == 2


def test_one_that_cannot_be_written_holds_up_no_other(
    tell: Tell, page_tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One event with a key that stands in every page would have stopped all orders."""
    monkeypatch.setattr(copying, "fitting", lambda value: value)
    monkeypatch.setattr(projection, "run_once", lambda _clock: 0)
    page_tell("Order Completed", {"order_id": "H", "products": HUGE, "currency": "GBP"})
    page_tell("Cart Updated", {"products": HUGE}, userId="customer")
    tell("Order Completed", PLACED, userId="customer")
    page_tell("Cart Updated", {"cart_id": "C", "products": [{"product_id": "p", "price": 1}]})
    monkeypatch.undo()
    monkeypatch.setattr(copying, "fitting", lambda value: value)
    fold_all()
    assert list(Order.objects.values_list("external_id", flat=True)) == ["A-1"]
    assert list(Cart.objects.values_list("external_id", flat=True)) == ["C"]
