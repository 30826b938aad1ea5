"""Gift cards that were lost, days on which they end, and codes that somebody guesses."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest

from rapport.core.access import Actor
from rapport.core.clock import VirtualClock
from rapport.promotions.models import FailedTry, GiftCard
from rapport.promotions.services.gift_cards import cards, selling, spending, terms, tries
from rapport.promotions.services.refusals import TooManyTries
from rapport.promotions.tests.test_gift_cards import Issue, issue, pay, proved, reason

__all__ = ["issue"]


@pytest.mark.django_db
def test_money_follows_a_card_to_the_one_that_it_became(
    actor: Actor, issue: Issue, clock: VirtualClock
) -> None:
    """A refund of what the lost card paid, and what an order that is cancelled takes back of one that it sold."""
    old = issue("50", order_ref="S-1", store="main", order=uuid.uuid4())
    pay(actor, old, "20")
    new = cards.replace(actor=actor, card=cards.replace(actor=actor, card=old, clock=clock), clock=clock)
    spending.give_back(actor, [old.pk], "main", "A-1", clock.now())
    spending.give_back(actor, [old.pk], "main", "A-1", clock.now())
    assert proved("0", "0", "50")
    cards.adjust(actor=actor, card=new, amount=Decimal(5), note="Sorry", clock=clock)
    for _twice in range(2):
        selling._take_back(list(GiftCard.objects.filter(pk=old.pk)), clock)
    assert proved("0", "0", "5")
    assert not GiftCard.objects.get(pk=new.pk).blocked


@pytest.mark.django_db
def test_of_a_replaced_card_only_what_went_over_is_taken_back(
    actor: Actor, issue: Issue, clock: VirtualClock
) -> None:
    old = issue("50", order_ref="S-1", store="main", order=uuid.uuid4())
    pay(actor, old, "20")
    between = cards.replace(actor=actor, card=old, clock=clock)
    pay(actor, between, "10", "A-2")
    new = cards.replace(actor=actor, card=between, clock=clock)
    cards.adjust(actor=actor, card=new, amount=Decimal(15), note="Sorry", clock=clock)
    for _twice in range(2):
        selling._take_back(list(GiftCard.objects.filter(pk=old.pk)), clock)
        assert proved("0", "0", "15")


def test_the_last_day_of_a_card_is_that_of_the_business() -> None:
    end = terms.ends("DE", None, dt.datetime(2026, 5, 1, tzinfo=dt.UTC), "Europe/Berlin")
    assert end is not None
    assert (end.hour, terms.last_day(end, "Europe/Berlin")) == (23, dt.date(2029, 12, 31))


@pytest.mark.django_db
def test_who_guesses_codes_is_noticed(issue: Issue, clock: VirtualClock) -> None:
    issue()
    for number in range(tries.MOST):
        assert reason(lambda n=number: guess(f"GUESS{n}", clock)) == "unknown_code"
    with pytest.raises(TooManyTries):
        guess("GUESS", clock)
    wrong = FailedTry.objects.filter(reason="unknown_card")
    assert wrong.values("client").distinct().count() == 1
    assert wrong.values("code").distinct().count() == tries.MOST


def guess(code: str, clock: VirtualClock) -> GiftCard:
    return tries.look_up(code, client="198.51.100.7", caller="page", now=clock.now())
