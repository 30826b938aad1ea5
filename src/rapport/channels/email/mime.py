"""An e-mail's bytes from a skeleton made once: only what differs per recipient is encoded per recipient."""

from __future__ import annotations

import binascii
import datetime as dt
import re
from dataclasses import dataclass
from email.header import Header
from email.utils import format_datetime

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*")
BOUNDARY = "=_rapport_alternative"  # quoted-printable never produces "=_", so no part can contain it


class HeaderInjection(ValueError):
    """A header value holds a control character; such a message is never sent."""


def encoded(value: str) -> str:
    """A header value: as it is when ASCII, else RFC 2047. Raises HeaderInjection."""
    if _CONTROL.search(value):
        raise HeaderInjection("a header value contains a line end or control character")
    if value.isascii() and len(value) < 900:
        return value
    return Header(value, "utf-8", maxlinelen=75).encode(linesep="\r\n")


def mailbox(name: str, address: str) -> str:
    """`Name <address>`, quoted or encoded as needed. Raises HeaderInjection."""
    if _CONTROL.search(address) or " " in address or "<" in address:
        raise HeaderInjection("an address contains a character that it cannot have")
    if not name:
        return address
    if name.isascii() and not _PLAIN_NAME.fullmatch(name):
        escaped = encoded(name).replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{address}>'
    return f"{encoded(name)} <{address}>"


def _part(kind: str, text: str) -> bytes:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n").encode("utf-8", "replace")
    body = binascii.b2a_qp(lines.replace(b"\0", b"") + b"\r\n", istext=True)
    head = (
        f"--{BOUNDARY}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode() + body


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Where one POST ends it (RFC 8058)."""

    url: str


@dataclass(frozen=True, slots=True)
class Parts:
    """What differs per recipient. `message_id` is without angle brackets."""

    to_name: str
    to_address: str
    subject: str
    html: str
    text: str
    message_id: str
    unsubscribe: Unsubscribe | None = None


class Skeleton:
    """The headers all messages of one send share, checked and encoded once."""

    def __init__(
        self, *, sender_name: str, sender: str, reply_to: str = "", list_id: str = "", feedback_id: str = ""
    ) -> None:
        lines = [
            f"From: {mailbox(sender_name, sender)}",
            "MIME-Version: 1.0",
            "Auto-Submitted: auto-generated",
        ]
        if reply_to:
            lines.append(f"Reply-To: {mailbox('', reply_to)}")
        if list_id:
            lines.append(f"List-Id: {encoded(list_id)}")
        if feedback_id:
            lines.append(f"Feedback-ID: {encoded(feedback_id)}")
        lines.append(f'Content-Type: multipart/alternative; boundary="{BOUNDARY}"')
        self._fixed = ("\r\n".join(lines) + "\r\n\r\n").encode()
        self._end = f"--{BOUNDARY}--\r\n".encode()

    def build(self, parts: Parts, at: dt.datetime) -> bytes:
        """The whole message, CRLF throughout. Raises HeaderInjection."""
        lines = [
            f"Message-ID: <{encoded(parts.message_id)}>",
            f"Date: {format_datetime(at)}",
            f"To: {mailbox(parts.to_name, parts.to_address)}",
            f"Subject: {encoded(parts.subject)}",
        ]
        if parts.unsubscribe is not None:
            # One unfolded ASCII line each: mail clients do not decode or unfold these reliably.
            lines.append(f"List-Unsubscribe: <{_plain(parts.unsubscribe.url)}>")
            lines.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
        head = ("\r\n".join(lines) + "\r\n").encode()
        return b"".join((head, self._fixed, _part("plain", parts.text), _part("html", parts.html), self._end))


def _plain(url: str) -> str:
    if not url.isascii() or _CONTROL.search(url) or " " in url or ">" in url or len(url) > 900:
        raise HeaderInjection("the unsubscribe address is not a plain URL")
    return url
