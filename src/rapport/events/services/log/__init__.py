"""The event log: what capture has promised to keep until the stream has dealt with it.

It lies in PostgreSQL, or, where NATS_URL is set, in NATS JetStream. The rest of the program sees this module:
`GroupWriter` for capture, `append` within a transaction, `take` for the stream, `backlog` for the monitoring.
"""

from __future__ import annotations

from django.conf import settings

from rapport.events.services.log import postgres
from rapport.events.services.log.base import Accepted, Backlog, Claim, Entry, Overloaded, Unavailable
from rapport.events.services.log.packing import pack, packed, partitioned, unpack
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
    "pack",
    "packed",
    "partitioned",
    "partitions",
    "take",
    "unpack",
]


def partitions() -> list[int]:
    """The partitions to look at: those set, and while their number was larger before, what is left in the others."""
    set_ = range(max(1, settings.EVENT_PARTITIONS))
    return sorted({*set_, *postgres.partitions()})


def take(partition: int, limit: int) -> Claim | None:
    """Claims the oldest entries with about `limit` events of a partition, in the caller's transaction.

    None when nothing waits there, or another worker reads there.
    """
    return postgres.take(partition, limit)


def backlog() -> list[Backlog]:
    """What waits, by partition."""
    return postgres.backlog()
