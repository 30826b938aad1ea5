"""`bench loyalty`: points booked beside a bare INSERT loop of the same rows, and tiers of many members."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from rapport.bench import rig

MEMBERS, BOOKINGS, ORDERS = 100_000, 3_000, 3
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
NOW = START + dt.timedelta(days=300)
BARE = (
    b"INSERT INTO bare_entry SELECT * FROM loyalty_entry WHERE id = %s",
    b"INSERT INTO bare_posting SELECT * FROM loyalty_posting WHERE entry_id = %s",
    b"INSERT INTO bare_lot SELECT * FROM loyalty_lot WHERE entry_id = %s",
)


def measure(folder: Path, members: int) -> dict[str, Any]:
    """One process with one connection."""
    with rig.engines(folder):
        program = _program()
        accounts = _members(program, members)
        booked, bare = _booked(accounts)
        tiers = _tiers(program, accounts)
        is_even = _is_even()
    figures = {
        "bookings_per_second": round(BOOKINGS / booked),
        "bare_insert_bookings_per_second": round(BOOKINGS / bare),
        "ratio_to_bare_insert": round(bare / booked, 3),
        "members_judged_per_second": round(members / tiers),
        "books_sum_to_zero": is_even,
    }
    return {
        "figures": figures,
        "sizes": {"members": members, "orders": members * ORDERS, "bookings": BOOKINGS},
    }


def _timed(work: Callable[[], Any]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _program() -> Any:
    from rapport.core.access import system
    from rapport.loyalty.services import programs, tiers

    values = {
        "key": "bench", "name": "Bench", "currency": "GBP", "zone": "Europe/London", "starts_on": START.date(),
        "enrols_everybody": True, "return_days": 0, "expiry_months": 12, "point_value": Decimal("0.01"),
    }  # fmt: skip
    actor = system("bench")
    program = programs.create_program(actor=actor, values=values)
    settings = {"tier_measure": "spent", "tier_period": "rolling", "tier_months": 12, "tier_grace_days": 30,
                "tier_soft_landing": True}  # fmt: skip
    ladder = [{"name": f"T{step}", "threshold": Decimal(step * 100), "benefits": ""} for step in (1, 2, 3)]
    tiers.put_tiers(actor=actor, program=program, settings=settings, ladder=ladder)
    return program


def _members(program: Any, count: int) -> list[uuid.UUID]:
    """Members with orders over the time before NOW."""
    from rapport.loyalty.models import Account, OrderPoints
    from rapport.people.models import Person

    people = [Person(id=uuid.uuid4(), first_seen_at=START, last_seen_at=START) for _ in range(count)]
    Person.objects.bulk_create(people, batch_size=2_000)
    accounts = [Account(program=program, person=person, home=person.pk, joined_at=START) for person in people]
    Account.objects.bulk_create(accounts, batch_size=2_000)
    orders = [
        OrderPoints(
            program=program, order_ref=uuid.uuid4(), account=account, spent=Decimal(20 + number % 130),
            at=NOW - dt.timedelta(days=(number * 37 + part * 113) % 500),
        )
        for number, account in enumerate(accounts)
        for part in range(ORDERS)
    ]  # fmt: skip
    OrderPoints.objects.bulk_create(orders, batch_size=2_000)
    return [account.pk for account in accounts]


def _booked(accounts: list[uuid.UUID]) -> tuple[float, float]:
    """Seconds for bookings, one after the other, and for bare transactions that insert the same rows."""
    import psycopg

    from rapport.core import sql
    from rapport.core.access import system
    from rapport.loyalty.models import Entry
    from rapport.loyalty.services.points import Booking, book

    actor = system("bench")

    def work() -> None:
        for number in range(BOOKINGS):
            booking = Booking("spend" if number % 2 else "earn", 10, f"k{number}", "till")
            book(actor=actor, account_id=accounts[number // 2], booking=booking)

    seconds = _timed(work)
    entries = list(Entry.objects.order_by("pk").values_list("pk", flat=True))
    with psycopg.connect(sql.dsn(), autocommit=True) as link:
        for name in ("entry", "posting", "lot"):
            link.execute(f"CREATE TABLE bare_{name} (LIKE loyalty_{name} INCLUDING ALL)".encode())

        def bare() -> None:
            for entry in entries:
                with link.transaction():
                    for statement in BARE:
                        link.execute(statement, [entry])

        return seconds, _timed(bare)


def _tiers(program: Any, accounts: list[uuid.UUID]) -> float:
    """Seconds until everybody's tier and traits are worked out anew."""
    from rapport.core.clock import VirtualClock
    from rapport.loyalty.models import Account
    from rapport.loyalty.services import traits
    from rapport.loyalty.services.accounts import mark_due

    mark_due(Account.objects.filter(program=program))

    def work() -> None:
        while traits.refresh(VirtualClock(NOW)):
            pass

    return _timed(work)


def _is_even() -> bool:
    from django.db.models import Sum

    from rapport.loyalty.models import Posting

    return bool(Posting.objects.aggregate(sum=Sum("points"))["sum"] == 0)
