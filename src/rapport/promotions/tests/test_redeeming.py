"""Codes are used exactly once, held, given back, and refused in words."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from rapport.core.access import Actor
from rapport.core.clock import VirtualClock
from rapport.promotions.models import Coupon, FailedTry, Promotion, Redemption
from rapport.promotions.services import giving_back, promotions, redeeming
from rapport.promotions.services.claims import Bearer, Claim, bearer_of
from rapport.promotions.services.refusals import Refused
from rapport.promotions.tests.conftest import Make, basket, claim

Add = Callable[..., Coupon]


def refused(work: Callable[[], Any]) -> str:
    with pytest.raises(Refused) as error:
        work()
    return error.value.code


def test_a_single_code_is_used_once_and_again_only_for_the_same_order(
    make: Make, add: Add, actor: Actor
) -> None:
    coupon = add(make(), "one-use", max_uses=1)
    first = redeeming.redeem(actor=actor, claim=claim("One Use", order="A-1"))
    again = redeeming.redeem(actor=actor, claim=claim(coupon, order="A-1"))
    assert (first.redemption.discount, first.is_new, again.is_new) == (2, True, False)
    assert again.redemption.pk == first.redemption.pk
    assert refused(lambda: redeeming.redeem(actor=actor, claim=claim(coupon, order="A-2"))) == "used_up"
    assert redeeming.cancel(actor=actor, code="one use", store="main", order_ref="A-1")
    assert not redeeming.cancel(actor=actor, code="one use", store="main", order_ref="A-1")
    assert redeeming.redeem(actor=actor, claim=claim(coupon, order="A-2")).is_new


def test_a_code_is_held_for_a_cart_until_its_time_is_over(
    make: Make, add: Add, actor: Actor, clock: VirtualClock
) -> None:
    coupon = add(make(total_limit=1), max_uses=1)
    redeeming.reserve(actor=actor, claim=claim(coupon, cart="c1"), clock=clock)
    redeeming.reserve(actor=actor, claim=claim(coupon, cart="c1"), clock=clock)
    assert refused(lambda: redeeming.redeem(actor=actor, claim=claim(coupon, order="A", cart="c2"), clock=clock)) in {
        "reserved", "used_up",
    }  # fmt: skip
    clock.advance(dt.timedelta(minutes=21))
    redeeming.reserve(actor=actor, claim=claim(coupon, cart="c2"), clock=clock)
    bare = claim(coupon, order="B", cart="c2", basket=basket())
    done = redeeming.redeem(actor=actor, claim=bare, clock=clock)
    assert (done.redemption.state, done.redemption.discount) == ("redeemed", 2)
    assert Counter(Redemption.objects.values_list("state", flat=True)) == {"lapsed": 1, "redeemed": 1}
    assert (Coupon.objects.get().uses, Promotion.objects.get().uses) == (1, 1)


def test_limits_of_persons_budgets_and_totals(
    make: Make, add: Add, actor: Actor, somebody: Callable[..., Any]
) -> None:
    ada, bob = somebody("Ada"), somebody("Bob")
    shared = add(make(person_limit=1, budget=Decimal(5), currency="GBP"))
    redeeming.redeem(actor=actor, claim=claim(shared, ada, "A-1"))
    assert refused(lambda: redeeming.redeem(actor=actor, claim=claim(shared, ada, "A-2"))) == "person_limit"
    redeeming.redeem(actor=actor, claim=claim(shared, bob, "A-3"))
    carl = claim(shared, somebody("Carl"), "A-4")
    assert refused(lambda: redeeming.redeem(actor=actor, claim=carl)) == "budget_spent"
    promotions.change(actor=actor, promotion=shared.promotion, values={"budget": None, "total_limit": 2})
    assert refused(lambda: redeeming.redeem(actor=actor, claim=carl)) == "total_limit"
    unknown = Bearer(holder="somebody's address")
    free = add(make(person_limit=1))
    redeeming.redeem(actor=actor, claim=claim(free, order="A-5", bearer=unknown))
    assert (
        refused(lambda: redeeming.redeem(actor=actor, claim=claim(free, order="A-6", bearer=unknown)))
        == "person_limit"
    )


def test_what_somebody_used_before_they_were_known_counts(
    make: Make, add: Add, actor: Actor, person: Callable[..., Any]
) -> None:
    code = add(make(person_limit=1))
    stranger = bearer_of(actor, {"email": "ada@example.org"})
    redeeming.redeem(actor=actor, claim=claim(code, order="A-1", bearer=stranger))
    ada = person(email="ada@example.org")
    assert refused(lambda: redeeming.redeem(actor=actor, claim=claim(code, ada, "A-2"))) == "person_limit"


@pytest.mark.parametrize(
    "first", [{"user_id": "ada"}, {"email": "ada@example.org"}, {"email": "ada+1@example.org"}]
)
def test_another_spelling_of_a_mailbox_is_nobody_else(
    make: Make, add: Add, actor: Actor, person: Callable[..., Any], first: dict[str, str]
) -> None:
    person(user_id="ada", email="ada@example.org")
    code = add(make(person_limit=1))
    redeeming.redeem(actor=actor, claim=claim(code, order="A-1", bearer=bearer_of(actor, first)))
    for number, email in enumerate(("ADA@example.org", "ada+x@example.org"), 2):
        again = claim(code, order=f"A-{number}", bearer=bearer_of(actor, {"email": email}))
        assert refused(lambda again=again: redeeming.redeem(actor=actor, claim=again)) == "person_limit"
    other = bearer_of(actor, {"email": "a.da@example.org"})
    redeeming.redeem(actor=actor, claim=claim(code, order="A-9", bearer=other))


def test_codes_stand_beside_each_other_only_where_both_may(make: Make, add: Add, actor: Actor) -> None:
    first, second, alone = add(make(combines=True)), add(make(combines=True)), add(make())
    same = add(first.promotion)
    redeeming.redeem(actor=actor, claim=claim(first, order="A-1"))
    redeeming.redeem(actor=actor, claim=claim(second, order="A-1"))
    assert refused(lambda: redeeming.redeem(actor=actor, claim=claim(alone, order="A-1"))) == "not_combinable"
    assert refused(lambda: redeeming.redeem(actor=actor, claim=claim(same, order="A-1"))) == "not_combinable"
    together = claim(first, order="A-2", basket=basket("20", codes=[str(alone)]))
    assert refused(lambda: redeeming.redeem(actor=actor, claim=together)) == "not_combinable"


def test_a_personal_code_is_nobody_elses(
    make: Make, add: Add, actor: Actor, somebody: Callable[..., Any]
) -> None:
    ada, bob = somebody("Ada"), somebody("Bob")
    coupon = add(make(), max_uses=1)
    Coupon.objects.filter(pk=coupon.pk).update(person=ada)
    assert refused(lambda: redeeming.redeem(actor=actor, claim=claim(coupon, bob, "A-1"))) == "other_person"
    done = redeeming.redeem(actor=actor, claim=claim(coupon, order="A-1"))
    assert done.redemption.person_id == ada.pk


def test_ended_ones_give_back_once(make: Make, add: Add, actor: Actor, clock: VirtualClock) -> None:
    coupon = add(make(total_limit=5, budget=Decimal(50), currency="GBP"), max_uses=3)
    rows = [
        redeeming.redeem(actor=actor, claim=claim(coupon, order=f"A-{n}")).redemption.pk for n in range(3)
    ]
    state = Redemption.State.CANCELLED
    assert giving_back.give_back(rows[:2], state, clock.now()) == 2
    assert giving_back.give_back(rows[:2], state, clock.now()) == 0
    promotion = Promotion.objects.get()
    assert (Coupon.objects.get().uses, promotion.uses, promotion.spent) == (1, 1, 2)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_many_at_the_same_moment_exactly_one_gets_it(actor: Actor) -> None:
    values = {"name": "P", "kind": "percent", "percent": Decimal(10), "total_limit": 4}
    promotion = promotions.create(actor=actor, key="p", values=values)
    single = promotions.add_code(actor=actor, promotion=promotion, code="SINGLE", max_uses=1)
    shared = promotions.add_code(actor=actor, promotion=promotion, code="SHARED")
    other = promotions.add_code(actor=actor, promotion=promotion, code="OTHER", max_uses=1)

    def ask(wanted: Claim) -> str:
        try:
            return str(redeeming.redeem(actor=actor, claim=wanted).is_new)
        except Refused as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = Counter(pool.map(ask, [claim(single, order=f"S-{n}") for n in range(150)]))
        same = Counter(pool.map(ask, [claim(shared, order="ONE")] * 40))
        clicked = Counter(pool.map(ask, [claim(other, order="TWICE")] * 40))
        limited = Counter(pool.map(ask, [claim(shared, order=f"L-{n}") for n in range(60)]))
    assert answers == {"True": 1, "used_up": 149}
    assert same == clicked == {"True": 1, "False": 39}
    assert limited == {"True": 1, "total_limit": 59}
    assert (Promotion.objects.get().uses, Redemption.objects.count()) == (4, 4)
    assert not FailedTry.objects.exists()
