"""The messages of a conversation as pages and the API tell them: what was wording, and what became of it."""

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
class Wording:
    """What a message says: its subject and text, or the fields of its channel. `quoted` is what it repeats."""

    subject: str = ""
    text: str = ""
    quoted: str = ""
    html: str = ""
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One message as it stands in a conversation. `wording` is None where it is looked up when it is opened."""

    entry: Entry
    name: str
    wording: Wording | None
    is_personal: bool
    author: str = ""


def lines(entries: Sequence[Entry]) -> list[Line]:
    """In a fixed number of reads; messages of campaigns and programs are not rendered here."""
    described = queries.descriptions({entry.delivery.send for entry in entries if entry.delivery})
    rows = []
    for entry in entries:
        if entry.inbound is not None:
            row = entry.inbound
            rows.append(
                Line(entry, row.subject, wording_of(row), True, row.name or row.answer_to or row.address)
            )
        elif entry.delivery is not None:
            delivery = entry.delivery
            personal = delivery.send.origin == answers.ORIGIN
            wording = wording_by_hand(delivery) if personal else None
            author = delivery.answer.written_by if hasattr(delivery, "answer") else ""
            rows.append(Line(entry, described[delivery.send_id].name, wording, personal, author))
    return rows


def wording_of(row: InboundMessage) -> Wording:
    text, quoted = quotes.apart(row.text)
    return Wording(row.subject, text, quoted)


def wording_by_hand(delivery: Delivery) -> Wording | None:
    """What somebody typed; None for a template they chose."""
    data: dict[str, Any] = delivery.data
    words = [str(data[name]) for name in ("text", "body", "media", "title") if data.get(name)]
    if not words or delivery.send.origin != answers.ORIGIN:
        return None
    quoted = f"{data['quote_intro']}\n\n{data['quote_text']}" if data.get("quote_text") else ""
    return Wording(str(data.get("subject", "")), "\n".join(words), quoted)


def wording_as_sent(delivery: Delivery) -> Wording | None:
    """What a message of ours says, as it was sent; None when nothing went out or it was forgotten."""
    if (rendered := as_sent(delivery)) is None:
        return wording_by_hand(delivery)
    fields = dict(rendered.fields)
    text = rendered.text or "\n\n".join(text for text in fields.values() if text)
    return Wording(rendered.subject, text, html=rendered.html, fields=fields)
