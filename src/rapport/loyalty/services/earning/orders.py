"""Brings what orders have given into line with what they are worth now."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapport.commerce.models import Order, OrderLine
from rapport.commerce.queries.exchange_rates import rates_to
from rapport.commerce.registry import vouchers
from rapport.core.clock import Clock
from rapport.loyalty.models import Account, EarnRule, Entry, OrderPoints, Program
from rapport.loyalty.queries import dates
from rapport.loyalty.queries.accounts import active_programs
from rapport.loyalty.services import referrals, telling
from rapport.loyalty.services.accounts import enrol, main_accounts, mark_due
from rapport.loyalty.services.earning.worth import WORTHLESS, Reasons, Worth, worth
from rapport.loyalty.services.ledger.books import Books
from rapport.segments.models import Membership


@dataclass(slots=True)
class Judged:
    """An order with what it has given, and what it should have."""

    order: Order | None
    row: OrderPoints
    worth: Worth


def judge(order_ids: Iterable[uuid.UUID], clock: Clock) -> None:
    """Judges orders in every programme, in the caller's transaction."""
    ids = sorted(set(order_ids))
    orders = {order.pk: order for order in Order.objects.filter(pk__in=ids).prefetch_related("lines")}
    for program in active_programs():
        Judge(program, orders).judge(ids, clock)


class Judge:
    """Judges orders in one programme."""

    def __init__(self, program: Program, orders: dict[uuid.UUID, Order]) -> None:
        self.program, self.orders = program, orders
        self.vouchers = vouchers()
        self.rules = list(program.rules.order_by("pk"))
        self.factors = rates_to(program.currency, {self._pair(order) for order in orders.values()})

    def judge(self, ids: Sequence[uuid.UUID], clock: Clock) -> None:
        program = self.program
        before = OrderPoints.objects.filter(program=program, order_ref__in=ids)
        rows = {row.order_ref: row for row in before}
        judged = self._given_before(rows) + self._new(rows)
        main = main_accounts(
            program, {item.order.person_id for item in judged if item.order and item.order.person_id}
        )
        accounts = {item.row.account_id for item in judged} | {account.pk for account in main.values()}
        books = Books.open(accounts, clock.now(), [item.row.lot_id for item in judged if item.row.lot_id])
        touched: set[uuid.UUID] = set()
        changed = [item.row for item in judged if _settle(books, item, main, touched)]
        telling.tell(books.close(), clock)
        _write(changed)
        referrals.note_orders_of({row.account.person_id for row in changed if row.account.person_id}, clock)
        mark_due(Account.objects.filter(pk__in=touched))

    def _given_before(self, rows: dict[uuid.UUID, OrderPoints]) -> list[Judged]:
        """Orders that have given points; one may be another customer's now."""
        judged = [
            Judged(order, row, self._worth(order, row.segments) if order else WORTHLESS)
            for row in rows.values()
            for order in (self.orders.get(row.order_ref),)
            if row.changes or order is None
        ]
        owners = [
            (item.order.placed_at, item.order.person_id)
            for item in judged
            if item.order and item.order.person_id and item.worth.spent
        ]
        self._enrol(owners)
        return judged

    def _new(self, rows: dict[uuid.UUID, OrderPoints]) -> list[Judged]:
        """Orders that have given nothing yet, of members, with accounts for those who become one by it."""
        new = [order for order in self.orders.values() if order.person_id and not _has_given(rows, order)]
        segments = _segments(self.rules, {order.person_id for order in new if order.person_id})
        judged = [
            (order, order.person_id, theirs, order_worth)
            for order in new
            if order.person_id
            for theirs in (segments.get(order.person_id, []),)
            if (order_worth := self._worth(order, theirs)) != WORTHLESS or order.pk in rows
        ]
        self._enrol([(order.placed_at, person) for order, person, _theirs, worth in judged if worth.spent])
        main = main_accounts(self.program, {person for _order, person, *_rest in judged})
        return [
            Judged(order, _row(self.program, rows, order, main.get(person), theirs), order_worth)
            for order, person, theirs, order_worth in judged
            if person in main or order.pk in rows
        ]

    def _enrol(self, bought: list[tuple[dt.datetime, uuid.UUID]]) -> None:
        """Makes members of those known who buy, since they first did."""
        if not self.program.enrols_everybody:
            return
        enrol(self.program, {person: at for at, person in sorted(bought, reverse=True)})

    def _worth(self, order: Order, segments: Sequence[str]) -> Worth:
        if not order.is_proven:
            return WORTHLESS
        lines: list[OrderLine] = sorted(order.lines.all(), key=lambda line: line.position)
        factor = self.factors.get(self._pair(order))
        return worth(self.program, self.rules, order, lines, segments, factor, self.vouchers)

    def _pair(self, order: Order) -> tuple[dt.date, str]:
        """The day and the currency, whose rate counts."""
        return order.placed_at.astimezone(dt.UTC).date(), order.currency


def _has_given(rows: Mapping[uuid.UUID, OrderPoints], order: Order) -> bool:
    return order.pk in rows and bool(rows[order.pk].changes)


def _row(
    program: Program, rows: Mapping[uuid.UUID, OrderPoints], order: Order, account: Account | None, segments: list[str]
) -> OrderPoints:  # fmt: skip
    row = rows.get(order.pk)
    if row is None:
        return OrderPoints(program=program, order_ref=order.pk, account=account, segments=segments)
    row.segments = segments
    return row


def _write(changed: Sequence[OrderPoints]) -> None:
    OrderPoints.objects.bulk_create([row for row in changed if row.pk is None], batch_size=2_000)
    fields = ["account", "lot", "points", "at", "spent", "changes", "segments"]
    OrderPoints.objects.bulk_update([row for row in changed if row.pk is not None], fields, batch_size=1_000)


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


def _settle(books: Books, judged: Judged, main: Mapping[uuid.UUID, Account], touched: set[uuid.UUID]) -> bool:
    """Posts the difference; says whether the row is another now. `touched` accounts have nothing posted for it."""
    row, order = judged.row, judged.order
    account = books.accounts[row.account_id]
    if account.person_id is None or (order is not None and order.person_id is None):
        return False  # forgotten: what they had is forfeit, and nothing follows
    before = (row.pk, row.account_id, row.at, row.spent)
    target = main.get(order.person_id) if order and order.person_id else None
    if order is not None and account.person_id != order.person_id:
        is_posted = _post(books, row, 0, order, [])
        touched.add(row.account_id)
        if target is None:  # whose it is now collects nothing
            return is_posted
        row.account, row.lot, row.points = books.accounts[target.pk], None, 0
    row.at, row.spent = order.placed_at if order else row.at, judged.worth.spent
    is_posted = _post(books, row, judged.worth.points, order, judged.worth.reasons)
    if is_other := row.pk is None or before != (row.pk, row.account_id, row.at, row.spent):
        touched.add(row.account_id)
    return is_posted or is_other


def _post(books: Books, row: OrderPoints, points: int, order: Order | None, reasons: Reasons) -> bool:
    change = points - row.points
    if not change:
        return False
    account = books.accounts[row.account_id]
    about: dict[str, Any] = {
        "source": "order", "key": f"{row.order_ref}:{row.changes}", "order_ref": row.order_ref,
        "at": order.changed_at if order and row.changes else order.placed_at if order else books.now,
        "note": str(order) if order else "",
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
