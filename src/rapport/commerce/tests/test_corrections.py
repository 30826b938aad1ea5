"""Whose an order is, what it is called, and what of it does not count: said again, and the other way."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from rapport.commerce.models import CommerceFact, Order
from rapport.commerce.queries import order_timeline
from rapport.commerce.queries import orders as queries
from rapport.commerce.services.orders import corrections, personal_data
from rapport.commerce.tests.conftest import START, Tell, fold_all, order
from rapport.commerce.tests.test_failures_elsewhere import SHOPIFY, folded
from rapport.core.access import Actor, for_user
from rapport.core.clock import SYSTEM, VirtualClock
from rapport.events.models import Source
from rapport.events.wording import Happening
from rapport.people.models import Person

PLACED = {"order_id": "A-1", "total": 50, "currency": "GBP", "products": [{"sku": "T", "price": 50}]}
BACK = {"order_id": "A-1", "amount": 10, "currency": "GBP"}


@pytest.fixture
def correct(live: Any, user: Any) -> Any:
    """`correct(corrections.reassign, person_id=…)` corrects the order A-1 and folds."""
    actor = for_user(user)

    def run(change: Any, **how: Any) -> Order:
        change(actor=actor, order=order("A-1"), **how)
        live.settle()
        fold_all()
        return order("A-1")

    return run


def _message(kind: str, place: int = -1) -> str:
    rows = [row for row in CommerceFact.objects.order_by("at") if f'"{kind}"' in row.content]
    return rows[place].message_id


def test_an_order_goes_to_another_customer_and_stays_theirs(
    tell: Tell, correct: Any, person: Any, actor: Actor
) -> None:
    tell("Order Completed", PLACED)
    first, other = order("A-1").person, person(email="other@example.org")
    moved = correct(corrections.reassign, person_id=other.pk)
    assert (moved.person_id, moved.is_proven) == (other.pk, True)
    tell("Order Updated", {**PLACED, "total": 60}, at="2027-01-01T10:00:00Z")
    assert (order("A-1").person_id, order("A-1").total) == (other.pk, 60)
    assert first is not None
    assert _title(actor, first, "placed").endswith("another customer's now")
    assert "60" in _title(actor, other, "reassigned")
    back = correct(corrections.reassign, person_id=first.pk)
    assert back.person_id == first.pk
    with pytest.raises(ValidationError):
        correct(corrections.reassign, person_id=first.pk)


def _title(actor: Actor, person: Person, kind: str) -> str:
    message = _message(kind, 0)
    happening = Happening(person.pk, message, START, START, "", "", "", "", "", "")
    return order_timeline.records(actor, [happening])[message].title


def test_no_page_gives_an_order_away(tell: Tell) -> None:
    Source.objects.create(name="site", kind=Source.Kind.WEBSITE, write_key="wk_site")
    tell("Order Completed", PLACED)
    owner = order("A-1").person_id
    tell("Order Reassigned", {"order_id": "A-1"}, source="site", userId="thief")
    tell("Order Updated", {**PLACED, "names_customer": True}, source="site", userId="thief")
    assert order("A-1").person_id == owner
    tell("Order Updated", {**PLACED, "names_customer": True}, userId="u-2")
    assert order("A-1").person_id != owner


def test_a_correction_by_hand_stays_until_the_shop_names_somebody_else(
    tell: Tell, correct: Any, person: Any
) -> None:
    named = {**PLACED, "names_customer": True}
    tell("Order Completed", PLACED)
    tell("Order Updated", named)
    other = person(email="other@example.org")
    correct(corrections.reassign, person_id=other.pk)
    later = VirtualClock(SYSTEM.now() + dt.timedelta(days=1))
    tell("Order Updated", named, at=later.now().isoformat(), clock=later)
    assert order("A-1").person_id == other.pk
    tell("Order Updated", named, at=later.now().isoformat(), clock=later, userId="u-2")
    assert order("A-1").person_id != other.pk


def test_the_erasure_of_the_first_customer_leaves_the_order_to_the_second(
    tell: Tell, correct: Any, person: Any
) -> None:
    tell("Order Completed", PLACED)
    first, other = order("A-1").person, person(email="other@example.org")
    correct(corrections.reassign, person_id=other.pk)
    assert first is not None
    personal_data.erase([first.pk])
    assert order("A-1").person_id == other.pk
    with pytest.raises(ValidationError, match="all there is"):
        correct(corrections.leave_out, message_id=_message("placed"))
    personal_data.erase([other.pk])
    assert (order("A-1").person_id, order("A-1").total) == (None, 50)
    with pytest.raises(ValidationError, match="forgotten"):
        correct(corrections.reassign, person_id=person(email="third@example.org").pk)


def test_two_equal_refunds_without_a_number_are_doubted_and_one_is_left_out(tell: Tell, correct: Any) -> None:
    tell("Order Completed", PLACED)
    tell("Order Refunded", BACK)
    tell("Order Refunded", BACK)
    doubted = order("A-1")
    assert (doubted.refunded, [row["reasons"] for row in doubted.problems]) == (20, [["perhaps_twice"]])
    twice = doubted.problems[0]["message_id"]
    left = correct(corrections.leave_out, message_id=twice)
    assert (left.refunded, left.problems) == (10, [])
    assert correct(corrections.count_again, message_id=twice).refunded == 20
    assert correct(corrections.leave_out, message_id=twice).refunded == 10
    with pytest.raises(ValidationError):
        correct(corrections.leave_out, message_id=twice)
    assert left.person_id
    personal_data.erase([left.person_id])
    assert order("A-1").refunded == 10


def test_the_payment_services_time_tells_equal_refunds_apart(tell: Tell) -> None:
    tell("Order Completed", PLACED)
    for at in ("2026-02-01T10:00:00Z", "2026-02-01T10:00:00Z", "2026-02-01T10:05:00Z"):
        tell("Order Refunded", {**BACK, "refunded_at": at})
    assert (order("A-1").refunded, order("A-1").problems) == (20, [])


@pytest.mark.parametrize(
    ("event", "content", "number"),
    [
        ("orders/create", SHOPIFY | {"name": "#1001"}, "#1001"),
        ("woocommerce_new_order", SHOPIFY | {"order_number": None, "number": "77"}, "77"),
        ("Order Completed", {"order_id": "9", "order_number": "R-9", "total": 1}, "R-9"),
        ("Order Completed", {"order_number": "R-9", "total": 1}, ""),
    ],
)
def test_an_order_has_the_number_that_people_see(event: str, content: dict[str, Any], number: str) -> None:
    [shown] = folded((event, content))
    assert (shown.number or "") == (number or shown.external_id)


def test_an_order_is_found_by_either_number(tell: Tell, actor: Actor) -> None:
    tell("orders/create", SHOPIFY | {"name": "#1001"})
    rows = queries.orders(actor)
    assert [str(row) for text in ("#100", "8209") for row in queries.numbered(rows, text)] == [
        "#1001",
        "#1001",
    ]
    assert not queries.numbered(rows, "820").exists()
    assert order("8209").total == Decimal(20)
