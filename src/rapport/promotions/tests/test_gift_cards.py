"""Gift cards: what is on them is what happened to them, once each, whoever asks and however often."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from rapport.commerce.tests.conftest import tell
from rapport.content.registry import Addressee
from rapport.content.services.rendering import compiled
from rapport.core import crypto
from rapport.core.access import Actor
from rapport.core.clock import VirtualClock
from rapport.governance.models import MARKETING, Purpose
from rapport.messaging.models import Delivery
from rapport.promotions.models import GiftCard, GiftCardEntry
from rapport.promotions.services import following, personal_data
from rapport.promotions.services.gift_cards import (
    books,
    cards,
    delivery,
    endings,
    spending,
    terms,
)
from rapport.promotions.services.gift_cards.spending import Payment
from rapport.promotions.services.refusals import Refused
from rapport.promotions.tests.conftest import START

__all__ = ["tell"]
Issue = Callable[..., GiftCard]


@pytest.fixture
def issue(actor: Actor, clock: VirtualClock) -> Issue:
    def make(amount: str = "50", **more: Any) -> GiftCard:
        wanted = cards.Order(amount=Decimal(amount), currency="GBP", **more)
        return cards.issue(actor=actor, wanted=wanted, clock=clock)

    return make


def pay(actor: Actor, card: GiftCard, amount: str, order: str = "A-1", **more: Any) -> GiftCardEntry:
    return spending.redeem(actor=actor, card=card, payment=Payment(Decimal(amount), "GBP", order, **more))


def reason(ask: Callable[[], Any]) -> str:
    with pytest.raises(Refused) as caught:
        ask()
    return caught.value.code


def proved(*balances: str) -> bool:
    """Whether the database agrees with what is left of the cards, oldest first, at the end of a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    left = list(GiftCard.objects.order_by("created_at", "pk").values_list("balance", flat=True))
    return sorted(left) == sorted(Decimal(balance) for balance in balances)


def test_a_card_pays_in_parts_and_gets_money_back_once(db: None, issue: Issue, actor: Actor) -> None:
    card = issue()
    first = pay(actor, card, "20")
    assert pay(actor, card, "20").pk == first.pk
    with pytest.raises(books.Conflict):
        pay(actor, card, "21")
    assert reason(lambda: pay(actor, card, "31", "A-2")) == "insufficient"
    assert pay(actor, card, "31", "A-2", up_to=True).amount == -30
    back = {"actor": actor, "card": card, "store": "main", "order_ref": "A-1"}
    part = spending.refund(**back, amount=Decimal(5), key="r1")
    assert spending.refund(**back, amount=Decimal(5), key="r1").pk == part.pk
    whole = spending.refund(**back)
    assert (whole.amount, spending.refund(**back).pk) == (15, whole.pk)
    assert reason(lambda: spending.refund(**back, amount=Decimal(1), key="r2")) == "not_paid_by"
    assert proved("20")


def test_the_table_does_not_hold_what_spends_a_card(db: None, issue: Issue) -> None:
    card = issue(key="k")
    code = cards.code_of(card)
    kept = " ".join(str(value) for value in GiftCard.objects.values().get().values())
    bare = code.replace("-", "")
    assert [text for text in (code, bare, crypto.digest(bare)) if text in kept] == []
    assert spending.look_up(code.lower().replace("-", " ")).pk == card.pk == issue(key="k").pk
    assert len(code.replace("-", "")) == cards.LENGTH
    assert (
        reason(lambda: spending.look_up(code[:-1] + ("Y" if code.endswith("X") else "X"))) == "unknown_code"
    )


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE promotions_giftcardentry SET amount = 70",
        "DELETE FROM promotions_giftcardentry",
        "UPDATE promotions_giftcard SET balance = 70",
        "INSERT INTO promotions_giftcardentry (card_id, kind, amount, key, store, order_ref, note, actor, at)"
        " SELECT id, 'refund', 1, '', 'main', 'A-1', '', '', now() FROM promotions_giftcard",
        "INSERT INTO promotions_giftcardentry (card_id, kind, amount, key, store, order_ref, note, actor, at)"
        " SELECT id, 'redeem', -51, '', 'main', 'A-1', '', '', now() FROM promotions_giftcard",
        "INSERT INTO promotions_giftcardentry (card_id, kind, amount, key, store, order_ref, note, actor, at, pair)"
        " SELECT id, 'transfer', -1, '', '', '', '', '', now(), gen_random_uuid() FROM promotions_giftcard",
    ],
)
def test_the_database_refuses_what_no_entry_says(db: None, issue: Issue, change: str) -> None:
    issue()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{change}; SET CONSTRAINTS ALL IMMEDIATE")


def test_cards_end_by_law_or_rule_and_a_refund_opens_them_again(
    db: None, issue: Issue, actor: Actor, clock: VirtualClock
) -> None:
    ends = {country: terms.ends(country, 12, START, "Europe/Berlin") for country in ("", "DE", "CA")}
    assert ends == {
        "": dt.datetime(2027, 3, 2, 23, tzinfo=dt.UTC),
        "DE": dt.datetime(2029, 12, 31, 23, tzinfo=dt.UTC),
        "CA": None,
    }
    assert terms.ends("", None, START, "Europe/Berlin") is None
    cards.set_rules(actor=actor, values={"months": 1})
    card = issue()
    spending.redeem(actor=actor, card=card, payment=Payment(Decimal(20), "GBP", "A-1"), clock=clock)
    clock.advance(dt.timedelta(days=40))
    again = {"actor": actor, "card": card, "clock": clock}
    assert (
        reason(lambda: spending.redeem(**again, payment=Payment(Decimal(1), "GBP", "A-2"))) == "expired_card"
    )
    assert (endings.expire_batch(clock.now()), endings.expire_batch(clock.now())) == (1, 0)
    spending.refund(**again, store="main", order_ref="A-1")
    assert endings.expire_batch(clock.now()) == 0
    assert spending.redeem(**again, payment=Payment(Decimal(20), "GBP", "A-2")).amount == -20
    assert proved("0")


def test_money_goes_from_card_to_card_and_a_lost_one_is_replaced(
    db: None, issue: Issue, actor: Actor
) -> None:
    old, lost = issue("30"), issue("20")
    moved = cards.transfer(actor=actor, card=old, other=lost, amount=Decimal(10), key="k")
    assert cards.transfer(actor=actor, card=old, other=lost, amount=Decimal(10), key="k").pk == moved.pk
    fresh = cards.replace(actor=actor, card=lost)
    assert reason(lambda: pay(actor, lost, "1")) == "blocked_card"
    assert pay(actor, fresh, "30").amount == -30
    cards.adjust(actor=actor, card=old, amount=Decimal(-5), note="counted wrong")
    assert reason(lambda: cards.adjust(actor=actor, card=old, amount=Decimal(-16), note="")) == "insufficient"
    assert proved("15", "0", "0")


ORDER: dict[str, Any] = {
    "order_id": "A-1", "currency": "GBP", "products": [
        {"product_id": "GIFT", "price": 25, "quantity": 2}, {"product_id": "P1", "price": 9, "quantity": 1},
    ],
}  # fmt: skip


def test_orders_sell_cards_and_take_them_back(tell: Any, db: None, actor: Actor) -> None:
    cards.set_rules(actor=actor, values={"products": ["GIFT"]})
    for _again in range(2):
        tell("Order Completed", ORDER)
        following.run_once()
    first, second = GiftCard.objects.order_by("position")
    assert (first.balance, second.balance, first.person_id is not None) == (25, 25, True)
    pay(actor, first, "10", "A-2")
    tell("Order Completed", {"order_id": "A-2", "currency": "GBP", "products": [ORDER["products"][1]]})
    tell("Order Cancelled", {"order_id": "A-2"})
    following.run_once()
    pay(actor, second, "5", "A-3")
    tell("Order Cancelled", {"order_id": "A-1"})
    following.run_once()
    kinds = Counter(GiftCardEntry.objects.values_list("kind", flat=True))
    assert kinds == {"issue": 2, "redeem": 2, "refund": 1, "cancel": 2}
    assert proved("0", "0")
    assert set(GiftCard.objects.values_list("blocked", flat=True)) == {True}


def test_money_that_went_back_leaves_no_card(tell: Any, db: None, actor: Actor) -> None:
    cards.set_rules(actor=actor, values={"products": ["GIFT"]})
    tell("Order Completed", ORDER)
    following.run_once()
    tell("Order Refunded", {"order_id": "A-1", "currency": "GBP", "total": 59})
    following.run_once()
    assert set(GiftCard.objects.values_list("balance", "blocked")) == {(0, True)}


def test_a_piece_that_can_be_no_card_holds_up_no_other(tell: Any, db: None, actor: Actor) -> None:
    cards.set_rules(actor=actor, values={"products": ["GIFT"]})
    for number, price in enumerate((1_500_000, 25.005, 20)):
        line = {"product_id": "GIFT", "price": price}
        tell("Order Completed", {"order_id": f"A-{number}", "currency": "GBP", "products": [line]})
    assert following.run_once() == 3
    assert sorted(GiftCard.objects.values_list("balance", flat=True)) == [20, Decimal("25.01")]


def test_what_is_known_of_people_is_forgotten_and_the_card_stays_good(
    db: None, issue: Issue, actor: Actor, somebody: Callable[..., Any]
) -> None:
    ada = somebody("Ada")
    card = issue(person_id=ada.pk, buyer=ada.pk, recipient_email="bob@example.org", greeting="Dear Bob")
    handed = personal_data.export([ada.pk])["gift_cards"]
    assert (handed[0]["greeting"], cards.code_of(card) in str(handed)) == ("Dear Bob", False)
    personal_data.erase([ada.pk])
    row = GiftCard.objects.get()
    assert (row.person, row.buyer, row.recipient_email, row.greeting) == (None, None, "", "")
    assert pay(actor, card, "50").amount == -50


def test_a_card_is_sent_on_the_day_its_giver_chose_and_its_code_is_not_kept(
    issue: Issue, somebody: Callable[..., Any], actor: Actor, clock: VirtualClock
) -> None:
    ada, bob = somebody("Ada"), somebody("Bob")
    later = START + dt.timedelta(days=3)
    card = issue(person_id=ada.pk, deliver_at=later, recipient_email="bob@example.org", greeting="Dear Bob")
    Purpose.objects.exclude(basis__in=MARKETING).delete()
    assert delivery.deliver_batch(clock) == 0
    clock.advance(dt.timedelta(days=3))
    assert delivery.deliver_batch(clock) == 1
    assert "no purpose" in GiftCard.objects.get().problem
    Purpose.objects.create(key="service", name="Service", basis="contract")
    cards.set_rules(actor=actor, values={})
    assert (delivery.deliver_batch(clock), delivery.deliver_batch(clock)) == (1, 0)
    row = Delivery.objects.get()
    assert (row.requested_address, row.person_id) == ("bob@example.org", ada.pk)
    version = compiled(row.send.template_version_id)
    own, refused = version.variables([Addressee(ada.pk, row.data), Addressee(bob.pk, row.data)])
    assert (isinstance(refused, Exception), isinstance(own, dict)) == (True, True)
    context: dict[str, Any] = {"person": {}, "workspace": {}, **(own if isinstance(own, dict) else {})}
    assert cards.code_of(card) in version.render(context).text
    assert cards.code_of(card) not in str(version.printed(context)) + str(row.data)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_many_at_the_same_moment_take_no_more_than_there_is(actor: Actor) -> None:
    card = cards.issue(actor=actor, wanted=cards.Order(amount=Decimal(50), currency="GBP"))

    def ask(order: str) -> str:
        try:
            return str(pay(actor, card, "10", order).amount)
        except Refused as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        same = Counter(pool.map(ask, ["ONE"] * 40))
        answers = Counter(pool.map(ask, [f"A-{number}" for number in range(100)]))
    assert set(same) == {"-10"} | {"-10.0000"} & set(same)
    assert {Decimal(amount): count for amount, count in answers.items() if amount != "insufficient"} == {
        -10: 4
    }
    card.refresh_from_db()
    assert (card.balance, card.entries.count()) == (0, 6)
