"""Points for orders: what they are worth now, whoever told it, in whatever order."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.commerce.models import Order, OrderLine
from rapport.commerce.registry import VOUCHERS
from rapport.commerce.services import exchange_rates
from rapport.commerce.services.exchange_rates import Rate
from rapport.commerce.services.order_facts import keeping
from rapport.commerce.services.order_facts.hearing import Happened, fact_of
from rapport.commerce.services.order_facts.vocabulary import meaning_of
from rapport.core.access import Actor
from rapport.core.clock import VirtualClock
from rapport.events.models import Source
from rapport.loyalty.models import Account, EarnRule, Entry, OrderPoints, Program
from rapport.loyalty.services import points
from rapport.loyalty.services.earning.worth import worth
from rapport.loyalty.services.points import Booking
from rapport.loyalty.tests.conftest import START, Rule, held, settle

GOODS: list[dict[str, Any]] = [
    {"product_id": "p1", "price": 10, "quantity": 3, "category": "Toys > Trains"},
    {"product_id": "p2", "price": 20.5, "quantity": 1, "category": "Books"},
]
PLACED: dict[str, Any] = {"order_id": "A-1", "currency": "GBP", "products": GOODS}
HISTORY: list[tuple[str, dict[str, Any]]] = [
    ("Order Completed", PLACED),
    ("Order Paid", {"order_id": "A-1", "total": 50.5}),
    ("Return Received", {"order_id": "A-1", "return_id": "r1", "products": [{"product_id": "p1", "quantity": 1}]}),
    ("Order Refunded", {"order_id": "A-1", "refund_id": "f1", "total": 15, "currency": "GBP"}),
    ("Order Cancelled", {"order_id": "A-1"}),
    ("Order Reopened", {"order_id": "A-1"}),
]  # fmt: skip


def test_a_visitor_is_a_member_once_known(tell: Any, rule: Rule, clock: VirtualClock) -> None:
    rule()
    tell("Order Completed", PLACED, anonymousId="visit")
    settle(clock)
    assert not Account.objects.exists()
    tell("Signed Up", {}, anonymousId="visit", userId="ada")
    settle(clock)
    account = _only()
    assert (held(account), account.joined_at.isoformat()) == (
        (0, 50, 0),
        Order.objects.get().placed_at.isoformat(),
    )


def test_another_currency_counts_by_the_rate_of_its_day(
    tell: Any, rule: Rule, clock: VirtualClock, actor: Actor
) -> None:
    rule()
    tell("Order Completed", {**PLACED, "currency": "USD"})
    day = Order.objects.get().placed_at.date()
    settle(clock)
    assert not Account.objects.exists()
    rates = [Rate(day, "GBP", Decimal("0.8")), Rate(day, "USD", Decimal("1.6"))]
    exchange_rates.put(actor=actor, rates=rates)
    settle(clock)
    assert held(_only()) == (0, 25, 0)


def _only() -> Account:
    return Account.objects.get()


def test_points_wait_until_nothing_can_be_returned(tell: Any, rule: Rule, clock: VirtualClock) -> None:
    rule(points=2)
    tell("Order Completed", PLACED)
    settle(clock)
    assert held(_only()) == (0, 101, 0)
    clock.advance(dt.timedelta(days=30))
    settle(clock)
    assert held(_only()) == (101, 0, 0)
    clock.advance(dt.timedelta(days=366))
    settle(clock)
    assert held(_only()) == (0, 0, 0)


def test_a_page_gives_nobody_points(tell: Any, rule: Rule, clock: VirtualClock) -> None:
    Source.objects.create(name="site", kind=Source.Kind.WEBSITE, write_key="wk_site")
    rule()
    tell("Order Completed", PLACED, source="site", userId="thief")
    tell("Order Paid", {"order_id": "A-1", "total": 50.5}, userId="thief")
    settle(clock)
    assert not Entry.objects.exists()
    tell("Order Completed", PLACED, userId="customer")
    settle(clock)
    assert held(_only()) == (0, 50, 0)


def test_a_guest_of_the_server_is_nobody_whom_a_page_names(
    tell: Any, rule: Rule, clock: VirtualClock
) -> None:
    Source.objects.create(name="site", kind=Source.Kind.WEBSITE, write_key="wk_site")
    rule()
    tell("Order Completed", PLACED, anonymousId="guest")
    tell("Order Completed", PLACED, source="site", userId="thief")
    settle(clock)
    thief = Order.objects.get().person
    assert not Entry.objects.filter(account__person=thief).exists()


def test_points_follow_an_order_to_another_customer(
    tell: Any, rule: Rule, clock: VirtualClock, live: Any
) -> None:
    rule()
    tell("Order Completed", PLACED)
    settle(clock)
    first = _only()
    tell("Order Reassigned", {"order_id": "A-1"}, userId="u-2")
    settle(clock)
    first.refresh_from_db()
    assert held(first) == (0, 0, 0)
    assert held(Account.objects.exclude(pk=first.pk).get()) == (0, 50, 0)
    Program.objects.update(enrols_everybody=False)
    tell("Order Reassigned", {"order_id": "A-1"}, userId="u-3")
    settle(clock)
    assert [held(account) for account in Account.objects.all()] == [(0, 0, 0), (0, 0, 0)]


def test_what_was_spent_before_the_return_is_owed(
    tell: Any, rule: Rule, clock: VirtualClock, actor: Actor, program: Program
) -> None:
    rule()
    Program.objects.update(return_days=0)
    tell("Order Completed", PLACED)
    settle(clock)
    points.book(actor=actor, account_id=_only().pk, booking=Booking("spend", 40, "k"), clock=clock)
    tell("Order Cancelled", {"order_id": "A-1"})
    settle(clock)
    assert held(_only()) == (0, 0, 40)
    tell("Order Completed", {**PLACED, "order_id": "A-2"})
    settle(clock)
    assert held(_only()) == (10, 0, 0)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_order_and_repetition_gives_the_same_points(data: Any, clock: VirtualClock, buyer: Any) -> None:
    events = data.draw(st.lists(st.sampled_from(range(len(HISTORY))), min_size=1, max_size=6, unique=True))
    again = data.draw(st.lists(st.sampled_from(events), max_size=3))
    expected = _points_of([sorted(events)], "B-1", buyer, clock)
    sequence = data.draw(st.permutations([*events, *again]))
    cuts = data.draw(st.lists(st.booleans(), min_size=len(sequence), max_size=len(sequence)))
    batches: list[list[int]] = [[]]
    for event, cut in zip(sequence, cuts, strict=True):
        batches[-1].append(event)
        batches += [[]] if cut else []
    assert _points_of(batches, "B-2", buyer, clock) == expected


@pytest.fixture
def buyer(person: Any, rule: Rule) -> Any:
    rule()
    rule(name="Toys", kind="piece", points=3, categories=["Toys"])
    rule(name="Double", kind="multiplier", factor=2, products=["p2"])
    return person()


def _points_of(batches: list[list[int]], number: str, buyer: Any, clock: VirtualClock) -> tuple[Any, ...]:
    """What the order gives in the end, from nothing."""
    Order.objects.all().delete()
    for batch in batches:
        rows = []
        for position in batch:
            name, properties = HISTORY[position]
            meaning = meaning_of(name)
            assert meaning is not None
            key = Happened(
                key=uuid.uuid5(buyer.pk, f"{number} {position}"), at=START + dt.timedelta(days=1, hours=position),
                event=name, message_id=f"{number} {position}", source="shop", is_public=False, is_known=True,
                home=buyer.pk, properties={**properties, "order_id": number},
            )  # fmt: skip
            rows.append(fact_of(meaning, key, {}))
        keeping.keep(rows)
        settle(clock)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    rows = OrderPoints.objects.filter(order_ref=Order.objects.get(external_id=number).pk)
    given = sum(row.points for row in rows)
    net = sum(Entry.objects.filter(note=number).values_list("points", flat=True))
    assert given == net
    return (given,)


def _order(**values: Any) -> Order:
    given = {
        "currency": "GBP",
        "state": "open",
        "placed_at": START + dt.timedelta(days=4),
        "total": Decimal(100),
    }
    return Order(**given | values)


def _line(amount: int, quantity: int = 1, **values: Any) -> OrderLine:
    return OrderLine(amount=Decimal(amount), quantity=Decimal(quantity), **values)


@pytest.mark.parametrize(
    ("rule_values", "expected"),
    [
        ({"kind": "spent", "points": 3, "per_amount": Decimal(10)}, 30),
        ({"kind": "spent", "points": 1, "categories": ["toys"]}, 60),
        ({"kind": "spent", "points": 1, "brands": ["ACME"]}, 40),
        ({"kind": "piece", "points": 5, "products": ["p1"]}, 15),
        ({"kind": "order", "points": 50, "minimum": Decimal(101)}, 0),
        ({"kind": "order", "points": 50, "minimum": Decimal(100)}, 50),
        ({"kind": "spent", "points": 1, "segment": "vip"}, 0),
        ({"kind": "spent", "points": 1, "segment": "fans"}, 100),
        ({"kind": "spent", "points": 1, "weekdays": [0]}, 100),
        ({"kind": "spent", "points": 1, "weekdays": [1, 4]}, 0),
        ({"kind": "spent", "points": 1, "ends_at": START + dt.timedelta(days=4)}, 0),
        ({"kind": "spent", "points": 1, "starts_at": START + dt.timedelta(days=4)}, 100),
    ],
)  # fmt: skip
def test_rules(program: Program, rule_values: dict[str, Any], expected: int) -> None:
    rules = [
        EarnRule(**{"pk": 1, "program": program, "name": "r", "starts_at": START, "points": 1} | rule_values)
    ]
    lines = [
        _line(60, 3, product_ref="p1", category="Toys > Trains"),
        _line(40, product_ref="p2", brand="Acme"),
    ]
    assert sum(given for _rule, given in worth(program, rules, _order(), lines, ["fans"]).reasons) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, 100),
        ({"refunded": Decimal(20)}, 80),
        ({"total": Decimal(105), "refunded": Decimal(5)}, 100),
        ({"total": Decimal(105), "refunded": Decimal(105)}, 0),
        ({"state": "cancelled"}, 0),
        ({"payment_state": "failed"}, 0),
        ({"currency": "EUR"}, 0),
        ({"placed_at": START - dt.timedelta(seconds=1)}, 0),
    ],
)
def test_what_is_left_of_an_order_counts(program: Program, values: dict[str, Any], expected: int) -> None:
    rules = [
        EarnRule(
            pk=1, program=program, name="r", kind="spent", points=1, starts_at=START - dt.timedelta(days=9)
        )
    ]
    assert (
        sum(given for _rule, given in worth(program, rules, _order(**values), [_line(100)], []).reasons)
        == expected
    )


def test_a_gift_card_gives_points_when_it_pays_and_not_when_it_is_bought(
    tell: Any, rule: Any, clock: VirtualClock
) -> None:
    rule()
    lines = [{"product_id": "GIFT", "price": 50}, {"product_id": "tea", "price": 10}]
    with VOUCHERS.temporarily(cards=lambda: ["GIFT"], alone=True):
        tell("Order Completed", {"order_id": "G", "currency": "GBP", "products": lines})
        tell("Order Completed", {"order_id": "H", "currency": "GBP", "products": lines[:1]})
        settle(clock)
    assert sum(held(Account.objects.get())) == 10
