"""What time brings: pending points become usable, and points that were not spent in time expire."""

from __future__ import annotations

from django.db import transaction

from rapport.core.clock import Clock
from rapport.loyalty.models import Lot
from rapport.loyalty.services import telling
from rapport.loyalty.services.ledger.books import Books

BATCH = 1_000


def settle_due(clock: Clock) -> int:
    """Points whose return window is over."""
    due = Lot.objects.filter(pending__gt=0, available_at__lte=clock.now()).order_by("available_at", "pk")
    return _each(due[:BATCH].values_list("account_id", flat=True), clock, "settle")


def expire_due(clock: Clock) -> int:
    """Points whose day has come, the oldest first."""
    due = Lot.objects.filter(remaining__gt=0, expires_at__lte=clock.now()).order_by("expires_at", "pk")
    return _each(due[:BATCH].values_list("account_id", flat=True), clock, "expire")


@transaction.atomic
def _each(account_ids: object, clock: Clock, verb: str) -> int:
    """Under the accounts' locks it is asked again which lots are due: another worker may have been quicker."""
    ids = set(account_ids)  # type: ignore[call-overload]
    if not ids:
        return 0
    books, now, count = Books.open(ids, clock.now()), clock.now(), 0
    for account_id in sorted(books.accounts):
        for lot in sorted(books.lots[account_id], key=lambda lot: (lot.available_at, lot.pk)):
            if verb == "settle" and lot.pending and lot.available_at <= now:
                books.settle(lot)
                count += 1
            elif verb == "expire" and lot.remaining and lot.expires_at and lot.expires_at <= now:
                books.expire(lot, lot.expires_at)
                count += 1
    telling.tell(books.close(), clock)
    return count
