"""Writes entries. One way in for a till, a page, a job and ten thousand orders at a time.

`Books.open` locks the accounts, in one order; each verb moves points between lots and notes the postings; `close`
writes all of it at once. The caller's transaction holds it together.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from rapport.loyalty.models import Account, Entry, Lot, Posting
from rapport.loyalty.models.ledger import Book
from rapport.loyalty.services.ledger import statements

FAR = dt.datetime.max.replace(tzinfo=dt.UTC)
KIND = Entry.Kind


class Insufficient(ValueError):
    """There are not so many points."""


class Books:
    """Locked accounts with the lots that hold points, and what is to be written of them."""

    def __init__(self, accounts: Iterable[Account], lots: Iterable[Lot], now: dt.datetime) -> None:
        self.now = now
        self.accounts = {account.pk: account for account in accounts}
        self.lots: dict[uuid.UUID, list[Lot]] = defaultdict(list)
        self._entries: list[Entry] = []
        self._postings: list[Posting] = []
        self._new: list[Lot] = []
        self._changed: dict[int, Lot] = {}
        for lot in lots:
            lot.account = self.accounts[lot.account_id]
            self.lots[lot.account_id].append(lot)

    @classmethod
    def open(
        cls,
        account_ids: Collection[uuid.UUID],
        now: dt.datetime,
        lots: Collection[int] = (),
        *,
        with_others: bool = False,
    ) -> Books:
        """Locks the accounts, also what else their persons have in the programme; `lots` may be empty ones."""
        accounts = statements.lock(account_ids, with_others=with_others)
        return cls(accounts, statements.holding([account.pk for account in accounts], lots), now)

    def lot(self, lot_id: int, account_id: uuid.UUID) -> Lot:
        return next(lot for lot in self.lots[account_id] if lot.pk == lot_id)

    # Verbs

    def earn(
        self,
        account: Account,
        points: int,
        *,
        available_at: dt.datetime,
        expires_at: dt.datetime | None,
        kind: str = KIND.EARN,
        against: str = Book.ISSUED,
        **about: Any,
    ) -> Lot:
        """Gives points, which lie in a lot of their own."""
        entry = self._entry(account, kind, points, **about)
        lot = Lot(account=account, entry=entry, available_at=available_at, expires_at=expires_at)
        self._new.append(lot)
        self.lots[account.pk].append(lot)
        self._put(entry, lot, points, against)
        return lot

    def give_more(self, lot: Lot, points: int, **about: Any) -> Entry:
        """What a correction of its origin adds to a lot."""
        entry = self._entry(lot.account, KIND.EARN, points, **about)
        self._put(entry, lot, points, Book.ISSUED)
        return entry

    def take_back(self, lot: Lot, points: int, **about: Any) -> Entry:
        """Takes back what was given: from the lot, then what of it expired, then any other points; the rest is owed."""
        account = lot.account
        entry = self._entry(account, KIND.REVERSE, -points, **about)
        self._post(entry, Book.ISSUED, points)
        left = points
        for book, name in ((Book.PENDING, "pending"), (Book.MEMBER, "remaining"), (Book.EXPIRED, "expired")):
            part = min(left, getattr(lot, name))
            if part:
                setattr(lot, name, getattr(lot, name) - part)
                self._touch(lot)
                self._post(entry, book, -part, None if book == Book.EXPIRED else account)
                left -= part
        part = min(left, account.balance)
        self._draw(entry, account, part)
        self._post(entry, Book.OWED, part - left, account)
        return entry

    def settle(self, lot: Lot) -> Entry:
        """Makes pending points usable."""
        points = lot.pending
        entry = self._entry(lot.account, KIND.SETTLE, 0, at=lot.available_at)
        lot.pending = 0
        self._post(entry, Book.PENDING, -points, lot.account)
        self._make_usable(entry, lot, points)
        return entry

    def spend(self, account: Account, points: int, against: str = Book.SPENT, **about: Any) -> Entry:
        """Takes points, those first that expire first. Raises Insufficient."""
        if points > account.balance:
            raise Insufficient
        entry = self._entry(account, about.pop("kind", KIND.SPEND), -points, **about)
        self._draw(entry, account, points)
        self._post(entry, against, points)
        return entry

    def expire(self, lot: Lot, at: dt.datetime, **about: Any) -> Entry:
        """What was not spent in time, or is forfeit."""
        account, points = lot.account, lot.remaining + lot.pending
        entry = self._entry(account, KIND.EXPIRE, -points, at=at, **about)
        self._post(entry, Book.MEMBER, -lot.remaining, account)
        self._post(entry, Book.PENDING, -lot.pending, account)
        self._post(entry, Book.EXPIRED, points)
        lot.expired += points
        lot.remaining = lot.pending = 0
        self._touch(lot)
        return entry

    def transfer(self, account: Account, other: Account, points: int, **about: Any) -> Entry:
        """Gives points to another account; they expire when they would have. Raises Insufficient."""
        if points > account.balance:
            raise Insufficient
        entry = self._entry(account, KIND.TRANSFER, -points, other=other, **about)
        for lot, part in self._draw(entry, account, points):
            moved = Lot(account=other, entry=entry, available_at=lot.available_at, expires_at=lot.expires_at)
            self._new.append(moved)
            self.lots[other.pk].append(moved)
            self._make_usable(entry, moved, part)
        return entry

    # Parts of them

    def _entry(self, account: Account, kind: str, points: int, **about: Any) -> Entry:
        about.setdefault("at", self.now)
        entry = Entry(
            program=account.program,
            account=account,
            kind=kind,
            points=points,
            recorded_at=self.now,
            **about,
        )
        self._entries.append(entry)
        return entry

    def _put(self, entry: Entry, lot: Lot, points: int, against: str) -> None:
        self._post(entry, against, -points)
        if lot.available_at > self.now:
            lot.pending += points
            self._touch(lot)
            self._post(entry, Book.PENDING, points, lot.account)
        else:
            self._make_usable(entry, lot, points)

    def _make_usable(self, entry: Entry, lot: Lot, points: int) -> None:
        """Points pay first what is owed."""
        paid = min(points, -lot.account.owed)
        lot.remaining += points - paid
        self._touch(lot)
        self._post(entry, Book.OWED, paid, lot.account)
        self._post(entry, Book.MEMBER, points - paid, lot.account)

    def _draw(self, entry: Entry, account: Account, points: int) -> list[tuple[Lot, int]]:
        """Takes usable points out of lots: first in, first out."""
        drawn = []
        left = points
        for lot in sorted(self.lots[account.pk], key=_expiry):
            part = min(left, lot.remaining)
            if part:
                lot.remaining -= part
                self._touch(lot)
                drawn.append((lot, part))
                left -= part
        self._post(entry, Book.MEMBER, -points, account)
        return drawn

    def _post(self, entry: Entry, book: str, points: int, account: Account | None = None) -> None:
        if not points:
            return
        self._postings.append(Posting(entry=entry, book=book, account=account, points=points))
        if account is not None:
            name = "balance" if book == Book.MEMBER else str(book)
            setattr(account, name, getattr(account, name) + points)

    def _touch(self, lot: Lot) -> None:
        if lot.pk:
            self._changed[lot.pk] = lot

    def close(self) -> list[Entry]:
        """Writes everything; the accounts' balances follow in the database."""
        entries, self._entries = self._entries, []
        statements.write(entries, self._new, self._changed.values(), self._postings)
        self._new, self._postings, self._changed = [], [], {}
        return entries


def _expiry(lot: Lot) -> tuple[dt.datetime, dt.datetime, int]:
    return lot.expires_at or FAR, lot.available_at, lot.pk or 0
