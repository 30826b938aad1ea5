"""The demo's SMTP listener: a real one, on loopback, that keeps every mail in the mailbox."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from urllib.parse import urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import DatabaseError, close_old_connections

from rapport.integrations.services import mailbox

log = logging.getLogger("rapport.mailbox")
SIZE_LIMIT = 25 * 1024 * 1024


class _Keeper:
    """aiosmtpd's handler: answers 250 only after the mail is stored."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        try:
            await asyncio.to_thread(_keep, envelope.mail_from or "", list(envelope.rcpt_tos), content)
        except DatabaseError:
            return "451 4.3.0 The mailbox is away, try again"
        return "250 2.0.0 Caught"


def _keep(mail_from: str, recipients: list[str], raw: bytes) -> None:
    close_old_connections()
    try:
        mailbox.keep(mail_from=mail_from, recipients=recipients, raw=raw)
    finally:
        close_old_connections()


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
        if self.port == 0 and self.server is not None:
            self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


_running: dict[int, MailServer] = {}


def keep_listening(smtp_url: str) -> int:
    """Listens on the loopback port of `smtp_url` unless this process or another does already. Returns 0.

    The worker calls it again and again, so that the mailbox comes back by itself.
    """
    parts = urlsplit(smtp_url)
    if parts.hostname not in {"127.0.0.1", "localhost"} or not parts.port or parts.port in _running:
        return 0
    try:
        _running[parts.port] = MailServer(parts.port).start()
    except OSError as error:
        log.debug("port %d: %s", parts.port, error)
    return 0
