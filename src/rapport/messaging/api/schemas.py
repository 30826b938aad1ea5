"""What the API of messages takes and gives."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from pydantic import AwareDatetime, Base64Bytes, Field

from rapport.channels.protocol import Attachment
from rapport.core.api import InputSchema, Schema
from rapport.messaging.models import Delivery, InboundMessage
from rapport.messaging.services import conversation


class FileIn(InputSchema):
    """A file that goes with the message: its `name`, media `type`, and `content` in base64."""

    name: str = Field(min_length=1, max_length=200)
    type: str = Field("application/octet-stream", max_length=120)
    content: Base64Bytes


class MessageIn(InputSchema):
    """`template` is an id or a key; `content` the parts themselves: an email's `subject`, `mjml` and `text`, or the
    fields of the channel. `to` is {"person": id} or one identifier: {"email": …}, {"phone": …}. `purpose` is a key.

    With `reply_to`, the id of a message of either direction, it is an answer written by hand: `to`, `channel` and
    `purpose` follow from that message unless given, `content` is plain text (`text`, an email's `subject`), and `quote`
    adds what is answered.
    """

    template: str = Field("", max_length=64)
    content: dict[str, Any] = {}
    to: dict[str, str] = {}
    channel: str = Field("", max_length=32)
    purpose: str = Field("", max_length=64)
    data: dict[str, Any] = {}
    send_at: AwareDatetime | None = None
    reply_to: uuid.UUID | None = None
    quote: bool = False
    attachments: list[FileIn] = Field([], max_length=20)

    @property
    def files(self) -> list[Attachment]:
        return [Attachment(file.name, file.type, file.content) for file in self.attachments]


class EngagementOut(Schema):
    """What was done with a message; `human_probability` is 1 for a person and 0 for a machine."""

    kind: str
    link: str | None
    first_at: dt.datetime
    times: int
    human_probability: float
    human_reasons: list[str]


class FileOut(Schema):
    name: str
    type: str


class MessageOut(Schema):
    """A message to a person (`direction` is out) or from them (in).

    `state` is queued, claimed, sent, skipped, failed, uncertain, or received; `reason` and `explanation` say why.
    `subject`, `text` and `fields` are what it says, as it was sent; null while nothing was handed over, and after
    forgetting.
    `reply_to` is the message that it answers.
    """

    id: uuid.UUID
    direction: str
    person_id: uuid.UUID | None
    channel: str
    address: str
    at: dt.datetime
    subject: str | None = None
    text: str | None = None
    fields: dict[str, str] = {}
    files: list[FileOut] = []
    reply_to: uuid.UUID | None = None
    written_by: str = ""
    state: str
    reason: str = ""
    detail: str = ""
    provider_id: str = ""
    attempts: int = 0
    queued_at: dt.datetime | None = None
    not_before: dt.datetime | None = None
    expires_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None
    explanation: dict[str, Any] = {}
    events: list[EngagementOut] = []


def message_out(message: Delivery | InboundMessage) -> dict[str, Any]:
    """A message of either direction as the API tells it."""
    if isinstance(message, Delivery):
        return _sent(message)
    return {
        "id": message.pk,
        "direction": "in",
        "person_id": message.person_id,
        "channel": message.channel,
        "address": message.address,
        "at": message.received_at,
        "subject": message.subject,
        "text": message.text,
        "files": message.attachments,
        "reply_to": message.delivery_id,
        "written_by": message.name,
        "state": "received",
        "provider_id": message.provider_id,
    }


PLAIN = (
    "person_id",
    "channel",
    "state",
    "reason",
    "detail",
    "provider_id",
    "attempts",
    "queued_at",
    "not_before",
    "expires_at",
    "finished_at",
    "explanation",
)


def _sent(row: Delivery) -> dict[str, Any]:
    wording, answer = conversation.wording_as_sent(row), getattr(row, "answer", None)
    return {
        **{name: getattr(row, name) for name in PLAIN},
        "id": row.pk,
        "direction": "out",
        "address": row.address or row.requested_address,
        "at": row.finished_at or row.not_before or row.queued_at,
        "subject": wording.subject if wording else None,
        "text": wording.text if wording else None,
        "fields": wording.fields if wording else {},
        "files": [{"name": file.name, "type": file.type} for file in row.files.all()],
        "reply_to": (answer.inbound_id or answer.earlier_id) if answer else None,
        "written_by": answer.written_by if answer else "",
        "events": [
            {
                "kind": entry.kind,
                "link": entry.link.url if entry.link else None,
                "first_at": entry.first_at,
                "times": entry.times,
                "human_probability": entry.human_probability,
                "human_reasons": entry.human_reasons,
            }
            for entry in row.engagements.all()
        ],
    }


class MatchIn(InputSchema):
    """Whose message it is; a new person's without one."""

    person: uuid.UUID | None = None


class GateIn(InputSchema):
    """`at` is when it would be due; now, if nothing is wording."""

    person: uuid.UUID
    channel: str = Field(max_length=32)
    purpose: str = Field(min_length=1, max_length=64)
    at: AwareDatetime | None = None
    priority: int = Field(50, ge=0, le=100)


class CheckOut(Schema):
    check: str
    value: Any


class GateOut(Schema):
    """`because` are the checks; the first one is what objected, if any did. `not_before`: until when it would wait."""

    allowed: bool
    reason: str
    not_before: dt.datetime | None
    because: list[CheckOut]
