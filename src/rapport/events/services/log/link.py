"""The connection to NATS, and the streams that hold the log: one per partition, so that their leaders share it."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

import nats
from django.conf import settings
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext, api
from nats.js.errors import NotFoundError

from rapport.events.services.log.base import Unavailable

log = logging.getLogger("rapport.log")
T = TypeVar("T")
CONNECT_SECONDS = 5.0
# How long a server remembers the id of a message, so that a repetition of it is not stored.
DUPLICATE_SECONDS = 120
GONE = (NatsError, OSError, asyncio.TimeoutError)


def stream_name(partition: int) -> str:
    return f"{settings.NATS_PREFIX}_events_{partition}"


def subject(partition: int) -> str:
    return f"{settings.NATS_PREFIX}.events.{partition}"


async def connect() -> Client:
    """A connection that finds its way back by itself. Raises Unavailable."""
    options: dict[str, Any] = {
        "servers": [url.strip() for url in settings.NATS_URL.split(",") if url.strip()],
        "name": f"rapport {os.getpid()}",
        "connect_timeout": 2,
        "reconnect_time_wait": 0.2,
        "max_reconnect_attempts": -1,
        "ping_interval": 5,
        "max_outstanding_pings": 2,
        "error_cb": _note,
    }
    if settings.NATS_CREDENTIALS:
        options["user_credentials"] = settings.NATS_CREDENTIALS
    try:
        return await asyncio.wait_for(nats.connect(**options), CONNECT_SECONDS)
    except GONE as error:
        raise Unavailable(f"NATS does not answer: {type(error).__name__} {error}") from error


async def _note(error: Exception) -> None:
    log.info("NATS: %s %s", type(error).__name__, error)


def replicas(client: Client) -> int:
    """NATS_REPLICAS, or 3 on a cluster of three and more servers, or 1."""
    if settings.NATS_REPLICAS:
        return int(settings.NATS_REPLICAS)
    about = client._server_info
    servers = len(set(about.get("connect_urls") or []))
    return 3 if about.get("cluster") and servers >= 3 else 1


async def ensure(client: Client, partition: int) -> api.StreamInfo:
    """The stream of a partition, made if it is missing. Raises nats' errors."""
    stream = client.jetstream(timeout=CONNECT_SECONDS)
    try:
        info = await stream.stream_info(stream_name(partition))
    except NotFoundError:
        config = _config(client, partition)
        log.info("making the stream %s with %s replicas", config.name, config.num_replicas)
        return await stream.add_stream(config)
    room = _room()
    if info.config.max_bytes != room or (
        settings.NATS_REPLICAS and info.config.num_replicas != settings.NATS_REPLICAS
    ):
        info.config.max_bytes = room
        info.config.num_replicas = settings.NATS_REPLICAS or info.config.num_replicas
        return await stream.update_stream(info.config)
    return info


def _room() -> int:
    """Bytes of one partition; NATS_MAX_BYTES is for all of them."""
    return int(settings.NATS_MAX_BYTES) // max(1, int(settings.EVENT_PARTITIONS))


def _config(client: Client, partition: int) -> api.StreamConfig:
    return api.StreamConfig(
        name=stream_name(partition),
        description="Rapport's event log, one partition",
        subjects=[subject(partition)],
        retention=api.RetentionPolicy.LIMITS,
        storage=api.StorageType.FILE,
        # A full log refuses what is new; what was acknowledged is never dropped.
        discard=api.DiscardPolicy.NEW,
        max_bytes=_room(),
        num_replicas=replicas(client),
        duplicate_window=DUPLICATE_SECONDS,
        allow_direct=True,
    )


class Link:
    """NATS for threads: an event loop of its own in the background, with one connection."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._lock = asyncio.Lock()
        self._client: Client | None = None
        threading.Thread(target=self._loop.run_forever, name="nats", daemon=True).start()

    def run(self, work: Coroutine[Any, Any, T], timeout: float = 15.0) -> T:
        """Runs a coroutine over there. Raises Unavailable when NATS is away."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(timeout)
        except GONE as error:
            future.cancel()
            if isinstance(error, Unavailable):
                raise
            raise Unavailable(f"NATS: {type(error).__name__} {error}") from error

    def start(self, work: Coroutine[Any, Any, object]) -> None:
        """Starts something that nobody waits for; a failure is only noted."""

        async def quietly() -> None:
            try:
                await work
            except GONE as error:
                log.info("NATS: %s %s", type(error).__name__, error)

        asyncio.run_coroutine_threadsafe(quietly(), self._loop)

    async def client(self) -> Client:
        """The connection, made at first use. Raises Unavailable."""
        async with self._lock:
            if self._client is None or self._client.is_closed:
                self._client = await connect()
            return self._client

    async def jetstream(self) -> JetStreamContext:
        return (await self.client()).jetstream(timeout=CONNECT_SECONDS)

    def close(self) -> None:
        if self._client is not None and not self._client.is_closed:
            self.run(self._client.close())
        self._loop.call_soon_threadsafe(self._loop.stop)


_links: dict[tuple[int, str], Link] = {}
_making = threading.Lock()


def link() -> Link:
    """This process's link (a forked process makes its own)."""
    key = (os.getpid(), settings.NATS_URL)
    with _making:
        if key not in _links:
            _links[key] = Link()
        return _links[key]


def migrate() -> None:
    """Makes the streams that are missing. Raises Unavailable."""

    async def all_() -> None:
        client = await here.client()
        for partition in range(max(1, settings.EVENT_PARTITIONS)):
            await ensure(client, partition)

    here = link()
    here.run(all_(), timeout=60)
