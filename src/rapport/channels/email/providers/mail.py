"""Mail that a provider passes on: the answers of persons, and reports that came to the sender's address."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterable, Iterator
from email.message import Message as MailMessage

from anymail.inbound import AnymailInboundMessage
from anymail.signals import AnymailInboundEvent

from rapport.channels.email import inbound
from rapport.channels.email.queries import answer_address
from rapport.channels.incoming import About, Enclosed, Incoming, Receipt, ReceiptKind, Reply

_ID = re.compile(r"<([^<>\s@]{1,200})@([^<>\s]{1,200})>")


def incoming(events: Iterable[AnymailInboundEvent], now: dt.datetime) -> Iterator[Incoming]:
    """Replies of persons; of what programs wrote, only bounces and complaints."""
    for event in events:
        yield from of_message(event.message, event.event_id or "", now)


def of_message(message: AnymailInboundMessage, event_id: str, now: dt.datetime) -> Iterator[Incoming]:
    reading = inbound.classify(_bytes(message))
    if reading.kind is inbound.Kind.OTHER:
        yield from _reply(message, event_id, now)
    elif reading.kind is not inbound.Kind.AUTO_REPLY:
        complained = reading.kind is inbound.Kind.COMPLAINT
        for recipient in reading.recipients:
            yield Receipt(
                ReceiptKind.COMPLAINED if complained else ReceiptKind.BOUNCED,
                now,
                reference=answered(reading.references.message_ids),
                address=recipient.address,
                permanent=recipient.permanent,
                about=About.RECIPIENT if recipient.permanent else About.UNCLEAR,
                reason=recipient.reason,
                code=recipient.status or recipient.code,
                detail=recipient.detail,
            )


def _reply(message: AnymailInboundMessage, event_id: str, now: dt.datetime) -> Iterator[Reply]:
    author = message.from_email
    if author is None or not author.addr_spec:
        return
    ids = [
        f"<{local}@{host}>"
        for header in ("In-Reply-To", "References")
        for local, host in _ids(message, header)
    ]
    sent = message.date
    yield Reply(
        str(message["Message-ID"] or event_id).strip()[:254],
        author.addr_spec,
        (message.stripped_text or message.text or "").replace("\x00", ""),
        min(sent, now) if sent is not None and sent.tzinfo else now,
        author.display_name or "",
        str(message["Subject"] or ""),
        answered(ids),
        tuple(Enclosed(part.get_content_type(), part.get_filename() or "") for part in message.attachments),
        answer_address(str(message.get("Reply-To", ""))),
        [f"<{local}@{host}>" for local, host in _ids(message, "References")],
        [_content(part) for part in message.attachments],
    )


def _content(part: MailMessage) -> bytes | None:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else None


def answered(message_ids: Iterable[str]) -> str:
    """The reference or the provider's id of the message of ours that is named first, or the first id at all."""
    first = ""
    for message_id in message_ids:
        match = _ID.search(message_id if message_id.startswith("<") else f"<{message_id}>")
        if match is None:
            continue
        first = first or match[0]
        try:
            return str(uuid.UUID(match[1]))
        except ValueError:
            if match[2].endswith("amazonses.com"):  # SES puts its own Message-ID in place of ours
                return match[1]
    return first


def _ids(message: MailMessage, header: str) -> list[tuple[str, str]]:
    return _ID.findall(str(message.get(header, ""))[:4000])


def _bytes(message: MailMessage) -> bytes:
    try:
        return message.as_bytes()
    except (UnicodeError, LookupError, ValueError):
        return str(message).encode("utf-8", "replace")
