"""A real SMTP listener that keeps what it has taken, in a process that nobody kills."""

import asyncio
import threading
from email import message_from_bytes

from aiosmtpd.controller import Controller

from rapport.core.engines.supervisor import free_port


class Sink:
    """Accepted messages as (recipient, Message-ID), in order; every other one before its answer can be lost.

    `cut` ends all connections in the middle of whatever they do.
    """

    def __init__(self):
        self.accepted = []
        # Slow enough that a killed worker is caught with messages in its hands.
        self.pause = 0.02
        self._lock = threading.Lock()
        self._links = set()
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port(), ready_timeout=10)

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self._links = {link for link in self._links if not link.is_closing()} | {server.transport}
        session.host_name = hostname
        return responses

    async def handle_DATA(self, server, session, envelope):
        message_id = message_from_bytes(envelope.content)["Message-ID"]
        is_early = hash(message_id) % 2
        if is_early:
            self._accept(envelope, message_id)
        await asyncio.sleep(self.pause)
        if server.transport is None or server.transport.is_closing():
            return "451 cut"
        if not is_early:
            self._accept(envelope, message_id)
        return "250 taken"

    def _accept(self, envelope, message_id):
        with self._lock:
            self.accepted.extend((recipient, message_id) for recipient in envelope.rcpt_tos)

    def cut(self):
        """Whether there was a connection to end."""
        links = [link for link in self._links if not link.is_closing()]
        for link in links:
            self._controller.loop.call_soon_threadsafe(link.abort)
        return bool(links)

    def __enter__(self):
        self._controller.start()
        return self

    def __exit__(self, *_):
        self._controller.stop()

    @property
    def url(self):
        port = self._controller.server.sockets[0].getsockname()[1]
        return f"smtp://127.0.0.1:{port}"
