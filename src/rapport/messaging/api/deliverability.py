"""The REST API of deliverability."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from rapport.core.access import actor_of
from rapport.core.api import Schema
from rapport.core.clock import clock_of
from rapport.messaging.queries import deliverability as queries

router = Router(tags=["deliverability"])


class FiguresOut(Schema):
    """`delivered`: accepted and not come back; `opened` and `clicked` by people; rates are shares of one."""

    label: str
    offered: int
    accepted: int
    delivered: int
    bounced: int
    complained: int
    opened: int
    clicked: int
    bounce_rate: float
    complaint_rate: float


class DeliverabilityOut(Schema):
    """`alarms` are sentences about the last week."""

    days: list[FiguresOut]
    providers: list[FiguresOut]
    alarms: list[str]


@router.get("", response=DeliverabilityOut, summary="What becomes of messages, by day and provider")
def get_deliverability(
    request: HttpRequest,
    channel: str = "email",
    days: Annotated[int, Field(ge=1, le=365)] = 30,
    stream: Literal["marketing", "transactional"] | None = None,
    provider: str | None = None,
) -> Any:
    actor_of(request).require("messages.view")
    today = clock_of(request).now().date()
    first = today - dt.timedelta(days=days - 1)
    marketing = None if stream is None else stream == "marketing"
    rows = queries.days(first, today, channel, marketing=marketing, provider=provider)
    return {
        "days": queries.by_day(rows, first, today),
        "providers": queries.by_provider(rows),
        "alarms": queries.alarms(today),
    }
