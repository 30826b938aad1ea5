"""When a cart is called abandoned, and when it never is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from rapport.commerce.models import Cart, StaleSubjects
from rapport.commerce.services.carts import abandonment
from rapport.commerce.tests.conftest import Tell, fold_all
from rapport.core.clock import VirtualClock
from rapport.people.queries import find
from rapport.people.services.merging import merge_people

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
Look = Callable[[int], list[str]]


@pytest.fixture
def look(live: Any, clickhouse: Any) -> Look:
    """`look(70)` goes over the carts 70 minutes after noon and gives the names of what was told ever."""

    def go(minutes: int) -> list[str]:
        clock = VirtualClock(NOON + dt.timedelta(minutes=minutes))
        abandonment.tell_batch(clock)
        live.settle(clock)
        fold_all(clock)
        rows = clickhouse.rows("SELECT event FROM events WHERE event LIKE '%Abandoned' ORDER BY at", {})
        return [row["event"] for row in rows]

    return go


def at(minutes: int) -> str:
    return (NOON + dt.timedelta(minutes=minutes)).isoformat()


@pytest.fixture
def add(tell: Tell) -> Tell:
    def put(event: str = "Product Added", minutes: int = 0, **properties: Any) -> None:
        who = {"userId": properties.pop("who", "u-1")}
        clock = VirtualClock(NOON + dt.timedelta(minutes=minutes))
        line = {"product_id": "p1", "price": 3} if event == "Product Added" else {}
        tell(event, {**line, **properties}, at=at(minutes), clock=clock, **who)

    return put


def test_once_for_each_content(add: Tell, look: Look) -> None:
    add(minutes=0)
    assert look(59) == []
    assert look(61) == ["Cart Abandoned"]
    assert Cart.objects.get().state == "abandoned"
    assert look(600) == ["Cart Abandoned"]
    add("Cart Viewed", minutes=610)
    assert look(700) == ["Cart Abandoned"]
    add(minutes=710, product_id="p2")
    assert look(780) == ["Cart Abandoned", "Cart Abandoned"]


def test_a_checkout_has_its_own_time(add: Tell, look: Look) -> None:
    add(minutes=0)
    add("Checkout Started", minutes=5, value=3, step=2)
    assert look(34) == []
    assert look(36) == ["Checkout Abandoned"]


@pytest.mark.parametrize("late", [False, True])
def test_never_of_what_was_bought_on_another_device(add: Tell, look: Look, actor: Any, late: bool) -> None:
    add(minutes=0, cart_id="phone", who="phone")
    add(
        "Order Completed",
        minutes=20,
        order_id="O",
        total=3,
        currency="GBP",
        products=[{"product_id": "p1"}],
        who="laptop",
    )
    if late:  # the phone looks at its cart again, which its shop has not emptied
        add(
            "Cart Updated",
            minutes=30,
            cart_id="phone",
            products=[{"product_id": "p1", "quantity": 2}],
            who="phone",
        )
    phone, laptop = find(actor, "user_id:phone"), find(actor, "user_id:laptop")
    assert phone
    assert laptop
    merge_people(actor=actor, survivor_id=phone.pk, absorbed_id=laptop.pk, rule="by hand")
    fold_all()
    assert look(120) == []


def test_never_of_what_was_loaded_from_the_past(add: Tell, look: Look) -> None:
    add(minutes=0)
    assert look(60 * 26) == []


def test_not_while_events_wait(add: Tell, look: Look, live: Any) -> None:
    add(minutes=0)
    StaleSubjects.objects.create(subjects=[], since=NOON + dt.timedelta(minutes=10))
    assert abandonment.tell_batch(VirtualClock(NOON + dt.timedelta(minutes=65))) == (0, 0)
