"""Referrals: points for both once the friend's first order is beyond return, and what speaks against it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from rapport.content.web import spam
from rapport.core import jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, VirtualClock
from rapport.core.models import OutboxEvent
from rapport.loyalty.models import Account, Program, Referral
from rapport.loyalty.services import referrals
from rapport.loyalty.services.ledger import statements
from rapport.loyalty.services.referrals import Claim
from rapport.loyalty.tests.conftest import held, settle
from rapport.people.models import Person
from rapport.people.services.merging import merge_people

Join = Callable[..., Account]
HOME = {"address": {"street": "1 High Street", "city": "Leeds", "postal_code": "LS1 1AA", "country": "GB"}}


@pytest.fixture
def member(program: Program, join: Join) -> Account:
    Program.objects.update(referral_points=500, referred_points=200, referral_most=2)
    return join(email="m.ember@gmail.com", **HOME)


@pytest.fixture
def bring(member: Account, actor: Actor, clock: VirtualClock) -> Callable[..., Referral]:
    def make(friend: Person, **values: str) -> Referral:
        return referrals.claim(
            actor=actor, claim=Claim(member.referral_code.lower(), friend, **values), clock=clock
        )

    return make


def test_both_are_rewarded_after_the_return_window(
    tell: Any, person: Any, member: Account, bring: Any, clock: VirtualClock
) -> None:
    friend = person(user_id="friend", email="friend@example.org")
    first = bring(friend)
    assert bring(friend).pk == first.pk
    order = {"order_id": "F", "currency": "GBP", "products": [{"product_id": "p", "price": 10}]}
    tell("Order Completed", order, userId="friend")
    settle(clock)
    first.refresh_from_db()
    assert (first.state, held(member)) == ("pending", (0, 0, 0))
    clock.advance(dt.timedelta(days=31))
    settle(clock)
    first.refresh_from_db()
    theirs = Account.objects.exclude(pk=member.pk).get()
    assert (first.state, held(member)[0], held(theirs)[0]) == ("rewarded", 500, 200)
    settle(clock)
    assert held(member)[0] == 500


def test_a_returned_order_is_no_first_order(
    tell: Any, person: Any, member: Account, bring: Any, clock: VirtualClock
) -> None:
    first = bring(person(user_id="friend", email="friend@example.org"))
    order = {"order_id": "F", "currency": "GBP", "products": [{"product_id": "p", "price": 10}]}
    tell("Order Completed", order, userId="friend")
    settle(clock)
    tell("Order Cancelled", {"order_id": "F"})
    clock.advance(dt.timedelta(days=31))
    settle(clock)
    first.refresh_from_db()
    assert (first.state, held(member)) == ("waiting", (0, 0, 0))


def test_what_speaks_against_it(person: Any, member: Account, bring: Any, actor: Actor, join: Join) -> None:
    assert bring(member.person).reason == "own_code"
    assert bring(person(email="member+friend@gmail.com")).reason == "same_address"
    assert bring(person(email="wife@example.org", **HOME)).reason == "same_household"
    assert bring(person(email="a@example.org"), device="d1", payment="c1").reason == ""
    assert bring(person(email="b@example.org"), device="d1").reason == "same_device"
    assert bring(person(email="c@example.org"), payment="c1").reason == "same_payment"
    both = person(email="d@example.org")
    assert bring(both).reason == ""
    assert bring(person(email="e@example.org")).reason == "limit"
    other = join(email="x@example.org")
    assert referrals.claim(actor=actor, claim=Claim(other.referral_code, both)).reason == "before"
    lines = OutboxEvent.objects.values_list("payload", flat=True)
    assert any(b"Referral Refused" in line and str(other.person_id).encode() in line for line in lines)


def test_a_friend_who_turns_out_to_be_the_member_gives_nothing(
    tell: Any, person: Any, member: Account, bring: Any, actor: Actor, clock: VirtualClock
) -> None:
    friend = person(user_id="friend", email="friend@example.org")
    first = bring(friend)
    order = {"order_id": "F", "currency": "GBP", "products": [{"product_id": "p", "price": 10}]}
    tell("Order Completed", order, userId="friend")
    settle(clock)
    merge_people(actor=actor, survivor_id=member.person_id, absorbed_id=friend.pk, rule="by hand")
    clock.advance(dt.timedelta(days=31))
    settle(clock)
    first.refresh_from_db()
    assert (first.state, first.reason, held(member)[0]) == ("refused", "own_code", 0)


def test_two_friends_who_turn_out_to_be_one_are_rewarded_once(
    tell: Any, person: Any, member: Account, bring: Any, actor: Actor, clock: VirtualClock
) -> None:
    friends = [person(user_id=name, email=f"{name}@example.org") for name in ("one", "two")]
    brought = [bring(friend) for friend in friends]
    order = {"order_id": "F", "currency": "GBP", "products": [{"product_id": "p", "price": 10}]}
    tell("Order Completed", order, userId="one")
    merge_people(actor=actor, survivor_id=friends[0].pk, absorbed_id=friends[1].pk, rule="by hand")
    settle(clock)
    clock.advance(dt.timedelta(days=31))
    settle(clock)
    states = [(row.state, row.reason) for row in Referral.objects.order_by("pk")]
    assert (len(brought), states) == (2, [("rewarded", ""), ("refused", "before")])
    assert held(member)[0] == 500


def test_referrals_over_the_api(api: Any, person: Any, member: Account, page: Any) -> None:
    friend = person(user_id="friend", email="friend@example.org")
    status, answer = api(
        "POST", "/loyalty/referrals", {"code": member.referral_code, "person_id": str(friend.pk)}
    )
    assert (status, answer["state"]) == (201, "waiting")
    assert api("GET", f"/loyalty/accounts/{member.pk}/referrals")[1]["data"][0]["id"] == answer["id"]
    assert api("POST", "/loyalty/referrals", {"code": "NOBODY", "person_id": str(friend.pk)})[0] == 404
    assert member.referral_code in page.get(f"/loyalty/accounts/{member.pk}/").content.decode()


def test_accounts_are_locked_before_the_referral(
    monkeypatch: pytest.MonkeyPatch, person: Any, member: Account, bring: Any, clock: VirtualClock
) -> None:
    """Whoever judges orders has the accounts and then writes referrals: the other way round they wait in a ring."""
    bring(person(user_id="friend", email="friend@example.org"))
    order: list[str] = []

    def noting(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *values, **named: (order.append(name), call(*values, **named))[1]

    monkeypatch.setattr(statements, "lock", noting("accounts", statements.lock))
    monkeypatch.setattr(jobs, "claim_rows", noting("referral", jobs.claim_rows))
    referrals.run_once(clock)
    assert order == ["accounts", "referral"]


def test_the_page_behind_a_members_link(client: Client, member: Account) -> None:
    address = reverse("loyalty:refer", args=[member.referral_code])
    early, late = (spam.token(SYSTEM.now() - dt.timedelta(seconds=age)) for age in (0, 60))
    body = client.get(address).content.decode()
    assert [text in body for text in ("500", "200", str(member.person))] == [True, True, False]
    for given, status in (
        ({"email": "no address", "token": late}, 422),
        ({"email": "friend@example.org", "token": early}, 422),
        ({"email": "friend@example.org"}, 422),
        ({"email": "friend@example.org", "token": late, spam.HONEYPOT: "x"}, 303),
    ):
        assert (client.post(address, given).status_code, Referral.objects.count()) == (status, 0)
    for email in ("friend@example.org", "Friend@Example.org", "m.ember@gmail.com", "other@example.org"):
        assert client.post(address, {"email": email, "token": late}).headers["Location"] == "?sent=1"
    seen = Referral.objects.order_by("pk").values_list("person__email", "reason")
    assert list(seen) == [
        ("friend@example.org", ""), ("m.ember@gmail.com", "own_code"), ("other@example.org", "same_device"),
    ]  # fmt: skip
    lines = OutboxEvent.objects.values_list("payload", flat=True)
    assert sum(b"Accepted" in line for line in lines) == 1
    for _again in range(10):
        last = client.post(address, {"email": "h@example.org", "token": late})
    assert last.status_code == 429
    answer = client.get(reverse("loyalty:refer", args=["NOSUCHCODE"]))
    assert (answer.status_code, b"does not hold" in answer.content) == (404, True)
