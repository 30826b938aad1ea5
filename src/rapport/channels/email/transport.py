"""The email channel: a few connections, each taking one message at a time."""

from __future__ import annotations

import queue
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings as conf

from rapport.channels.email.smtp import BadServer, Connection, Server
from rapport.channels.protocol import Message, Outcome
from rapport.channels.registry import WrongSettings


class EmailChannel:
    """Sends over `capacity` persistent SMTP connections at once."""

    key = "email"

    def __init__(self, url: str, capacity: int = 4) -> None:
        server = Server.of(url)
        self.capacity = max(1, capacity)
        self._connections: queue.LifoQueue[Connection] = queue.LifoQueue()
        for _ in range(self.capacity):
            self._connections.put(Connection(server))
        self._threads = ThreadPoolExecutor(self.capacity, thread_name_prefix="smtp")

    def deliver(self, messages: Sequence[Message]) -> list[Outcome]:
        """One outcome per message, in order."""
        if len(messages) == 1:
            return [self._deliver(messages[0])]
        return list(self._threads.map(self._deliver, messages))

    def close(self) -> None:
        self._threads.shutdown(wait=True)
        while not self._connections.empty():
            self._connections.get().close()

    def _deliver(self, message: Message) -> Outcome:
        connection = self._connections.get()
        try:
            return connection.deliver(message)
        finally:
            self._connections.put(connection)


def open_channel(settings: Mapping[str, Any]) -> EmailChannel:
    """The channel of `url`, over `connections` connections. Raises WrongSettings."""
    try:
        return EmailChannel(str(settings["url"]), int(settings.get("connections") or 4))
    except BadServer as error:
        raise WrongSettings(str(error), "url") from error


def check(settings: Mapping[str, Any]) -> None:
    """Raises WrongSettings."""
    open_channel(settings).close()


def from_environment() -> Mapping[str, Any] | None:
    """RAPPORT_SMTP_URL, when it is set."""
    if not conf.SMTP_URL:
        return None
    return {"url": conf.SMTP_URL, "connections": conf.SMTP_CONNECTIONS}
