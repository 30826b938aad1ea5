from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from rapport.commerce.tests.conftest import fold_all, tell
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, VirtualClock
from rapport.core.jobs import run_once
from rapport.loyalty.models import Account, EarnRule, Program
from rapport.loyalty.services import loop, programs
from rapport.loyalty.services.accounts import REVIEW_JOB

__all__ = ["tell"]
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
VALUES: dict[str, Any] = {
    "key": "loyalty", "name": "Club", "currency": "GBP", "zone": "Europe/London", "starts_on": dt.date(2026, 1, 1),
    "enrols_everybody": True, "return_days": 30, "expiry_months": 12, "allows_transfers": True,
    "point_value": Decimal("0.01"),
}  # fmt: skip


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(dt.datetime(2026, 1, 6, tzinfo=dt.UTC))


@pytest.fixture
def program(db: None, actor: Actor, clock: VirtualClock) -> Program:
    """A programme without rules."""
    return programs.create_program(actor=actor, values=VALUES, clock=clock)


Rule = Callable[..., EarnRule]


@pytest.fixture
def rule(program: Program) -> Rule:
    """`rule(points=2)`: a point for each pound from the beginning, or another."""

    def make(**values: Any) -> EarnRule:
        given = {"name": "Points", "kind": "spent", "points": 1, "starts_at": START} | values
        return EarnRule.objects.create(program=program, **given)

    return make


@pytest.fixture
def join(program: Program, person: Callable[..., Any], clock: VirtualClock) -> Callable[..., Account]:
    """Makes a member, with so many points at hand."""

    def make(points: int = 0, **traits: Any) -> Account:
        member = person(**traits)
        account = Account.objects.create(
            program=program, person=member, home=member.pk, joined_at=clock.now()
        )
        if points:
            give(account, points, clock)
        account.refresh_from_db()
        return account

    return make


def give(account: Account, points: int, clock: VirtualClock, expires_at: dt.datetime | None = None) -> None:
    """Points that can be spent at once."""
    from rapport.loyalty.services.ledger.books import Books

    books = Books.open({account.pk}, clock.now())
    books.earn(books.accounts[account.pk], points, available_at=clock.now(), expires_at=expires_at)
    books.close()


def settle(clock: VirtualClock) -> None:
    """Folds and runs jobs and the loop until there is nothing left to do."""
    while run_once(SYSTEM, REVIEW_JOB):
        pass
    fold_all(clock)
    while loop.run_once(clock):
        pass


def held(account: Account) -> tuple[int, int, int]:
    """(to spend, pending, owed)"""
    account.refresh_from_db()
    return account.balance, account.pending, -account.owed
