"""The demo's SMTP listener: a real one, on loopback, that keeps every mail in the mailbox."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from urllib.parse import urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import DatabaseError, close_old_connections

from rapport.core.clock import SYSTEM, Clock
from rapport.demo.services import mailbox
from rapport.demo.services.mailbox import Arrived

log = logging.getLogger("rapport.mailbox")
SIZE_LIMIT = 25 * 1024 * 1024


class _Keeper:
    """aiosmtpd's handler: answers 250 only after the mail is stored. What arrives together is stored together."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Arrived, asyncio.Future[bool]]] = []
        self._storing: asyncio.Task[None] | None = None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        stored: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((Arrived(envelope.mail_from or "", list(envelope.rcpt_tos), raw), stored))
        if self._storing is None or self._storing.done():
            self._storing = asyncio.create_task(self._store())
        return "250 2.0.0 Caught" if await stored else "451 4.3.0 The mailbox is away, try again"

    async def _store(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            done = await asyncio.to_thread(_keep, [mail for mail, _ in batch])
            for _, stored in batch:
                if not stored.done():
                    stored.set_result(done)


def _keep(mails: list[Arrived]) -> bool:
    close_old_connections()
    try:
        mailbox.keep(mails)
    except DatabaseError as error:
        log.warning("%d mails not kept: %s", len(mails), error)
        return False
    finally:
        close_old_connections()
    return True


class MailServer:
    """Runs the listener in a thread of its own. `url` is what RAPPORT_SMTP_URL has to say."""

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        self._controller: Any = _Controller(_Keeper(), hostname=host, port=port)

    def start(self) -> MailServer:
        """Returns once mail is taken. Raises OSError when the port is in use."""
        self._controller.start()
        return self

    def stop(self) -> None:
        self._controller.stop()

    @property
    def port(self) -> int:
        port: int = self._controller.server.sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"smtp://{self._controller.hostname}:{self.port}"


class _Controller(Controller):  # type: ignore[misc]
    """aiosmtpd connects to its own port once to see that it works; with port 0 it must learn the real one first."""

    def factory(self) -> SMTP:
        return SMTP(
            self.handler, data_size_limit=SIZE_LIMIT, enable_SMTPUTF8=True, ident="Rapport demo mailbox"
        )

    def _trigger_server(self) -> None:
        if self.server is not None:
            self.port: int = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


_running: dict[int, MailServer] = {}


def keep_listening(smtp_url: str, _clock: Clock = SYSTEM) -> int:
    """Listens on the loopback port of `smtp_url` unless this process or another does already. Returns 0.

    The worker calls it again and again, so that the mailbox comes back by itself.
    """
    address = urlsplit(smtp_url)
    if address.hostname not in {"127.0.0.1", "localhost"} or not address.port or address.port in _running:
        return 0
    try:
        _running[address.port] = MailServer(address.port).start()
    except OSError as error:
        log.debug("port %d: %s", address.port, error)
    return 0
