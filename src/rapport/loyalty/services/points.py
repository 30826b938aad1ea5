"""Points booked by hand, at a till or by a partner: each once, whatever is sent twice."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.loyalty.models import Account, Entry
from rapport.loyalty.models.ledger import Book
from rapport.loyalty.queries import accounts as queries
from rapport.loyalty.queries import dates
from rapport.loyalty.services import telling
from rapport.loyalty.services.ledger.books import Books, Insufficient

KIND = Entry.Kind
MOST = 10**9


class Conflict(ValueError):
    """The key stands for another entry."""


@dataclass(frozen=True, slots=True)
class Booking:
    """What is to be booked. `points` is how many; only a correction may be less than nothing."""

    kind: str
    points: int
    key: str
    source: str = "hand"
    note: str = ""
    other_id: uuid.UUID | None = None
    available_at: dt.datetime | None = None


@transaction.atomic
def book(*, actor: Actor, account_id: uuid.UUID, booking: Booking, clock: Clock = SYSTEM) -> Entry:
    """Books an entry, or returns the one that its key stands for. Raises Http404, ValidationError, Conflict."""
    actor.require("loyalty.points")
    queries.require_visible(actor, account_id)
    _check(booking)
    ids = {account_id} | ({booking.other_id} if booking.other_id and booking.kind == KIND.TRANSFER else set())
    books = Books.open(ids, clock.now(), with_others=True)
    if (account := books.accounts.get(account_id)) is None:
        raise Http404("no such account")
    if booking.key and (before := queries.entry_by_key(account.program, booking.source, booking.key)):
        return _same(before, account, booking)
    if account.status != Account.Status.ACTIVE:
        raise ValidationError(_("This account is not active."))
    if booking.kind == KIND.EARN and account.program.archived_at:
        raise ValidationError({"kind": _("This programme has ended.")})
    try:
        entry = _entry(books, account, booking, actor)
    except Insufficient as error:
        raise ValidationError({"points": _("There are not so many points to spend.")}) from error
    entries = closed(books)
    telling.tell(entries, clock)
    data = {"kind": booking.kind, "points": entry.points}
    audit.record(
        actor=actor, action="points.booked", object_type="loyalty_account", object_id=account.pk, data=data,
        clock=clock,
    )  # fmt: skip
    return entry


def _check(booking: Booking) -> None:
    """Raises ValidationError."""
    if not 1 <= abs(booking.points) <= MOST:
        raise ValidationError({"points": _("Give a number of points.")})
    if booking.points < 0 and booking.kind != KIND.CORRECT:
        raise ValidationError({"points": _("Only a correction takes points away.")})
    if booking.kind not in (KIND.EARN, KIND.SPEND, KIND.CORRECT, KIND.TRANSFER):
        raise ValidationError({"kind": _("Choose what to book.")})


def _other(books: Books, actor: Actor, account: Account, booking: Booking) -> Account:
    """Whom points are transferred to. Raises ValidationError."""
    if not account.program.allows_transfers:
        raise ValidationError({"kind": _("This programme allows no transfers.")})
    other = books.accounts.get(booking.other_id) if booking.other_id else None
    if (
        other is None or other.pk == account.pk or other.program_id != account.program_id
        or other.status != Account.Status.ACTIVE or not queries.is_visible(actor, other.pk)
    ):  # fmt: skip
        raise ValidationError({"other": _("Choose an open account of the same programme.")})
    return other


def closed(books: Books) -> list[Entry]:
    """Writes what was booked; an error ends the transaction. Raises Conflict."""
    try:
        return books.close()
    except IntegrityError as error:
        raise Conflict(_("The key stands for an entry of another account.")) from error


def _same(before: Entry, account: Account, booking: Booking) -> Entry:
    is_less = booking.kind in (KIND.SPEND, KIND.TRANSFER)
    points = -booking.points if is_less else booking.points
    if (before.kind, before.account_id, before.points) != (booking.kind, account.pk, points):
        raise Conflict(_("The key stands for another entry."))
    return before


def _entry(books: Books, account: Account, booking: Booking, actor: Actor) -> Entry:
    about: dict[str, Any] = {
        "source": booking.source, "key": booking.key, "note": booking.note, "actor": actor.label,
    }  # fmt: skip
    if booking.kind == KIND.EARN or (booking.kind == KIND.CORRECT and booking.points > 0):
        return books.earn(
            account,
            booking.points,
            available_at=booking.available_at or books.now,
            expires_at=dates.expires_at(account.program, books.now),
            kind=booking.kind,
            against=Book.ISSUED if booking.kind == KIND.EARN else Book.CORRECTED,
            **about,
        ).entry
    other = _other(books, actor, account, booking) if booking.kind == KIND.TRANSFER else None
    gather(books, account, abs(booking.points))
    if other is not None:
        return books.transfer(account, other, booking.points, **about)
    against = Book.SPENT if booking.kind == KIND.SPEND else Book.CORRECTED
    return books.spend(account, abs(booking.points), against, kind=booking.kind, **about)


def gather(books: Books, account: Account, points: int) -> None:
    """Has the person's other accounts give what this one lacks. Raises Insufficient if they have not so much."""
    lack = points - account.balance
    theirs = [
        other
        for other in books.accounts.values()
        if other.pk != account.pk and account.person_id and other.person_id == account.person_id
        and other.status == Account.Status.ACTIVE
    ]  # fmt: skip
    if lack > sum(other.balance for other in theirs):
        raise Insufficient
    for other in theirs:
        if (part := min(lack, other.balance)) > 0:
            books.transfer(other, account, part)
            lack -= part
