"""The messages of a conversation as pages and the API tell them: what was said, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rapport.messaging import queries
from rapport.messaging.models import Delivery, InboundMessage
from rapport.messaging.queries.thread import Entry
from rapport.messaging.services import answers, quotes
from rapport.messaging.services.as_sent import as_sent


@dataclass(frozen=True, slots=True)
class Said:
    """What a message says: its subject and text, or the fields of its channel. `quoted` is what it repeats."""

    subject: str = ""
    text: str = ""
    quoted: str = ""
    html: str = ""
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One message as it stands in a conversation. `said` is None where it is looked up when it is opened."""

    entry: Entry
    name: str
    said: Said | None
    is_personal: bool
    author: str = ""


def lines(entries: Sequence[Entry]) -> list[Line]:
    """In a fixed number of reads; messages of campaigns and programs are not rendered here."""
    described = queries.descriptions({entry.delivery.send for entry in entries if entry.delivery})
    told = []
    for entry in entries:
        if entry.inbound is not None:
            row = entry.inbound
            told.append(
                Line(entry, row.subject, said_by(row), True, row.name or row.answer_to or row.address)
            )
        elif entry.delivery is not None:
            delivery = entry.delivery
            personal = delivery.send.origin == answers.ORIGIN
            said = said_by_hand(delivery) if personal else None
            author = delivery.answer.written_by if hasattr(delivery, "answer") else ""
            told.append(Line(entry, described[delivery.send_id].name, said, personal, author))
    return told


def said_by(row: InboundMessage) -> Said:
    text, quoted = quotes.apart(row.text)
    return Said(row.subject, text, quoted)


def said_by_hand(delivery: Delivery) -> Said | None:
    """What somebody typed; None for a template they chose."""
    data: dict[str, Any] = delivery.data
    words = [str(data[name]) for name in ("text", "body", "media", "title") if data.get(name)]
    if not words or delivery.send.origin != answers.ORIGIN:
        return None
    quoted = f"{data['quote_intro']}\n\n{data['quote_text']}" if data.get("quote_text") else ""
    return Said(str(data.get("subject", "")), "\n".join(words), quoted)


def said_in(delivery: Delivery) -> Said | None:
    """What a message of ours says, as it was sent; None when nothing went out or it was forgotten."""
    if (rendered := as_sent(delivery)) is None:
        return said_by_hand(delivery)
    fields = dict(rendered.fields)
    text = rendered.text or "\n\n".join(text for text in fields.values() if text)
    return Said(rendered.subject, text, html=rendered.html, fields=fields)
