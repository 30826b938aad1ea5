"""An email's bytes from a skeleton made once: only what differs per recipient is encoded per recipient."""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from email.header import Header as EncodedHeader
from email.utils import format_datetime
from functools import lru_cache

import idna

from rapport.channels.email.dkim import Header, Signer
from rapport.channels.email.personal import thread_headers, with_files
from rapport.channels.protocol import Content, Message, Sender, Unfit
from rapport.core.plain_text import unturned

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_UNSAFE = re.compile(r"[\s<>\x00-\x1f\x7f-\x9f]")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]*")
BOUNDARY = "=_rapport_alternative"  # quoted-printable never produces "=_", so no part can contain it
ALTERNATIVE = f'multipart/alternative; boundary="{BOUNDARY}"'


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
    return _words(value, header)


@lru_cache(maxsize=1_000)
def _words(value: str, header: str) -> str:
    """RFC 2047. A send's subject and many a first name come again and again, and each costs 60 µs."""
    return EncodedHeader(value, "utf-8", maxlinelen=75, header_name=header).encode(linesep="\r\n")


def wire_address(address: str) -> str:
    """The address as mail travels, its domain in A-labels. Raises Unfit.

    Other letters before the @ stay: the connection offers such a message to servers with SMTPUTF8 only.
    """
    local, at, domain = address.rpartition("@")
    try:
        return local + at + (domain if domain.isascii() else idna.encode(domain, uts46=True).decode())
    except idna.IDNAError as error:
        raise Unfit(f"the domain of the address cannot be written in ASCII: {error}") from error


def mailbox(name: str, address: str) -> str:
    """`Name <address>`, quoted or encoded as needed. Raises Unfit."""
    address = wire_address(address)
    if _UNSAFE.search(address) or unturned(address) != address:
        raise HeaderInjection("an address contains a character that it cannot have")
    if not name:
        return address
    if name.isascii() and "=?" not in name and not _PLAIN_NAME.fullmatch(name):
        escaped = encoded(name).replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{address}>'
    return f"{encoded(name, 'Reply-To')} <{address}>"


def _part(kind: str, text: str) -> bytes:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    head = (
        f"--{BOUNDARY}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode() + b"\r\n".join(map(_line, text.split("\n"))) + b"\r\n"


@lru_cache(maxsize=5_000)
def _line(line: str) -> bytes:
    """Quoted-printable. Most lines of a mail are those of the mail before."""
    encoded = binascii.b2a_qp(line.encode("utf-8", "replace").replace(b"\0", b""), istext=True)
    return encoded.replace(b"=\n", b"=\r\n")


class Skeleton:
    """The headers that all messages of one sender share, checked and encoded once. Raises Unfit."""

    def __init__(self, sender: Sender, signer: Signer | None = None) -> None:
        self._sender = wire_address(sender.address)
        self._host = self._sender.rsplit("@", 1)[-1] or "localhost"
        self._signer = signer
        headers = [
            Header("From", mailbox(sender.name, sender.address)),
            Header("MIME-Version", "1.0"),
        ]
        if not sender.is_personal:
            headers.append(Header("Auto-Submitted", "auto-generated"))
        if sender.reply_to:
            headers.append(Header("Reply-To", mailbox("", sender.reply_to)))
        if sender.stream:
            headers.append(Header("List-Id", encoded(f"<{sender.stream}.{self._host}>")))
        if sender.feedback_id:
            headers.append(Header("Feedback-ID", encoded(sender.feedback_id)))
        headers.append(Header("Content-Type", ALTERNATIVE))
        self._fixed = headers
        self._fixed_bytes = _written(headers) + b"\r\n"
        self._end = f"--{BOUNDARY}--\r\n".encode()

    def message(self, content: Content) -> Message:
        """The whole message, CRLF throughout, signed if there is a key. Raises Unfit."""
        headers = [
            Header("Message-ID", f"<{encoded(content.reference)}@{self._host}>"),
            Header("Date", format_datetime(content.at)),
            Header("To", mailbox(content.name, content.address)),
            Header("Subject", encoded(content.subject, "Subject")),
        ]
        if content.unsubscribe_url:
            # One unfolded ASCII line each: mail clients do not decode or unfold these reliably.
            # The link stands first: reports quote it, and it alone takes one click.
            ways = [content.unsubscribe_url, content.unsubscribe_mail]
            value = ", ".join(f"<{_plain(way)}>" for way in ways if way)
            headers.append(Header("List-Unsubscribe", value))
            headers.append(Header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
        if content.answered is not None:
            headers += thread_headers(content.answered, self._host)
        body = b"".join((_part("plain", content.text), _part("html", content.html), self._end))
        fixed, fixed_bytes = self._fixed, self._fixed_bytes
        if content.attachments:
            body, kind = with_files(body, ALTERNATIVE, content.attachments)
            fixed = [*self._fixed[:-1], Header("Content-Type", kind)]
            fixed_bytes = _written(fixed) + b"\r\n"
        signature = b""
        if self._signer is not None:
            signature = self._signer.header([*headers, *fixed], body, int(content.at.timestamp()))
        payload = b"".join((signature, _written(headers), fixed_bytes, body))
        return Message(self._sender, wire_address(content.address), payload)


def _written(headers: Sequence[Header]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode()


def _plain(url: str) -> str:
    if not url.isascii() or _CONTROL.search(url) or " " in url or ">" in url or len(url) > 450:
        raise HeaderInjection("the unsubscribe address is not a plain URL")
    return url
