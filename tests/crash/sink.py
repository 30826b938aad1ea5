"""A real SMTP listener that keeps what it has taken, in a process that nobody kills."""

import asyncio
import threading
from email import message_from_bytes

from aiosmtpd.controller import Controller

from rapport.core.engines.supervisor import free_port


class Sink:
    """Accepted messages as (recipient, Message-ID), in order."""

    def __init__(self):
        self.accepted = []
        # Slow enough that a killed worker is caught with messages in its hands.
        self.pause = 0.02
        self._lock = threading.Lock()
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port(), ready_timeout=10)

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(self.pause)
        message_id = message_from_bytes(envelope.content)["Message-ID"]
        with self._lock:
            self.accepted.extend((recipient, message_id) for recipient in envelope.rcpt_tos)
        return "250 taken"

    def __enter__(self):
        self._controller.start()
        return self

    def __exit__(self, *_):
        self._controller.stop()

    @property
    def url(self):
        port = self._controller.server.sockets[0].getsockname()[1]
        return f"smtp://127.0.0.1:{port}"
