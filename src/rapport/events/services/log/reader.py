"""Reading one partition's messages in order, straight from any replica of its stream (batched direct get)."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass

from nats.js import api

from rapport.events.services.log import link
from rapport.events.services.log.base import Unavailable

logger = logging.getLogger("rapport.log")
# Messages asked for at once, and the bytes of them.
BATCH = 200
BYTES = 4 * 1024 * 1024
PATIENCE = 3.0
# How long the name of a log is trusted before the server is asked whether it is still the same.
TRUST = 10.0


@dataclass(frozen=True, slots=True)
class Stored:
    """One message as it lies in the log."""

    sequence: int
    events: int
    body: bytes


class Reader:
    """Hands out the messages behind a position; keeps what it has read ahead."""

    def __init__(self, partition: int) -> None:
        self.partition = partition
        self._link = link.link()
        self._log, self._asked_at = "", 0.0
        self._ahead: list[Stored] = []
        self._purged: tuple[int, float] = (0, 0.0)

    @property
    def log(self) -> str:
        """Which log this is: the moment its stream was made. Raises Unavailable."""
        if not self._log or time.monotonic() - self._asked_at > TRUST:
            self.look()
        return self._log

    def look(self) -> None:
        """Asks the server about the stream, which is made if it is missing. Raises Unavailable."""

        async def ask() -> api.StreamInfo:
            return await link.ensure(await self._link.client(), self.partition)

        created = str(self._link.run(ask()).created or "")
        if created != self._log:
            self._ahead = []
        self._log, self._asked_at = created, time.monotonic()

    def after(self, position: int, limit: int, *, alone: bool = False) -> list[Stored]:
        """Messages behind `position` without a gap, with about `limit` events (`alone`: one). Raises Unavailable."""
        self._ahead = [message for message in self._ahead if message.sequence > position]
        if self._ahead and self._ahead[0].sequence != position + 1:
            self._ahead = []
        taken, events = self._taken(limit, alone)
        while (events < limit and not alone) or not taken:
            last = self._ahead[-1].sequence if self._ahead else position
            more = self._link.run(self._fetch(last + 1))
            if not more:
                break
            self._ahead += self._without_gap(last, more)
            before = len(taken)
            taken, events = self._taken(limit, alone)
            if len(taken) == before:
                break
        return taken

    def _taken(self, limit: int, alone: bool) -> tuple[list[Stored], int]:
        events = 0
        taken: list[Stored] = []
        for message in self._ahead:
            if taken and (alone or events + message.events > limit):
                return taken, limit
            taken.append(message)
            events += message.events
        return taken, events

    def _without_gap(self, last: int, batches: list[Stored]) -> list[Stored]:
        """A replica that lags behind may know less, but nothing may be passed over."""
        if batches[0].sequence != last + 1 and batches[0].sequence > self._first():
            logger.warning("partition %s: %s is missing after %s", self.partition, batches[0].sequence, last)
            raise Unavailable("a message of the log is not to be had just now")
        whole = [batches[0]]
        for message in batches[1:]:
            if message.sequence != whole[-1].sequence + 1:
                break
            whole.append(message)
        return whole

    def _first(self) -> int:
        async def ask() -> int:
            stream = await self._link.jetstream()
            return int((await stream.stream_info(link.stream_name(self.partition))).state.first_seq)

        return self._link.run(ask())

    async def _fetch(self, sequence: int) -> list[Stored]:
        client = await self._link.client()
        inbox = client.new_inbox()
        subscription = await client.subscribe(inbox)
        wanted = json.dumps({"seq": sequence, "batch": BATCH, "max_bytes": BYTES}).encode()
        await client.publish(f"$JS.API.DIRECT.GET.{link.stream_name(self.partition)}", wanted, reply=inbox)
        batches: list[Stored] = []
        try:
            while True:
                message = await subscription.next_msg(timeout=PATIENCE)
                headers = message.headers or {}
                if status := headers.get("Status"):
                    return self._end(status, headers, batches)
                batches.append(_stored(headers, message.data))
        except TimeoutError:
            # What came before the silence is in order and may be used.
            if batches:
                return batches
            raise
        finally:
            await subscription.unsubscribe()

    @staticmethod
    def _end(status: str, headers: dict[str, str], batches: list[Stored]) -> list[Stored]:
        if status in {"204", "404"} or batches:
            return batches
        raise Unavailable(f"NATS answers {status} {headers.get('Description', '')}")

    def remove_up_to(self, sequence: int) -> None:
        """Frees the room of messages whose effects are committed; at most once a second. Never raises."""
        if time.monotonic() - self._purged[1] < 1.0 and sequence - self._purged[0] < BATCH:
            return

        async def purge() -> None:
            stream = await self._link.jetstream()
            await stream.purge_stream(link.stream_name(self.partition), seq=sequence + 1)

        self._purged = (sequence, time.monotonic())
        self._link.start(purge())


def _stored(headers: dict[str, str], body: bytes) -> Stored:
    return Stored(int(headers["Nats-Sequence"]), int(headers.get("Rapport-Events", "1")), body)


_readers: dict[tuple[int, int], Reader] = {}


def of(partition: int) -> Reader:
    """This process's reader of a partition; used only by who holds the partition's lock."""
    here = link.link()
    key = (id(here), partition)
    if key not in _readers:
        _readers[key] = Reader(partition)
    return _readers[key]
