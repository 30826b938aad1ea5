"""The mailbox: keeps what the SMTP listener takes, and presses the unsubscribe button the way mail providers do."""

from __future__ import annotations

import html
import re
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from urllib.parse import urlsplit

import urllib3
from django.db import transaction

from rapport.core.clock import SYSTEM, Clock
from rapport.integrations.models import CaughtMail

_parser = BytesParser(policy=policy.default)
_SPACES = re.compile(r"[\s\u200b-\u200d\u034f\u00ad\ufeff]+")
_TAGS = re.compile(r"<(style|head|title)\b.*?</\1>|<!--.*?-->|<[^>]+>", re.S | re.I)


class CannotUnsubscribe(Exception):
    """The mail offers no one-click unsubscribe (RFC 8058) that this mailbox may use; the message says why."""


def parse(raw: bytes | memoryview[int]) -> EmailMessage:
    """The mail as headers and parts. Never fails on malformed mail."""
    return _parser.parsebytes(bytes(raw))


def keep(*, mail_from: str, recipients: list[str], raw: bytes, clock: Clock = SYSTEM) -> CaughtMail:
    """Stores a mail exactly as it came."""
    message = parse(raw)
    return CaughtMail.objects.create(
        received_at=clock.now(),
        mail_from=mail_from[:320],
        recipients=[address[:320].lower() for address in recipients],
        sender=_header(message, "from")[:320],
        subject=_header(message, "subject")[:998],
        preview=_preview(message),
        raw=raw,
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
    found = re.search(r"<\s*(https?://[^>\s]+)\s*>", _header(message, "list-unsubscribe"))
    return found[1] if found else ""


def unsubscribe(*, mail: CaughtMail, allowed_origins: set[str]) -> int:
    """Does what a mail provider does on "unsubscribe": RFC 8058's POST, without cookies. Returns the HTTP status.

    Only origins of this installation are called. Raises CannotUnsubscribe.
    """
    url = one_click_url(parse(mail.raw))
    if not url:
        raise CannotUnsubscribe("This mail has no List-Unsubscribe-Post header.")
    parts = urlsplit(url)
    if f"{parts.scheme}://{parts.netloc}" not in allowed_origins:
        raise CannotUnsubscribe(f"{parts.netloc} is not this installation.")
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
        raise CannotUnsubscribe(f"No answer from {parts.netloc}: {error}") from error
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


def _preview(message: EmailMessage) -> str:
    text = html_part(message)
    text = _TAGS.sub(" ", text) if text else text_part(message)
    return _SPACES.sub(" ", html.unescape(text)).strip()[:160].replace("\x00", "")
