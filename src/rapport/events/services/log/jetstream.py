"""The log in NATS JetStream, as the stream reads it.

How far it is read stands in PostgreSQL and moves in the transaction of the effects. So nothing is redelivered, order
holds when a worker takes over from a dead one, and the takeover needs no waiting for an acknowledgement to time out.
Messages are removed from the log after that commit.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
from django.conf import settings
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from rapport.core import sql
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services.wake import wake
from rapport.events.services.envelope import Event
from rapport.events.services.log import link, messages, reader
from rapport.events.services.log.base import LOCK, PIECE, Backlog, Entry
from rapport.events.services.log.packing import packed

logger = logging.getLogger("rapport.log")
POSITION = "SELECT log, sequence FROM events_logposition WHERE partition = %b FOR UPDATE"
MOVE = """
    INSERT INTO events_logposition (partition, log, sequence) VALUES (%b, %b, %b)
    ON CONFLICT (partition) DO UPDATE SET log = excluded.log, sequence = excluded.sequence
"""


@dataclass(slots=True)
class JetStreamClaim:
    """Messages behind the position of a partition, up to and with `last`."""

    partition: int
    log: str
    first: int
    last: int
    entries: list[Entry] = field(default_factory=list)

    def settle(self) -> None:
        sql.run(MOVE, [self.partition, self.log, self.last])

    def committed(self) -> None:
        reader.of(self.partition).remove_up_to(self.last)


def take(partition: int, limit: int, alone_to: int = 0) -> JetStreamClaim | None:
    """The next messages with about `limit` events; None when nothing waits or another worker reads here.

    Raises Unavailable.
    """
    if not sql.run("SELECT pg_try_advisory_xact_lock(%b)", [LOCK + partition])[0][0]:
        return None
    positions = sql.run(POSITION, [partition])
    name, sequence = positions[0] if positions else ("", 0)
    here = reader.of(partition)
    if here.log != name:
        here.look()
        if here.log != name:
            if name:
                logger.warning(
                    "the stream of partition %s is another one; reading it from its start", partition
                )
            name, sequence, alone_to = here.log, 0, 0
    alone = sequence < alone_to
    batch = here.after(sequence, 1 if alone else limit, alone=alone)
    if not batch:
        return None
    claim = JetStreamClaim(partition, name, sequence + 1, batch[-1].sequence)
    for message in batch:
        claim.entries += _entries(message.body)
    return claim


def _entries(body: bytes, clock: Clock = SYSTEM) -> list[Entry]:
    try:
        return messages.read(body)
    except (msgspec.DecodeError, ValueError):
        # Nobody else writes here; if somebody did, it is set aside as unreadable like any payload.
        return [Entry(0, clock.now(), 1, body)]


def partitions() -> list[int]:
    """Partitions of which there is a position and which are not set any more: they may hold messages."""
    rows = sql.run(
        "SELECT partition FROM events_logposition WHERE partition >= %b", [settings.EVENT_PARTITIONS]
    )
    return [int(part) for (part,) in rows]


def publish(items: list[messages.Message]) -> None:
    """Publishes messages one after another, each durable before the next. Raises Unavailable, Overloaded."""
    from rapport.events.services.log.jetstream_store import publish as one

    async def all_() -> None:
        client = await here.client()
        for partition in {item.partition for item in items}:
            await link.ensure(client, partition)
        for item in items:
            await one(client, item)

    here = link.link()
    here.run(all_(), timeout=60)


def carry(source_id: int, events: Sequence[Event], received: dt.datetime, key: str) -> None:
    """Publishes events; returns when they are durable. Raises Unavailable, Overloaded."""
    publish(messages.of_events(source_id, received, packed(events, PIECE), key))
    wake("stream")


def ferry(limit: int = 200) -> int:
    """Moves rows that were added within transactions (imports, replays) from PostgreSQL into the log; returns how many.

    In the caller's transaction, which removes the rows; one caller at a time. A crash after the publishing repeats it:
    the ids of the messages, and the ids of the events behind them, show the repetition. Raises Unavailable, Overloaded.
    """
    rows = sql.run(
        "SELECT id, partition, source_id, received_at, events, payload FROM events_logbatch ORDER BY id LIMIT %b",
        [limit],
    )
    if not rows:
        return 0
    count = max(1, settings.EVENT_PARTITIONS)
    batch: list[messages.Message] = []
    for id_, partition, source_id, received, events, payload in rows:
        pieces = [(partition % count, events, bytes(payload))]
        batch += messages.of_events(source_id, received, pieces, f"row-{id_}")
    publish(batch)
    sql.run("DELETE FROM events_logbatch WHERE id = ANY(%b)", [[row[0] for row in rows]])
    wake("stream")
    return len(rows)


def backlog(clock: Clock = SYSTEM) -> list[Backlog]:
    """What waits, by partition. Raises Unavailable."""
    positions = dict(sql.run("SELECT partition, sequence FROM events_logposition"))
    wanted = sorted({*range(max(1, settings.EVENT_PARTITIONS)), *positions})

    async def all_() -> list[Backlog]:
        stream = await here.jetstream()
        return list(
            await asyncio.gather(*(_waiting(stream, part, positions.get(part, 0), clock) for part in wanted))
        )

    here = link.link()
    return here.run(all_())


async def _waiting(stream: JetStreamContext, partition: int, position: int, clock: Clock) -> Backlog:
    name = link.stream_name(partition)
    try:
        state = (await stream.stream_info(name)).state
        first = max(position + 1, state.first_seq)
        if first > state.last_seq:
            return Backlog(partition, 0)
        oldest = await stream.get_msg(name, seq=first)
    except NotFoundError:
        # No stream yet, or the message was dealt with between the two questions.
        return Backlog(partition, 0)
    return Backlog(partition, state.last_seq - first + 1, oldest.time or clock.now())
