"""What the API of messages takes and gives."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from pydantic import AwareDatetime, Field

from rapport.core.api import InputSchema, Schema
from rapport.governance.registry import default_channel
from rapport.messaging.models import Delivery


class MessageIn(InputSchema):
    """`template` is an id or a key; `content` the parts themselves: an email's `subject`, `mjml` and `text`, or the
    fields of the channel. `to` is {"person": id} or one identifier: {"email": …}, {"phone": …}. `purpose` is a key.
    """

    template: str = Field("", max_length=64)
    content: dict[str, Any] = {}
    to: dict[str, str]
    channel: str = Field(default_factory=lambda: default_channel().key, max_length=32)
    purpose: str = Field(min_length=1, max_length=64)
    data: dict[str, Any] = {}
    send_at: AwareDatetime | None = None


class EngagementOut(Schema):
    """What was done with a message; `human_probability` is 1 for a person and 0 for a machine."""

    kind: str
    link: str | None
    first_at: dt.datetime
    times: int
    human_probability: float
    human_reasons: list[str]


class MessageOut(Schema):
    """`state` is queued, claimed, sent, skipped, failed or uncertain; `reason` and `explanation` say why."""

    id: uuid.UUID
    person_id: uuid.UUID | None
    channel: str
    address: str
    state: str
    reason: str
    detail: str
    provider_id: str
    attempts: int
    queued_at: dt.datetime
    not_before: dt.datetime | None
    expires_at: dt.datetime | None
    finished_at: dt.datetime | None
    explanation: dict[str, Any]
    events: list[EngagementOut]

    @staticmethod
    def resolve_address(row: Delivery) -> str:
        return row.address or row.requested_address

    @staticmethod
    def resolve_events(row: Delivery) -> list[dict[str, Any]]:
        return [
            {
                "kind": entry.kind,
                "link": entry.link.url if entry.link else None,
                "first_at": entry.first_at,
                "times": entry.times,
                "human_probability": entry.human_probability,
                "human_reasons": entry.human_reasons,
            }
            for entry in row.engagements.all()
        ]


class GateIn(InputSchema):
    """`at` is when it would be due; now, if nothing is said."""

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
