"""Whose orders are: guests who become known, merges and what undoes them, erasure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rapport.commerce.models import Cart, CommerceFact, Order
from rapport.commerce.services.orders import personal_data
from rapport.commerce.tests.conftest import Tell, fold_all, order
from rapport.commerce.tests.test_orders import PLACED
from rapport.people.queries import find
from rapport.people.services.merging import merge_people
from rapport.people.services.unmerging import undo_merge

pytestmark = pytest.mark.django_db


def test_a_guests_order_joins_the_person_when_they_are_known(tell: Tell, live: Any, actor: Any) -> None:
    tell("Order Completed", PLACED, anonymousId="device")
    guest = order("A-1").person_id
    assert guest is not None
    live.ingest(
        [{"type": "identify", "userId": "u-9", "anonymousId": "device", "traits": {"email": "g@example.org"}}]
    )
    customer = find(actor, "user_id:u-9")
    assert customer
    assert order("A-1").person_id == customer.pk


def test_orders_move_and_come_back_also_those_that_came_in_between(tell: Tell, actor: Any) -> None:
    tell("Order Completed", PLACED, userId="a")
    tell("Order Completed", {**PLACED, "order_id": "B-1"}, userId="b")
    first, second = find(actor, "user_id:a"), find(actor, "user_id:b")
    assert first
    assert second
    merge = merge_people(actor=actor, survivor_id=first.pk, absorbed_id=second.pk, rule="by hand")
    tell("Order Completed", {**PLACED, "order_id": "B-2"}, userId="b")
    assert set(Order.objects.values_list("person_id", flat=True)) == {first.pk}
    undo_merge(actor=actor, merge=merge)
    fold_all()
    assert (order("A-1").person_id, order("B-1").person_id, order("B-2").person_id) == (
        first.pk,
        second.pk,
        second.pk,
    )


def test_erasure_keeps_the_sums_and_forgets_the_person(tell: Tell, actor: Any) -> None:
    tell("Product Added", {"product_id": "p1", "price": 1})
    tell("Order Completed", PLACED)
    tell("Order Shipped", {"order_id": "A-1", "tracking_number": "T1"})
    person = find(actor, "user_id:u-1")
    assert person
    assert personal_data.export([person.pk])["orders"][0]["number"] == "A-1"
    erased = personal_data.erase([person.pk])
    kept = order("A-1")
    assert erased["commerce_order"] == 1
    assert (kept.person_id, kept.home, kept.total, kept.lines.count()) == (None, None, Decimal("28.95"), 2)
    assert [coupon["code"] for coupon in kept.coupons] == [""]
    assert kept.parcels.get().tracking == ""
    assert not Cart.objects.exists()
    assert not CommerceFact.objects.exclude(home=None).exists()
    tell("Order Refunded", {"order_id": "A-1", "refund_id": "F", "total": 5, "currency": "GBP"})
    assert (order("A-1").person_id, order("A-1").net) == (None, Decimal("23.95"))


def test_what_a_strangers_device_said_of_the_order_goes_without_it(tell: Tell, actor: Any) -> None:
    tell("Order Completed", PLACED, anonymousId="device")
    tell("Order Paid", {"order_id": "A-1"}, userId="buyer")
    device, buyer = find(actor, "anonymous_id:device"), find(actor, "user_id:buyer")
    assert device
    assert buyer
    assert order("A-1").person_id == buyer.pk
    personal_data.erase([device.pk])
    assert order("A-1").person_id == buyer.pk
