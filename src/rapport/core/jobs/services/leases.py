"""Leases on rows: claim, renew, release, and fail with back-off, fenced against workers that lost theirs."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import F, Q, QuerySet

from rapport.core.models import Leased

LEASE = dt.timedelta(minutes=1)
Row = TypeVar("Row", bound=models.Model)
LeasedRow = TypeVar("LeasedRow", bound=Leased)


class Lost(Exception):
    """Another worker has taken over: nothing of what was being done may be committed."""


def claim_rows(rows: QuerySet[Row], *, limit: int) -> list[Row]:
    """Locks up to `limit` rows that nobody else has locked, until the caller's transaction ends."""
    return list(rows.select_for_update(skip_locked=True, of=("self",), no_key=True)[:limit])


@transaction.atomic
def claim(
    rows: QuerySet[LeasedRow], *, now: dt.datetime, limit: int = 1, lease: dt.timedelta = LEASE
) -> list[LeasedRow]:
    """Up to `limit` of the rows that are due and not leased; they are the caller's until the lease ends."""
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    due = rows.filter(free, next_attempt_at__lte=now)
    claimed = claim_rows(due if due.query.order_by else due.order_by("next_attempt_at", "pk"), limit=limit)
    rows.model._default_manager.filter(pk__in=[row.pk for row in claimed]).update(
        fence=F("fence") + 1, attempts=F("attempts") + 1, lease_until=now + lease
    )
    for row in claimed:
        row.fence, row.attempts, row.lease_until = row.fence + 1, row.attempts + 1, now + lease
    return claimed


def renew(row: Leased, *, now: dt.datetime, lease: dt.timedelta = LEASE, **fields: Any) -> None:
    """Saves fields under the fence and prolongs the lease, in the caller's transaction. Raises Lost."""
    _save(row, lease_until=now + lease, **fields)


def release(row: Leased, **fields: Any) -> None:
    """Saves fields under the fence and ends the lease; tries are counted anew. Raises Lost."""
    _save(row, **{"lease_until": None, "attempts": 0, **fields})


def release_all(claimed: Sequence[Leased], **fields: Any) -> None:
    """Ends many leases at once with the same fields; tries stay as counted. Rows that were lost stay as they are."""
    for fence in {row.fence for row in claimed}:
        pks = [row.pk for row in claimed if row.fence == fence]
        rows = type(claimed[0])._default_manager.filter(pk__in=pks, fence=fence)
        rows.update(**{"lease_until": None, **fields})


def reopen(rows: QuerySet[LeasedRow], *, now: dt.datetime, **fields: Any) -> int:
    """Lets rows be claimed again from now on, whoever has them; their tries are counted anew. Returns how many."""
    again = {"lease_until": None, "attempts": 0, "next_attempt_at": now, "last_error": ""}
    return rows.update(fence=F("fence") + 1, **{**again, **fields})


def fail(
    row: Leased,
    error: str,
    *,
    now: dt.datetime,
    attempts: int,
    wait: dt.timedelta | None = None,
    **given_up: Any,
) -> bool:
    """Puts the row off after a failed try; after `attempts` of them saves `given_up` and returns True. Raises Lost."""
    gone = row.attempts >= attempts
    again = now + (delay(row.attempts) if wait is None else wait)
    fields = given_up if gone else {"next_attempt_at": again}
    _save(row, lease_until=None, last_error=error[:2000], **fields)
    return gone


def delay(
    attempts: int,
    *,
    first: dt.timedelta = dt.timedelta(seconds=10),
    longest: dt.timedelta = dt.timedelta(hours=1),
) -> dt.timedelta:
    """How long to wait after so many tries: doubling, and spread by a quarter so that not all come back at once."""
    pause: dt.timedelta = min(first * 2 ** min(attempts - 1, 20), longest)
    return pause * random.uniform(0.75, 1.25)  # noqa: S311


def _save(row: Leased, **fields: Any) -> None:
    if not type(row)._default_manager.filter(pk=row.pk, fence=row.fence).update(**fields):
        raise Lost
    for name, value in fields.items():
        setattr(row, name, value)
