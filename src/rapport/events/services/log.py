"""The event log: what capture has promised to keep until the stream has dealt with it."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

import psycopg
from backports import zstd
from django.conf import settings
from django.db import connection

from rapport.core.services.wake import NOTIFY, wake
from rapport.events.services.envelope import Event, decode_events, encode

log = logging.getLogger("rapport.log")

APPEND = """
    INSERT INTO events_logbatch (partition, source_id, received_at, events, payload)
    SELECT * FROM unnest(%b::smallint[], %b::bigint[], %b::timestamptz[], %b::int[], %b::bytea[])
"""
QUARANTINE = """
    INSERT INTO events_quarantinedevent (source_id, stage, reason, payload, message_id)
    SELECT source, 'capture', reason, payload, '' FROM
    unnest(%b::bigint[], %b::text[], %b::bytea[]) AS refused (source, reason, payload)
"""


def pack(events: Sequence[Event]) -> bytes:
    """The payload of a log row: zstd(JSON)."""
    return zstd.compress(encode(events), level=1)


def unpack(payload: bytes) -> list[Event]:
    return decode_events(zstd.decompress(payload))


def partitioned(events: Sequence[Event]) -> list[tuple[int, Sequence[Event]]]:
    """Events by partition; one person's device or account always goes to the same one."""
    count = settings.EVENT_PARTITIONS
    if count <= 1:
        return [(0, events)] if events else []
    parts: dict[int, list[Event]] = {}
    for event in events:
        name = event.user_id or event.anonymous_id or str(event.person_id)
        parts.setdefault(sum(name.encode()) % count, []).append(event)
    return list(parts.items())


def append(source_id: int, events: Sequence[Event], received: dt.datetime) -> None:
    """Adds events within the caller's transaction (imports, outbox relay, tests)."""
    rows = [(part, source_id, received, len(some), pack(some)) for part, some in partitioned(events)]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO events_logbatch (partition, source_id, received_at, events, payload) VALUES (%s,%s,%s,%s,%s)",
            rows,
        )
    wake("stream")


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
        self.packed = [(part, len(some), pack(some)) for part, some in partitioned(self.events)]
        return sum(len(payload) for _, _, payload in self.packed) + sum(len(raw) for _, raw in self.refused)


class Overloaded(Exception):
    """More is waiting to be written than is wise; the client is to come again."""


class GroupWriter:
    """Writes what concurrent requests bring in one transaction each round, and answers them when it is durable.

    One commit (one fsync) then serves many requests, as PostgreSQL's own group commit does for sessions.
    """

    MAX_WAITING = 64 * 1024 * 1024

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._waiting: list[tuple[Accepted, int]] = []
        self._bytes = 0
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._connection: psycopg.AsyncConnection | None = None

    async def write(self, accepted: Accepted) -> None:
        """Returns when the events are durable. Raises Overloaded, or psycopg.Error when they are not stored."""
        size = accepted.prepare()
        if self._bytes + size > self.MAX_WAITING:
            raise Overloaded
        accepted.done = asyncio.get_running_loop().create_future()
        self._waiting.append((accepted, size))
        self._bytes += size
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        self._wake.set()
        await accepted.done

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                await self._round()

    async def _round(self) -> None:
        batch, self._waiting = self._waiting, []
        try:
            await self._store([accepted for accepted, _ in batch])
        except (psycopg.Error, OSError) as error:
            log.warning("events could not be stored: %s", error)
            await self._drop_connection()
            self._finish(batch, error)
        else:
            self._finish(batch, None)

    def _finish(self, batch: list[tuple[Accepted, int]], error: Exception | None) -> None:
        for accepted, size in batch:
            self._bytes -= size
            if accepted.done is None or accepted.done.done():
                continue
            if error is None:
                accepted.done.set_result(None)
            else:
                accepted.done.set_exception(error)

    async def _store(self, batch: list[Accepted]) -> None:
        rows = [
            (a.source_id, a.received, part, count, payload)
            for a in batch
            for part, count, payload in a.packed
        ]
        refused = [(a.source_id, reason, raw) for a in batch for reason, raw in a.refused]
        connection_ = await self._connected()
        async with connection_.transaction():
            if rows:
                sources, times, parts, counts, payloads = (list(column) for column in zip(*rows, strict=True))
                await connection_.execute(APPEND, [parts, sources, times, counts, payloads])
                await connection_.execute(NOTIFY, ["stream"])
            if refused:
                await connection_.execute(QUARANTINE, [list(column) for column in zip(*refused, strict=True)])

    async def _connected(self) -> psycopg.AsyncConnection:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._dsn, autocommit=True, connect_timeout=5
            )
        return self._connection

    async def _drop_connection(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def close(self) -> None:
        """Ends the writer after what is waiting is written."""
        while self._waiting:
            await asyncio.sleep(0.01)
        if self._task:
            self._task.cancel()
        await self._drop_connection()
