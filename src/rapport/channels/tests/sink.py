"""A real SMTP server for tests, with a script of what it answers."""

from __future__ import annotations

import asyncio
import email
import email.policy
import threading
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from rapport.core.engines.supervisor import free_port


class Sink:
    """Keeps what it takes. `on_rcpt` and `on_data` may answer otherwise, or `"drop"` the connection."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.lock = threading.Lock()
        self.on_mail: Callable[[str], str] = lambda address: ""
        self.on_rcpt: Callable[[str], str] = lambda address: ""
        self.on_data: Callable[[str], str] = lambda address: ""
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if answer := self.on_mail(address):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:
        answer = self.on_rcpt(address)
        if answer == "drop":
            server.transport.abort()
            await asyncio.Future()  # never answers
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        answer = self.on_data(envelope.rcpt_tos[0])
        if not answer or answer == "take and drop":
            with self.lock:
                self.taken.append((envelope.rcpt_tos[0], envelope.content))
        if answer in {"drop", "take and drop"}:
            server.transport.abort()
            await asyncio.Future()  # never answers
        return answer or "250 2.0.0 Ok: queued as 4711"

    def start(self) -> Sink:
        self.controller.start()
        return self

    @property
    def port(self) -> int:
        return int(self.controller.server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?timeout=5"

    @property
    def recipients(self) -> list[str]:
        return sorted(address for address, _content in self.taken)

    def message(self, at: int = 0) -> EmailMessage:
        return email.message_from_bytes(self.taken[at][1], policy=email.policy.default)
