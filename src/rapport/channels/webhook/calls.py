"""What a receiver calls back with: what became of a message, and what the person answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec

from rapport.channels.incoming import (
    About,
    Answer,
    Call,
    Choice,
    Incoming,
    Malformed,
    NotTheirs,
    Receipt,
    ReceiptKind,
    Reply,
)
from rapport.channels.webhook.messages import secrets_of
from rapport.core.services import standard_webhooks

_KINDS = {
    "message.delivered": ReceiptKind.DELIVERED,
    "message.read": ReceiptKind.READ,
    "message.clicked": ReceiptKind.CLICKED,
    "message.failed": ReceiptKind.BOUNCED,
    "message.complained": ReceiptKind.COMPLAINED,
}
TOLERANCE = dt.timedelta(minutes=5)


class Data(msgspec.Struct):
    """`message` is the id of the message it is about (its `webhook-id`), `person` the id of the person."""

    message: str = ""
    person: str = ""
    text: str = ""
    reason: str = ""
    permanent: bool = False
    url: str = ""


class Body(msgspec.Struct):
    """A call, after Standard Webhooks."""

    type: str
    data: Data
    timestamp: dt.datetime | None = None


def receive(call: Call, settings: Mapping[str, Any]) -> Answer:
    """Calls signed with the account's secret. Raises NotTheirs and Malformed."""
    try:
        standard_webhooks.verify(
            *secrets_of(settings), body=call.body, headers=call.headers, now=call.now, tolerance=TOLERANCE
        )
    except standard_webhooks.BadSignature as error:
        raise NotTheirs(str(error)) from error
    try:
        body = msgspec.json.decode(call.body, type=Body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Malformed(str(error)) from error
    message_id = call.headers["webhook-id"]
    return Answer((_incoming(body, message_id, call.now),), once=f"webhook:{message_id}")


def _incoming(body: Body, message_id: str, now: dt.datetime) -> Incoming:
    data = body.data
    at = min(body.timestamp, now) if body.timestamp is not None and body.timestamp.tzinfo else now
    if body.type in _KINDS:
        about = About.RECIPIENT if data.permanent else About.UNCLEAR
        return Receipt(
            _KINDS[body.type],
            at,
            reference=data.message,
            address=data.person,
            permanent=data.permanent,
            about=about,
            reason=data.reason[:64],
            detail=data.text[:500],
            url=data.url,
        )
    if not data.person:
        raise Malformed("data.person is missing")
    if body.type == "person.replied":
        return Reply(message_id, data.person, data.text, at, answers=data.message)
    if body.type in {"person.stopped", "person.started"}:
        return Choice(data.person, body.type == "person.started", at, data.text, message_id)
    raise Malformed(f"there is no type {body.type[:80]!r}")
