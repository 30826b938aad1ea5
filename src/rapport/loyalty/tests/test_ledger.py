"""The ledger: what the database proves, and the order in which points go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from rapport.core.access import Actor
from rapport.core.clock import VirtualClock
from rapport.loyalty.models import Account, Entry, Lot, Posting, Program
from rapport.loyalty.queries import accounts as queries
from rapport.loyalty.queries import dates
from rapport.loyalty.services import points, upkeep
from rapport.loyalty.services.personal_data import export
from rapport.loyalty.services.points import Booking, Conflict
from rapport.loyalty.tests.conftest import give, held

Join = Callable[..., Account]


def prove() -> None:
    """What is checked when a transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def test_an_entry_that_does_not_sum_to_zero_is_refused(join: Join) -> None:
    account = join(100)
    entry = account.entries.get()
    Posting.objects.create(entry=entry, book="issued", points=-5)
    with pytest.raises(IntegrityError, match="does not sum to zero"), transaction.atomic():
        prove()
    transaction.set_rollback(True)


def test_points_that_lie_in_no_lot_are_refused(join: Join) -> None:
    account = join(100)
    entry = Entry.objects.get()
    entry.pk = None
    entry.save()
    Posting.objects.create(entry=entry, book="member", account=account, points=5)
    Posting.objects.create(entry=entry, book="issued", points=-5)
    with pytest.raises(IntegrityError, match="do not hold its points"), transaction.atomic():
        prove()
    transaction.set_rollback(True)


@pytest.mark.parametrize("change", ["update", "delete"])
def test_nothing_that_was_written_is_changed(join: Join, change: str) -> None:
    join(100)
    for rows in (Posting.objects.all(), Entry.objects.all()):
        with pytest.raises(IntegrityError, match="only added to"), transaction.atomic():
            rows.update(points=1) if change == "update" else rows._raw_delete(rows.db)


def test_no_account_goes_below_nothing(join: Join) -> None:
    account = join(100)
    with pytest.raises(IntegrityError, match="loyalty_account_balance"), transaction.atomic():
        Posting.objects.create(entry=Entry.objects.get(), book="member", account=account, points=-101)


def _book(actor: Actor, account: Account, kind: str, count: int, key: str = "", **more: Any) -> Entry:
    booking = Booking(kind, count, key or f"{kind} {count}", **more)
    return points.book(actor=actor, account_id=account.pk, booking=booking)


def test_first_in_first_out(join: Join, clock: VirtualClock, actor: Actor) -> None:
    account = join()
    for days in (50, 10, 30):
        give(account, 100, clock, clock.now() + dt.timedelta(days=days))
    _book(actor, account, "spend", 150)
    prove()
    assert list(account.lots.order_by("expires_at").values_list("remaining", flat=True)) == [0, 50, 100]
    clock.advance(dt.timedelta(days=31))
    assert upkeep.expire_due(clock) == 1
    assert held(account) == (100, 0, 0)
    assert queries.books(account.program) == {"member": 100, "issued": -300, "spent": 150, "expired": 50}


def test_a_key_is_booked_once(join: Join, actor: Actor) -> None:
    account, other = join(100), join(100)
    first = _book(actor, account, "spend", 30, "till-1")
    assert _book(actor, account, "spend", 30, "till-1").pk == first.pk
    assert held(account) == (70, 0, 0)
    for call in (
        lambda: _book(actor, account, "spend", 31, "till-1"),
        lambda: _book(actor, other, "spend", 30, "till-1"),
    ):
        with pytest.raises(Conflict):
            call()
    assert (held(account), held(other)) == ((70, 0, 0), (100, 0, 0))


@pytest.mark.parametrize(
    ("kind", "count"),
    [("spend", 101), ("spend", -1), ("spend", 0), ("earn", -5), ("correct", -101), ("settle", 1)],
)
def test_what_cannot_be_booked(join: Join, actor: Actor, kind: str, count: int) -> None:
    account = join(100)
    with pytest.raises(ValidationError):
        _book(actor, account, kind, count)
    assert held(account) == (100, 0, 0)


def test_a_transfer_keeps_the_day_of_expiry(join: Join, clock: VirtualClock, actor: Actor) -> None:
    giver, taker = join(), join()
    give(giver, 100, clock, clock.now() + dt.timedelta(days=5))
    _book(actor, giver, "transfer", 40, other_id=taker.pk)
    prove()
    assert (held(giver), held(taker)) == ((60, 0, 0), (40, 0, 0))
    assert Lot.objects.get(account=taker).expires_at == clock.now() + dt.timedelta(days=5)
    assert taker.person_id
    assert [row["points"] for row in export([taker.person_id])["loyalty"][0]["entries"]] == [40]


def test_what_is_taken_back_after_it_was_spent_is_owed(join: Join, clock: VirtualClock, actor: Actor) -> None:
    from rapport.loyalty.services.ledger.books import Books

    account = join(100)
    _book(actor, account, "spend", 80)
    lot = account.lots.get()
    books = Books.open({account.pk}, clock.now(), [lot.pk])
    books.take_back(books.lot(lot.pk, account.pk), 100)
    books.close()
    prove()
    assert held(account) == (0, 0, 80)
    _book(actor, account, "earn", 100)
    prove()
    assert held(account) == (20, 0, 0)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (dt.date(2024, 2, 29), 12, dt.date(2025, 2, 28)),
        (dt.date(2024, 1, 31), 1, dt.date(2024, 2, 29)),
        (dt.date(2023, 11, 30), 3, dt.date(2024, 2, 29)),
        (dt.date(2025, 12, 31), 1, dt.date(2026, 1, 31)),
    ],
)
def test_months_end_where_a_calendar_ends_them(day: dt.date, months: int, expected: dt.date) -> None:
    assert dates.months_later(day, months) == expected


@pytest.mark.parametrize(
    ("zone", "earned", "expires"),
    [
        ("Europe/London", "2025-03-29T23:30:00+00:00", "2026-03-29T23:00:00+00:00"),
        ("Europe/London", "2025-03-30T12:00:00+00:00", "2026-03-30T23:00:00+00:00"),
        ("America/New_York", "2024-11-04T04:30:00+00:00", "2025-11-04T05:00:00+00:00"),
        ("Africa/Cairo", "2025-04-23T12:00:00+00:00", "2026-04-23T22:00:00+00:00"),
    ],
)
def test_days_end_at_the_programmes_midnight(program: Program, zone: str, earned: str, expires: str) -> None:
    program.zone = zone
    moment = dates.expires_at(program, dt.datetime.fromisoformat(earned))
    assert moment == dt.datetime.fromisoformat(expires)
