"""What both logs have in common: what is written, what is read, and what can go wrong."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from rapport.events.services.envelope import Event
from rapport.events.services.log.packing import packed

# One worker at a time reads a partition: an advisory lock of PostgreSQL, this number plus the partition.
LOCK = 7_302_100
# The largest piece that is written as one: half of what a NATS server takes by default.
PIECE = 512 * 1024


class Overloaded(Exception):
    """More is waiting than is wise; the client is to come again."""


class Unavailable(OSError):
    """The log does not answer; nothing was promised."""


@dataclass(slots=True)
class Accepted:
    """What one request adds to the log."""

    source_id: int
    received: dt.datetime
    events: Sequence[Event] = ()
    refused: Sequence[tuple[str, bytes]] = ()
    done: asyncio.Future[None] | None = None
    packed: list[tuple[int, int, bytes]] = field(default_factory=list)

    def prepare(self) -> int:
        """Compresses; returns the bytes to be written."""
        self.packed = packed(self.events, PIECE)
        return sum(len(payload) for _, _, payload in self.packed) + sum(len(raw) for _, raw in self.refused)


class Store(Protocol):
    """Where the group writer puts what it was given."""

    # How many rounds may be on their way at once.
    ROUNDS: int

    async def store(self, batch: Sequence[Accepted]) -> Sequence[Exception | None]:
        """Returns once everything is durable or not: per request None, or why it is not stored."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A piece of the log: events of one source (compressed), or what was refused at capture."""

    source_id: int
    received: dt.datetime
    events: int
    payload: bytes
    refused: Sequence[tuple[str, bytes]] = ()


class Claim(Protocol):
    """Entries taken for one micro-batch, in the caller's transaction, oldest first."""

    entries: list[Entry]
    # Which log it is of, and from where to where in it.
    log: str
    first: int
    last: int

    def settle(self) -> None:
        """Marks the entries as done, in the transaction of their effects."""

    def committed(self) -> None:
        """What may be cleared up once that transaction is committed. Never raises."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in one partition. `oldest` is when the oldest was received, None when nothing waits."""

    partition: int
    entries: int
    oldest: dt.datetime | None = None
