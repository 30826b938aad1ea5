"""What capture writes into NATS JetStream: published without waiting for one another, answered when all is on disk."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence

import psycopg
from nats.aio.client import Client
from nats.js.errors import APIError, NoStreamResponseError

from rapport.core.services.wake import NOTIFY
from rapport.events.services.log import link, messages
from rapport.events.services.log.base import Accepted, Overloaded, Unavailable

log = logging.getLogger("rapport.log")
# The server's own numbers of errors for a log, an account or a disk that is full.
FULL = frozenset({10077, 10047, 10023, 10122, 10054})
PATIENCE = 5.0


class JetStreamStore:
    """Several rounds may be on their way, each as few messages as hold it."""

    ROUNDS = 4

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._client: Client | None = None
        self._lock = asyncio.Lock()
        self._open: set[int] = set()
        self._bell: asyncio.Task[None] | None = None

    async def store(self, batch: Sequence[Accepted]) -> Sequence[Exception | None]:
        """Per request None, or why it is not stored. Raises Unavailable while NATS is away."""
        client = await self._connected()
        by_partition: dict[int, list[messages.Message]] = {}
        for message in messages.of_requests(batch):
            by_partition.setdefault(message.partition, []).append(message)
        answers: list[Exception | None] = [None] * len(batch)
        publishing = (
            self._publish(client, part, events_of_part) for part, events_of_part in by_partition.items()
        )
        for failed, error in await asyncio.gather(*publishing):
            for owner in {owner for message in failed for owner in message.owners}:
                answers[owner] = error
        self._ring()
        return answers

    async def _publish(
        self, client: Client, partition: int, waiting: list[messages.Message]
    ) -> tuple[list[messages.Message], Exception | None]:
        """One after another, in order; (those not stored, why). Behind one that failed, nothing is published."""
        done = 0
        try:
            if partition not in self._open:
                await link.ensure(client, partition)
                self._open.add(partition)
            for message in waiting:
                await publish(client, message)
                done += 1
        except Overloaded as error:
            return waiting[done:], error
        except link.GONE as error:
            self._open.discard(partition)
            return waiting[done:], Unavailable(f"NATS: {type(error).__name__} {error}")
        return [], None

    async def _connected(self) -> Client:
        async with self._lock:
            if self._client is None or self._client.is_closed:
                self._client = await link.connect()
            return self._client

    def _ring(self) -> None:
        """Wakes the stream, without anybody waiting for it; workers look by themselves once a second."""
        if self._bell is None or self._bell.done():
            self._bell = asyncio.create_task(self._wake())

    async def _wake(self) -> None:
        with contextlib.suppress(psycopg.Error, OSError):
            bell = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True, connect_timeout=5)
            async with bell:
                await bell.execute(NOTIFY, ["stream"])

    async def close(self) -> None:
        if self._client is not None and not self._client.is_closed:
            await self._client.drain()


async def publish(client: Client, message: messages.Message) -> None:
    """Returns once the message is durable on a majority. Raises Overloaded when the log is full, or nats' errors.

    While a new leader is being chosen nobody answers; then it is tried again under the same id.
    """
    stream = client.jetstream(timeout=PATIENCE)
    body = message.body
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while True:
        try:
            await stream.publish(
                link.subject(message.partition),
                body,
                timeout=PATIENCE,
                stream=link.stream_name(message.partition),
                headers={"Nats-Msg-Id": message.id, "Rapport-Events": str(message.events)},
            )
        except APIError as error:
            if error.err_code in FULL:
                raise Overloaded from error
            raise
        except NoStreamResponseError:
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.1)
        else:
            return
