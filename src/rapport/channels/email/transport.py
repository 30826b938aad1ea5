"""The email channel: a few connections, each taking one message at a time."""

from __future__ import annotations

import queue
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings

from rapport.channels.email.smtp import Connection, Server
from rapport.channels.protocol import Message, Outcome
from rapport.channels.registry import UnknownChannel


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


def from_settings() -> EmailChannel:
    """The channel of RAPPORT_SMTP_URL. Raises UnknownChannel when none is set."""
    if not settings.SMTP_URL:
        raise UnknownChannel("no mail server is set (RAPPORT_SMTP_URL)")
    return EmailChannel(settings.SMTP_URL, settings.SMTP_CONNECTIONS)
