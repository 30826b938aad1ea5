"""Tills that are killed, connections that are cut, everybody spending at once: nothing twice, nothing lost.

`RAPPORT_LEDGER_KILLS=200` kills so many processes and cuts as many connections.
"""

from __future__ import annotations

import os
import random
import signal
import time
import uuid
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import Error, connection, connections, transaction
from django.db.models import Sum

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM
from rapport.loyalty.models import Account, Entry, Lot, Posting, Program
from rapport.loyalty.services import points, programs
from rapport.loyalty.services.ledger.books import Books
from rapport.loyalty.services.points import Booking
from rapport.loyalty.tests.conftest import VALUES

KILLS = int(os.environ.get("RAPPORT_LEDGER_KILLS", "6"))
GIVEN, TILLS, EACH = 1_000, 3, 10


def _till(actor: Actor, accounts: list[uuid.UUID], number: int, seed: int) -> None:
    """Spends the same receipts over and over, the next till half of them too, until it is killed."""
    connections["default"].connection = None  # the parent's
    chance = random.Random(seed)
    while True:
        receipt = chance.randrange(200) + number * 100
        booking = Booking("spend", EACH, f"receipt-{receipt}", "till")
        try:
            points.book(actor=actor, account_id=accounts[receipt % 2], booking=booking)
        except Error:
            connection.close()
        except ValidationError:
            time.sleep(0.01)  # no points are left


def _start(actor: Actor, accounts: list[uuid.UUID], number: int, seed: int) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            _till(actor, accounts, number, seed)
        finally:
            os._exit(1)
    return pid


def _cut_one(chance: random.Random) -> None:
    """Ends the connection of one of the tills, as a network does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        backends = [row[0] for row in cursor.fetchall()]
        if backends:
            cursor.execute("SELECT pg_terminate_backend(%s)", [chance.choice(backends)])


@pytest.fixture
def accounts(transactional_db: None, actor: Actor) -> list[uuid.UUID]:
    program = programs.create_program(actor=actor, values=VALUES)
    rows = [Account.objects.create(program=program, joined_at=SYSTEM.now()) for _ in range(2)]
    with transaction.atomic():
        books = Books.open({row.pk for row in rows}, SYSTEM.now())
        for row in rows:
            books.earn(books.accounts[row.pk], GIVEN, available_at=books.now, expires_at=None)
        books.close()
    return [row.pk for row in rows]


def test_killed_tills_and_cut_connections_leave_the_ledger_whole(
    accounts: list[uuid.UUID], actor: Actor, record_property: Any
) -> None:
    chance = random.Random(7)
    tills = [_start(actor, accounts, number, number) for number in range(TILLS)]
    try:
        for kill in range(KILLS):
            time.sleep(chance.uniform(0.02, 0.25))
            _cut_one(chance)
            number = kill % TILLS
            os.kill(tills[number], signal.SIGKILL)
            os.waitpid(tills[number], 0)
            tills[number] = _start(actor, accounts, number, 100 + kill)
    finally:
        for pid in tills:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    record_property("spends", _check(accounts))


def _check(accounts: list[uuid.UUID]) -> int:
    """Every receipt at most once, every balance what is left; returns how many spends there were."""
    spends = Entry.objects.filter(kind="spend")
    assert spends.count() == spends.values("key").distinct().count() > 0
    for account in Account.objects.filter(pk__in=accounts):
        spent = -(spends.filter(account=account).aggregate(sum=Sum("points"))["sum"] or 0)
        assert account.balance == GIVEN - spent >= 0
        assert Lot.objects.get(account=account).remaining == account.balance
    assert Posting.objects.aggregate(sum=Sum("points"))["sum"] == 0
    assert Program.objects.count() == 1
    return spends.count()
