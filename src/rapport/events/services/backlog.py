"""How many accepted events wait in the log, so that capture can ask senders to wait before the disk is full."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time

import psycopg

log = logging.getLogger("rapport.capture")
WAITING = "SELECT coalesce(sum(events), 0) FROM events_logbatch"
# Counting may take this share of the time at most, however long the log is.
SHARE = 0.02
LEAST_SECONDS = 2.0


class BacklogLimit:
    """Counted beside the requests, every two seconds or, where counting takes long, less often."""

    def __init__(self, dsn: str, limit: int) -> None:
        self._dsn, self._limit = dsn, limit
        self._full = False
        self._due = 0.0
        self._task: asyncio.Task[None] | None = None
        self._connection: psycopg.AsyncConnection | None = None

    def full(self) -> bool:
        """Whether more waits than the limit (0: never), as last counted; has it counted anew when that is old."""
        if self._limit and time.monotonic() >= self._due and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._count())
        return self._full

    async def _count(self) -> None:
        began = time.monotonic()
        try:
            if self._connection is None or self._connection.closed:
                self._connection = await psycopg.AsyncConnection.connect(
                    self._dsn, autocommit=True, connect_timeout=5
                )
            row = await (await self._connection.execute(WAITING)).fetchone()
            full = row is not None and row[0] >= self._limit
            if full != self._full:
                log.warning("%s events wait in the log: %s", row and row[0], "refusing" if full else "taking")
            self._full = full
        except (psycopg.Error, OSError):
            # Whether the log can be written is the writer's to say.
            await self._drop()
        now = time.monotonic()
        self._due = now + max(LEAST_SECONDS, (now - began) / SHARE)

    async def _drop(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error, OSError):
                await self._connection.close()
            self._connection = None

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._drop()
