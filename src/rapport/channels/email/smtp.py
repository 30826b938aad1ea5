"""One SMTP connection that knows, at each byte, whether the message may have been taken.

Before the final dot a lost connection means "not delivered" and the message may be offered again. After it,
only the server's answer tells; without one, nobody can know (RFC 5321 §4.2.5, RFC 1047).
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from rapport.channels.email.classify import classify
from rapport.channels.protocol import Message, Outcome, Result

SCHEMES = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_ADDRESS = re.compile(r"[^\s<>\x00-\x1f\x7f@]+@[^\s<>\x00-\x1f\x7f@]+")


class BadServer(ValueError):
    """The SMTP address cannot work; the message says why."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed over. `timeout` is in seconds, per protocol step."""

    host: str
    port: int
    scheme: str
    user: str
    password: str
    timeout: float
    name: str

    @classmethod
    def of(cls, url: str) -> Server:
        """From smtp://, smtps:// or smtp+starttls://[user:password@]host[:port][?timeout=s&name=ehlo]."""
        split_url = urlsplit(url)
        if split_url.scheme not in SCHEMES or not split_url.hostname:
            raise BadServer("the SMTP address must look like smtp+starttls://user:password@host:587")
        if split_url.username and split_url.scheme == "smtp" and split_url.hostname not in LOOPBACK:
            raise BadServer("a password is only sent encrypted: use smtps:// or smtp+starttls://")
        options = dict(parse_qsl(split_url.query))
        return cls(
            split_url.hostname,
            split_url.port or SCHEMES[split_url.scheme],
            split_url.scheme,
            unquote(split_url.username or ""),
            unquote(split_url.password or ""),
            float(options.get("timeout", "60")),
            options.get("name") or socket.gethostname() or "localhost",
        )


class Connection:
    """A connection kept open between messages, reopened when the server has closed it meanwhile."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._smtp: smtplib.SMTP | None = None

    def deliver(self, message: Message) -> Outcome:
        """Hands over one message. Never raises for what the network or the message does."""
        if problem := _malformed(message):
            return problem
        was_open = self._smtp is not None
        outcome, untouched = self._attempt(message)
        if untouched and was_open and outcome.result in {Result.RETRY, Result.UNREACHABLE}:
            self.close()
            outcome, _ = self._attempt(message)
        return outcome

    def close(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            try:
                smtp.close()
            except OSError:
                return

    def _attempt(self, message: Message) -> tuple[Outcome, bool]:
        """The outcome, and whether the connection was lost before the server heard of the recipient."""
        stage = "EHLO"
        try:
            smtp = self._smtp = self._smtp or self._open()
            stage = "MAIL"
            code, answer = smtp.mail(message.sender)
            if code == 250:
                stage = "RCPT"
                code, answer = smtp.rcpt(message.recipient)
            if code in {250, 251}:
                stage = "DATA"
                code, answer = smtp.docmd("DATA")
            if code != 354:
                return self._refused(stage, code, answer)
            smtp.send(message.payload.replace(b"\r\n.", b"\r\n.."))
            stage = "DOT"
            smtp.send(b".\r\n" if message.payload.endswith(b"\r\n") else b"\r\n.\r\n")
            code, answer = smtp.getreply()
        except smtplib.SMTPResponseException as error:
            return self._broken(stage, f"{error.smtp_code} {_words(error.smtp_error)}")
        except (OSError, smtplib.SMTPException) as error:
            return self._broken(stage, _words(error))
        if code == 250:
            words = answer.decode("utf-8", "replace")
            return Outcome(Result.ACCEPTED, "250", words[:500], words[:254]), False
        return self._refused("DOT", code, answer)

    def _refused(self, stage: str, code: int, answer: bytes) -> tuple[Outcome, bool]:
        """A negative answer: the connection is kept if the server still listens to RSET."""
        outcome = classify(stage, code, answer)
        if code < 400:
            outcome = Outcome(Result.REFUSED, str(code), f"unexpected answer at {stage}")
        try:
            if code in {421, -1} or self._smtp is None or self._smtp.rset()[0] != 250:
                self.close()
        except (OSError, smtplib.SMTPException):
            self.close()
        return outcome, stage == "MAIL" and code in {421, -1}

    def _broken(self, stage: str, words: str) -> tuple[Outcome, bool]:
        self.close()
        if stage == "DOT":
            return Outcome(
                Result.UNCERTAIN, "", f"connection lost after the message was sent: {words}"
            ), False
        result = Result.UNREACHABLE if stage in {"EHLO", "MAIL"} else Result.RETRY
        return Outcome(result, "", f"connection lost at {stage}: {words}"), stage == "MAIL"

    def _open(self) -> smtplib.SMTP:
        server = self.server
        kind = smtplib.SMTP_SSL if server.scheme == "smtps" else smtplib.SMTP
        smtp = kind(server.host, server.port, local_hostname=server.name, timeout=server.timeout)
        if smtp.sock is not None:
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if server.scheme == "smtp+starttls":
            smtp.starttls(context=ssl.create_default_context())
        smtp.ehlo_or_helo_if_needed()
        if server.user:
            smtp.login(server.user, server.password)
        return smtp


def _malformed(message: Message) -> Outcome | None:
    """Refuses what would let a message speak SMTP itself: odd addresses, bare line ends, NUL."""
    for address in (message.sender, message.recipient):
        if len(address) > 254 or not _ADDRESS.fullmatch(address) or not address.isascii():
            return Outcome(Result.REFUSED, "", "the address cannot be written into a message")
    lines = message.payload.count(b"\r\n")
    if (
        message.payload.count(b"\n") != lines
        or message.payload.count(b"\r") != lines
        or b"\0" in message.payload
    ):
        return Outcome(Result.REFUSED, "", "the message has bare line ends or NUL")
    return None


def _words(error: object) -> str:
    text = error.decode("utf-8", "replace") if isinstance(error, bytes) else str(error)
    return (text or type(error).__name__)[:300]
