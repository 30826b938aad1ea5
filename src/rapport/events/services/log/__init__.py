"""The event log: what capture has promised to keep until the stream has dealt with it.

It lies in PostgreSQL, or, where NATS_URL is set, in NATS JetStream. The rest of the program sees this module:
`GroupWriter` for capture, `append` within a transaction, `take` for the stream, `backlog` for the monitoring.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from types import ModuleType

from django.conf import settings

from rapport.events.services.envelope import Event
from rapport.events.services.log import postgres
from rapport.events.services.log.base import Accepted, Backlog, Claim, Entry, Overloaded, Unavailable
from rapport.events.services.log.packing import events_in, opened, pack, packed, partitioned, unpack
from rapport.events.services.log.postgres import append
from rapport.events.services.log.writer import GroupWriter

__all__ = [
    "Accepted",
    "Backlog",
    "Claim",
    "Entry",
    "GroupWriter",
    "Overloaded",
    "Unavailable",
    "append",
    "backlog",
    "carry",
    "events_in",
    "ferry",
    "kind",
    "migrate",
    "oldest",
    "opened",
    "pack",
    "packed",
    "partitioned",
    "partitions",
    "take",
    "unpack",
]


def kind() -> str:
    """Where the log lies: `postgres` or `nats`."""
    return "nats" if settings.NATS_URL else "postgres"


def _jetstream() -> ModuleType | None:
    """The log in NATS, if that is the one in use; its client is only loaded then."""
    if not settings.NATS_URL:
        return None
    from rapport.events.services.log import jetstream

    return jetstream


def partitions() -> list[int]:
    """The partitions to look at: those set, and while their number was larger before, what is left in the others."""
    left = elsewhere.partitions() if (elsewhere := _jetstream()) else postgres.partitions()
    return sorted({*range(max(1, settings.EVENT_PARTITIONS)), *left})


def take(partition: int, limit: int, alone_to: int = 0) -> Claim | None:
    """Claims the oldest entries with about `limit` events of a partition, in the caller's transaction.

    Up to the place `alone_to`, a single one. None when nothing waits there, or another worker reads there.
    Raises Unavailable.
    """
    claim: Claim | None = (_jetstream() or postgres).take(partition, limit, alone_to)
    return claim


def carry(source_id: int, events: Sequence[Event], received: dt.datetime, *, key: str) -> None:
    """Adds events whose rows the caller's transaction removes: with it in PostgreSQL, durably before it in NATS.

    A repetition after a crash is recognised by `key` and by the events' own ids. Raises Unavailable, Overloaded.
    """
    if elsewhere := _jetstream():
        elsewhere.carry(source_id, events, received, key)
    else:
        append(source_id, events, received)


def ferry() -> int:
    """Carries what was appended within transactions to a log that lies elsewhere; returns how many rows."""
    elsewhere = _jetstream()
    return int(elsewhere.ferry()) if elsewhere else 0


def backlog() -> list[Backlog]:
    """What waits, by partition; with NATS also the rows still to be carried there. Raises Unavailable."""
    here, elsewhere = postgres.backlog(), _jetstream()
    return [*elsewhere.backlog(), *here] if elsewhere else here


def oldest() -> dt.datetime | None:
    """When the oldest event that waits was received; None when nothing waits. Raises Unavailable."""
    if settings.NATS_URL:
        return min((part.oldest for part in backlog() if part.oldest), default=None)
    return postgres.oldest()


def migrate() -> None:
    """Makes what the log needs and is missing. Raises Unavailable."""
    if settings.NATS_URL:
        from rapport.events.services.log import link

        link.migrate()
