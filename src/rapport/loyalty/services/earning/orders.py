"""Brings what orders have given into line with what they are worth now."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rapport.commerce.models import Order, OrderLine
from rapport.core.clock import Clock
from rapport.loyalty.models import Account, EarnRule, Entry, OrderPoints, Program
from rapport.loyalty.queries.accounts import active_programs
from rapport.loyalty.services import telling
from rapport.loyalty.services.accounts import ensure, main_accounts
from rapport.loyalty.services.earning.worth import Reasons, worth
from rapport.loyalty.services.ledger import dates
from rapport.loyalty.services.ledger.books import Books
from rapport.segments.models import Membership


@dataclass(slots=True)
class Judged:
    """An order with what it has given, and what it should have."""

    order: Order | None
    row: OrderPoints
    reasons: Reasons

    @property
    def points(self) -> int:
        return sum(points for _rule, points in self.reasons)


def judge(order_ids: Iterable[uuid.UUID], clock: Clock) -> None:
    """Judges orders in every programme, in the caller's transaction."""
    ids = sorted(set(order_ids))
    orders = {order.pk: order for order in Order.objects.filter(pk__in=ids).prefetch_related("lines")}
    for program in active_programs():
        _judge(program, ids, orders, clock)


def _judge(program: Program, ids: Sequence[uuid.UUID], orders: dict[uuid.UUID, Order], clock: Clock) -> None:
    rows = {row.order_ref: row for row in OrderPoints.objects.filter(program=program, order_ref__in=ids)}
    rules = list(program.rules.order_by("pk"))
    judged = _judged_before(program, rules, rows, orders) + _new(program, rules, rows, orders)
    main = main_accounts(
        program, {item.order.person_id for item in judged if item.order and item.order.person_id}
    )
    accounts = {item.row.account_id for item in judged} | {account.pk for account in main.values()}
    lots = [item.row.lot_id for item in judged if item.row.lot_id]
    books = Books.open(accounts, clock.now(), lots)
    changed = [item.row for item in judged if _settle(books, item, main)]
    telling.tell(books.close(), clock)
    new = [row for row in changed if row.pk is None]
    OrderPoints.objects.bulk_create(new, batch_size=2_000)
    OrderPoints.objects.bulk_update(
        [row for row in changed if row not in new], ["account", "lot", "points", "changes"], batch_size=1_000
    )


def _judged_before(
    program: Program, rules: Sequence[EarnRule], rows: dict[uuid.UUID, OrderPoints], orders: dict[uuid.UUID, Order]
) -> list[Judged]:  # fmt: skip
    return [
        Judged(order, row, _worth(program, rules, order, row.segments) if order else [])
        for row in rows.values()
        for order in (orders.get(row.order_ref),)
    ]


def _new(
    program: Program, rules: Sequence[EarnRule], rows: dict[uuid.UUID, OrderPoints], orders: dict[uuid.UUID, Order]
) -> list[Judged]:  # fmt: skip
    """Orders that have given nothing yet, of members, with accounts for those who become one by it."""
    new = [order for pk, order in orders.items() if pk not in rows and order.person_id]
    segments = _segments(rules, {order.person_id for order in new if order.person_id})
    given = [
        (order, reasons, theirs)
        for order in new
        if order.person_id
        for theirs in (segments.get(order.person_id, []),)
        if (reasons := _worth(program, rules, order, theirs))
    ]
    if program.enrols_everybody:
        firsts = {
            order.person_id: order.placed_at
            for order, *_ in sorted(given, key=lambda row: row[0].placed_at, reverse=True)
            if order.person_id
        }
        there = main_accounts(program, firsts)
        ensure(program, {person: at for person, at in firsts.items() if person not in there})
    main = main_accounts(program, {order.person_id for order, *_ in given if order.person_id})
    return [
        Judged(order, OrderPoints(program=program, order_ref=order.pk, account=main[order.person_id], segments=theirs),
               reasons)
        for order, reasons, theirs in given
        if order.person_id in main
    ]  # fmt: skip


def _worth(program: Program, rules: Sequence[EarnRule], order: Order, segments: Sequence[str]) -> Reasons:
    lines: list[OrderLine] = sorted(order.lines.all(), key=lambda line: line.position)
    return worth(program, rules, order, lines, segments) if order.is_proven else []


def _segments(rules: Sequence[EarnRule], persons: set[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """Of the segments that rules ask for, those that each person is in."""
    keys = {rule.segment for rule in rules if rule.segment}
    if not keys:
        return {}
    matching: dict[uuid.UUID, list[str]] = {}
    members = Membership.objects.filter(segment__key__in=keys, person_id__in=persons)
    for person, key in members.order_by("segment__key").values_list("person_id", "segment__key"):
        matching.setdefault(person, []).append(key)
    return matching


def _settle(books: Books, judged: Judged, main: dict[uuid.UUID, Account]) -> bool:
    """Posts the difference; says whether there was any."""
    row, order = judged.row, judged.order
    account = books.accounts[row.account_id]
    if account.person_id is None or (order is not None and order.person_id is None):
        return False  # forgotten: what they had is forfeit, and nothing follows
    target = main.get(order.person_id) if order and order.person_id else None
    has_moved = order is not None and target is not None and account.person_id != order.person_id
    if has_moved and target is not None:
        _post(books, row, 0, order, [])
        row.account, row.lot, row.points = books.accounts[target.pk], None, 0
    return _post(books, row, judged.points, order, judged.reasons) or has_moved


def _post(books: Books, row: OrderPoints, points: int, order: Order | None, reasons: Reasons) -> bool:
    change = points - row.points
    if not change:
        return False
    account = books.accounts[row.account_id]
    about: dict[str, Any] = {
        "source": "order", "key": f"{row.order_ref}:{row.changes}", "order_ref": row.order_ref,
        "at": order.changed_at if order and row.changes else order.placed_at if order else books.now,
        "note": order.external_id if order else "",
        "reasons": [{"rule": rule.name, "points": given} for rule, given in reasons],
    }  # fmt: skip
    lot = books.lot(row.lot_id, account.pk) if row.lot_id else None
    if lot is None and order is not None:
        program = account.program
        row.lot = books.earn(
            account,
            change,
            available_at=dates.available_at(program, order.placed_at),
            expires_at=dates.expires_at(program, order.placed_at),
            kind=Entry.Kind.EARN,
            **about,
        )
    elif lot is not None:
        books.give_more(lot, change, **about) if change > 0 else books.take_back(lot, -change, **about)
    row.points, row.changes = points, row.changes + 1
    return True
