"""One durable write for many requests: whatever waits goes into the log together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import psycopg
from django.conf import settings

from rapport.events.services.log.base import Accepted, Overloaded, Store

log = logging.getLogger("rapport.log")


def store(dsn: str) -> Store:
    """The log in use: NATS JetStream where NATS_URL is set, else PostgreSQL."""
    if settings.NATS_URL:
        from rapport.events.services.log.jetstream_store import JetStreamStore

        return JetStreamStore(dsn)
    from rapport.events.services.log.postgres import PostgresStore

    return PostgresStore(dsn)


class GroupWriter:
    """Writes what concurrent requests bring in rounds, and answers them when it is durable.

    One flush of the disk then serves many requests, as PostgreSQL's own group commit does for sessions.
    """

    MAX_WAITING = 64 * 1024 * 1024

    def __init__(self, dsn: str) -> None:
        self._store = store(dsn)
        self._waiting: list[tuple[Accepted, int]] = []
        self._bytes = 0
        self._wake = asyncio.Event()
        self._free = asyncio.Semaphore(self._store.ROUNDS)
        self._rounds: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None

    async def write(self, accepted: Accepted) -> None:
        """Returns when the events are durable. Raises Overloaded, or psycopg.Error or OSError when they are not."""
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
            await self._free.acquire()
            self._wake.clear()
            batch, self._waiting = self._waiting, []
            if not batch:
                self._free.release()
                continue
            task = asyncio.create_task(self._round(batch))
            self._rounds.add(task)
            task.add_done_callback(self._rounds.discard)

    async def _round(self, batch: list[tuple[Accepted, int]]) -> None:
        answers: Sequence[Exception | None]
        try:
            answers = await self._store.store([accepted for accepted, _ in batch])
        except (psycopg.Error, OSError, Overloaded) as error:
            log.warning("events could not be stored: %s", error)
            answers = [error] * len(batch)
        finally:
            self._free.release()
        self._finish(batch, answers)

    def _finish(self, batch: list[tuple[Accepted, int]], answers: Sequence[Exception | None]) -> None:
        for (accepted, size), error in zip(batch, answers, strict=True):
            self._bytes -= size
            if accepted.done is None or accepted.done.done():
                continue
            if error is None:
                accepted.done.set_result(None)
            else:
                accepted.done.set_exception(error)

    async def close(self) -> None:
        """Ends the writer after what is waiting is written."""
        while self._waiting or self._rounds:
            await asyncio.sleep(0.01)
        if self._task:
            self._task.cancel()
        await self._store.close()
