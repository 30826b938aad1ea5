"""The log as rows of PostgreSQL: the default, and on every installation what is added within a transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

import psycopg
from django.conf import settings
from django.db import connection

from rapport.core import sql
from rapport.core.services.wake import NOTIFY, wake
from rapport.events.services.envelope import Event
from rapport.events.services.log.base import LOCK, PIECE, Accepted, Backlog, Entry
from rapport.events.services.log.packing import packed

APPEND = """
    INSERT INTO events_logbatch (partition, source_id, received_at, events, payload)
    SELECT * FROM unnest(%b::smallint[], %b::bigint[], %b::timestamptz[], %b::int[], %b::bytea[])
"""
QUARANTINE = """
    INSERT INTO events_quarantinedevent (source_id, stage, reason, payload, message_id)
    SELECT source, 'capture', reason, payload, '' FROM
    unnest(%b::bigint[], %b::text[], %b::bytea[]) AS refused (source, reason, payload)
"""
# Compressed bytes taken in one go, so that large events make small batches.
TAKEN = 8 * 1024 * 1024
# As many log rows as hold about the limit of events, oldest first.
OLDEST = """
    SELECT id, source_id, received_at, events, payload FROM (
        SELECT l.*, sum(l.events) OVER (ORDER BY l.id) - l.events AS before
        FROM (SELECT * FROM events_logbatch WHERE partition = %b ORDER BY id LIMIT 1000) l
    ) oldest WHERE before < %b ORDER BY id
"""


def append(source_id: int, events: Sequence[Event], received: dt.datetime) -> None:
    """Adds events within the caller's transaction (imports, outbox relay, tests)."""
    rows = [(part, source_id, received, count, payload) for part, count, payload in packed(events, PIECE)]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO events_logbatch (partition, source_id, received_at, events, payload) VALUES (%s,%s,%s,%s,%s)",
            rows,
        )
    # With a log elsewhere, the relay carries the rows there.
    wake("relay" if settings.NATS_URL else "stream")


class PostgresStore:
    """What capture writes, in one transaction each round."""

    ROUNDS = 1

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: psycopg.AsyncConnection | None = None

    async def store(self, batch: Sequence[Accepted]) -> Sequence[Exception | None]:
        """Raises psycopg.Error or OSError when nothing of it is stored."""
        try:
            await self._insert(batch)
        except (psycopg.Error, OSError):
            await self.close()
            raise
        return [None] * len(batch)

    async def _insert(self, batch: Sequence[Accepted]) -> None:
        rows = [
            (a.source_id, a.received, part, count, payload)
            for a in batch
            for part, count, payload in a.packed
        ]
        refused = [(a.source_id, reason, raw) for a in batch for reason, raw in a.refused]
        connection_ = await self._connected()
        async with connection_.transaction():
            if rows:
                sources, times, partitions, counts, payloads = (
                    list(column) for column in zip(*rows, strict=True)
                )
                await connection_.execute(APPEND, [partitions, sources, times, counts, payloads])
                await connection_.execute(NOTIFY, ["stream"])
            if refused:
                await connection_.execute(QUARANTINE, [list(column) for column in zip(*refused, strict=True)])

    async def _connected(self) -> psycopg.AsyncConnection:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._dsn, autocommit=True, connect_timeout=5
            )
        return self._connection

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None


@dataclass
class PostgresClaim:
    """Rows of the log, which leave it in the transaction of their effects."""

    log = ""
    ids: list[int] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    @property
    def first(self) -> int:
        return self.ids[0]

    @property
    def last(self) -> int:
        return self.ids[-1]

    def settle(self) -> None:
        sql.run("DELETE FROM events_logbatch WHERE id = ANY(%b)", [self.ids])

    def committed(self) -> None:
        """Nothing is left to be done."""


def take(partition: int, limit: int, alone_to: int = 0) -> PostgresClaim | None:
    """The oldest entries with about `limit` events; None when nobody waits or another worker reads here."""
    if not sql.run("SELECT pg_try_advisory_xact_lock(%b)", [LOCK + partition])[0][0]:
        return None
    claim, events, size = PostgresClaim(), 0, 0
    for id_, source_id, received, count, payload in sql.run(OLDEST, [partition, limit]):
        if claim.ids and (events + count > limit or size + len(payload) > TAKEN or claim.first <= alone_to):
            break
        size += len(payload)
        claim.ids.append(id_)
        claim.entries.append(Entry(source_id, received, count, bytes(payload)))
        events += count
    return claim if claim.ids else None


def partitions() -> list[int]:
    """Partitions beyond the number that is set now, in which something is left."""
    sought = "SELECT DISTINCT partition FROM events_logbatch WHERE partition >= %b"
    return [int(part) for (part,) in sql.run(sought, [max(1, settings.EVENT_PARTITIONS)])]


def oldest() -> dt.datetime | None:
    """When the row that has waited longest was received."""
    rows = sql.run("SELECT received_at FROM events_logbatch ORDER BY id LIMIT 1")
    return rows[0][0] if rows else None


def backlog() -> list[Backlog]:
    """What waits, by partition."""
    rows = sql.run(
        "SELECT partition, count(*), min(received_at) FROM events_logbatch GROUP BY partition ORDER BY partition"
    )
    return [Backlog(int(part), int(count), oldest) for part, count, oldest in rows]
