"""The mailbox: keeps what the SMTP listener takes, and presses the unsubscribe button the way mail providers do."""

from __future__ import annotations

import html
import re
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser, BytesParser
from typing import NamedTuple
from urllib.parse import urlsplit

import urllib3
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core.clock import SYSTEM, Clock
from rapport.demo.models import CaughtMail

_parser = BytesParser(policy=policy.default)
_header_parser = BytesHeaderParser(policy=policy.default)
_SPACES = re.compile(r"[\s\u200b-\u200d\u034f\u00ad\ufeff]+")
_TAGS = re.compile(r"<(style|head|title)\b.*?</\1>|<!--.*?-->|<[^>]+>", re.S | re.I)


class CannotUnsubscribe(Exception):
    """The mail offers no one-click unsubscribe (RFC 8058) that this mailbox may use; the message says why."""


def parse(raw: bytes | memoryview[int]) -> EmailMessage:
    """The mail as headers and parts. Never fails on malformed mail."""
    return _parser.parsebytes(bytes(raw))


class Arrived(NamedTuple):
    """A mail as the SMTP listener took it."""

    mail_from: str
    recipients: list[str]
    raw: bytes


def keep(mails: list[Arrived], *, clock: Clock = SYSTEM) -> list[CaughtMail]:
    """Stores mails exactly as they came, all or none."""
    return CaughtMail.objects.bulk_create(_row(mail, clock) for mail in mails)


def _row(mail: Arrived, clock: Clock) -> CaughtMail:
    # The header parser alone and the old, lax policy for the body: an eighth of the time of a full parse.
    head = _header_parser.parsebytes(mail.raw)
    return CaughtMail(
        received_at=clock.now(),
        mail_from=mail.mail_from[:320],
        recipients=[address[:320].lower() for address in mail.recipients],
        sender=_header(head, "from")[:320],
        subject=_header(head, "subject")[:998],
        preview=_preview(message_from_bytes(mail.raw)),
        raw=mail.raw,
    )


def mark_read(*, mail: CaughtMail, clock: Clock = SYSTEM) -> None:
    if mail.read_at is None:
        mail.read_at = clock.now()
        mail.save(update_fields=["read_at"])


@transaction.atomic
def empty() -> int:
    """Throws every mail away; returns how many."""
    return CaughtMail.objects.all().delete()[0]


def one_click_url(message: EmailMessage) -> str:
    """The address to POST to, or "" when the mail has no one-click unsubscribe."""
    if _header(message, "list-unsubscribe-post").replace(" ", "").lower() != "list-unsubscribe=one-click":
        return ""
    link = re.search(r"<\s*(https?://[^>\s]+)\s*>", _header(message, "list-unsubscribe"))
    return link[1] if link else ""


def unsubscribe(*, mail: CaughtMail, allowed_origins: set[str]) -> int:
    """Does what a mail provider does on "unsubscribe": RFC 8058's POST, without cookies. Returns the HTTP status.

    Only origins of this installation are called. Raises CannotUnsubscribe.
    """
    url = one_click_url(parse(mail.raw))
    if not url:
        raise CannotUnsubscribe(_("This mail has no List-Unsubscribe-Post header."))
    address = urlsplit(url)
    if f"{address.scheme}://{address.netloc}" not in allowed_origins:
        raise CannotUnsubscribe(_("%(host)s is not this installation.") % {"host": address.netloc})
    try:
        response = urllib3.request(
            "POST",
            url,
            body=b"List-Unsubscribe=One-Click",
            headers={"content-type": "application/x-www-form-urlencoded"},
            redirect=False,
            retries=False,
            timeout=10,
        )
    except urllib3.exceptions.HTTPError as error:
        raise CannotUnsubscribe(
            _("No answer from %(host)s: %(error)s") % {"host": address.netloc, "error": error}
        ) from error
    return int(response.status)


def html_part(message: EmailMessage) -> str:
    """The HTML part, or "" if there is none."""
    return _content(message, "html")


def text_part(message: EmailMessage) -> str:
    return _content(message, "plain")


def _content(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    try:
        content = part.get_content()
    except (LookupError, ValueError):  # an unknown charset or a broken encoding
        content = (part.get_payload(decode=True) or b"").decode("utf-8", "replace")  # type: ignore[union-attr]
    return content if isinstance(content, str) else ""


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, "")).replace("\x00", "")
    except (ValueError, IndexError, AttributeError):  # the standard library stumbles over some headers
        return ""


def _preview(message: Message) -> str:
    """The first words of the text part, or of the HTML part without its tags."""
    bodies = {part.get_content_type(): part for part in reversed(list(message.walk()))}
    part = bodies.get("text/plain") or bodies.get("text/html")
    content = part.get_payload(decode=True) if part is not None else b""
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
    if part is not None and part.get_content_type() == "text/html":
        text = html.unescape(_TAGS.sub(" ", text))
    return _SPACES.sub(" ", text).strip()[:160].replace("\x00", "")
