"""Where mail is handed over (the SMTP submission server), and how a connection to it is opened.

The standard library greets, encrypts and signs in; `session` takes over when the first message is due.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from rapport.channels.email import oauth
from rapport.channels.email.session import Session

SCHEMES = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class BadServer(ValueError):
    """The SMTP address cannot work; the message says why."""


class Unreachable(OSError):
    """No connection could be opened, or it could not be signed in to; the message says why."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed over.

    With a `token` (OAuth 2) it is signed in to without a password. `timeout` is in seconds per protocol step, `final`
    for the answer to the final dot, which decides whether a message was taken (RFC 5321 §4.5.3.2.6 asks for patience).
    A connection ends after `messages` or `age` seconds.
    """

    host: str
    port: int
    scheme: str
    user: str
    password: str
    name: str
    timeout: float = 60.0
    final: float = 300.0
    messages: int = 200
    age: float = 300.0
    token: str = field(default="", repr=False, kw_only=True)

    @classmethod
    def of(cls, url: str) -> Server:
        """From smtp://, smtps:// or smtp+starttls://[user:password@]host[:port][?timeout=s&final=s&name=ehlo…]."""
        split_url = urlsplit(url)
        if split_url.scheme not in SCHEMES or not split_url.hostname:
            raise BadServer("the SMTP address must look like smtp+starttls://user:password@host:587")
        if split_url.username and split_url.scheme == "smtp" and split_url.hostname not in LOOPBACK:
            raise BadServer("a password is only sent encrypted: use smtps:// or smtp+starttls://")
        options = dict(parse_qsl(split_url.query))
        try:
            port = split_url.port or SCHEMES[split_url.scheme]
            limits = {key: float(options[key]) for key in ("timeout", "final", "age") if key in options}
            messages = int(options.get("messages", "200"))
        except ValueError as error:
            raise BadServer(f"the SMTP address holds something that is no number: {error}") from error
        return cls(
            split_url.hostname,
            port,
            split_url.scheme,
            unquote(split_url.username or ""),
            unquote(split_url.password or ""),
            options.get("name") or socket.gethostname() or "localhost",
            messages=max(1, messages),
            token="",
            **limits,
        )


def dial(server: Server) -> Session:
    """A connection that is ready for its first message. Raises Unreachable."""
    try:
        smtp = _connected(server)
    except smtplib.SMTPResponseException as error:
        raise Unreachable(f"{error.smtp_code} {words(error.smtp_error)}") from error
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(f"no connection to {server.host}:{server.port}: {words(error)}") from error
    try:
        if server.scheme == "smtp+starttls":
            smtp.starttls(context=ssl.create_default_context())
        smtp.ehlo_or_helo_if_needed()
        _sign_in(smtp, server)
        sock = smtp.sock
        if sock is None:
            raise smtplib.SMTPServerDisconnected("closed by the server")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except smtplib.SMTPResponseException as error:
        smtp.close()
        raise Unreachable(f"{error.smtp_code} {words(error.smtp_error)}") from error
    except (OSError, smtplib.SMTPException) as error:
        smtp.close()
        raise Unreachable(f"connection lost while opening: {words(error)}") from error
    return Session(sock, smtp.esmtp_features, timeout=server.timeout, final=server.final)


def _sign_in(smtp: smtplib.SMTP, server: Server) -> None:
    if not server.token:
        if server.user:
            smtp.login(server.user, server.password)
        return
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    bearer = "OAUTHBEARER" in offered and "XOAUTH2" not in offered
    bearer_line = (
        oauth.oauthbearer(server.user, server.token, server.host, server.port)
        if bearer
        else oauth.xoauth2(server.user, server.token)
    )
    # A server that refuses says why first, and waits for an empty line.
    smtp.auth("OAUTHBEARER" if bearer else "XOAUTH2", lambda why=None: bearer_line if why is None else "")


def _connected(server: Server) -> smtplib.SMTP:
    if server.scheme == "smtps":
        return smtplib.SMTP_SSL(
            server.host,
            server.port,
            local_hostname=server.name,
            timeout=server.timeout,
            context=ssl.create_default_context(),  # without one the standard library checks no certificate
        )
    return smtplib.SMTP(server.host, server.port, local_hostname=server.name, timeout=server.timeout)


def words(error: object) -> str:
    """What an error says, or else its name."""
    text = error.decode("utf-8", "replace") if isinstance(error, bytes) else str(error)
    return (text or type(error).__name__)[:300]
