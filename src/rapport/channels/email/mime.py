"""An email's bytes from a skeleton made once: only what differs per recipient is encoded per recipient."""

from __future__ import annotations

import binascii
import re
from email.header import Header
from email.utils import format_datetime

import idna

from rapport.channels.protocol import Composer, Content, Message, Sender, Unfit
from rapport.core.plain_text import unturned

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*")
BOUNDARY = "=_rapport_alternative"  # quoted-printable never produces "=_", so no part can contain it


class HeaderInjection(Unfit):
    """A header value holds a control character; such a message is never sent."""


def encoded(value: str, header: str = "") -> str:
    """A value of this header: as it is when ASCII, else RFC 2047, as is what only looks so. Raises HeaderInjection.

    Lists of mails show it beside others, so it holds nothing that turns text around.
    """
    value = unturned(value)
    if _CONTROL.search(value):
        raise HeaderInjection("a header value contains a line end or control character")
    if value.isascii() and "=?" not in value and len(value) < 900:
        return value
    return Header(value, "utf-8", maxlinelen=75, header_name=header).encode(linesep="\r\n")


def ascii_address(address: str) -> str:
    """The address with its domain as A-labels, as mail travels. Raises Unfit."""
    local, at, domain = address.rpartition("@")
    if not local.isascii():
        raise Unfit("the part of the address before the @ has letters that most mail servers do not take")
    try:
        return local + at + (domain if domain.isascii() else idna.encode(domain, uts46=True).decode())
    except idna.IDNAError as error:
        raise Unfit(f"the domain of the address cannot be written in ASCII: {error}") from error


def mailbox(name: str, address: str) -> str:
    """`Name <address>`, quoted or encoded as needed. Raises Unfit."""
    address = ascii_address(address)
    if _CONTROL.search(address) or " " in address or "<" in address:
        raise HeaderInjection("an address contains a character that it cannot have")
    if not name:
        return address
    if name.isascii() and "=?" not in name and not _PLAIN_NAME.fullmatch(name):
        escaped = encoded(name).replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{address}>'
    return f"{encoded(name, 'Reply-To')} <{address}>"


def _part(kind: str, text: str) -> bytes:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n").encode("utf-8", "replace")
    body = binascii.b2a_qp(lines.replace(b"\0", b"") + b"\r\n", istext=True)
    head = (
        f"--{BOUNDARY}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode() + body


class Skeleton:
    """The headers that all messages of one sender share, checked and encoded once. Raises Unfit."""

    def __init__(self, sender: Sender) -> None:
        self._sender = ascii_address(sender.address)
        self._host = self._sender.rsplit("@", 1)[-1] or "localhost"
        lines = [
            f"From: {mailbox(sender.name, sender.address)}",
            "MIME-Version: 1.0",
            "Auto-Submitted: auto-generated",
        ]
        if sender.reply_to:
            lines.append(f"Reply-To: {mailbox('', sender.reply_to)}")
        if sender.stream:
            lines.append(f"List-Id: {encoded(f'<{sender.stream}.{self._host}>')}")
        if sender.feedback_id:
            lines.append(f"Feedback-ID: {encoded(sender.feedback_id)}")
        lines.append(f'Content-Type: multipart/alternative; boundary="{BOUNDARY}"')
        self._fixed = ("\r\n".join(lines) + "\r\n\r\n").encode()
        self._end = f"--{BOUNDARY}--\r\n".encode()

    def message(self, content: Content) -> Message:
        """The whole message, CRLF throughout. Raises Unfit."""
        lines = [
            f"Message-ID: <{encoded(content.reference)}@{self._host}>",
            f"Date: {format_datetime(content.at)}",
            f"To: {mailbox(content.name, content.address)}",
            f"Subject: {encoded(content.subject, 'Subject')}",
        ]
        if content.unsubscribe_url:
            # One unfolded ASCII line each: mail clients do not decode or unfold these reliably.
            lines.append(f"List-Unsubscribe: <{_plain(content.unsubscribe_url)}>")
            lines.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
        head = ("\r\n".join(lines) + "\r\n").encode()
        bodies = (_part("plain", content.text), _part("html", content.html))
        return Message(
            self._sender, ascii_address(content.address), b"".join((head, self._fixed, *bodies, self._end))
        )


def composer(sender: Sender) -> Composer:
    """What makes the messages of one sender. Raises Unfit."""
    if not sender.address:
        raise Unfit("there is no sender's address; set it in Settings first")
    return Skeleton(sender).message


def _plain(url: str) -> str:
    if not url.isascii() or _CONTROL.search(url) or " " in url or ">" in url or len(url) > 900:
        raise HeaderInjection("the unsubscribe address is not a plain URL")
    return url
