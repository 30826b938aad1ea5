"""The REST API of on-site messages."""

from __future__ import annotations

import datetime as dt
import uuid
from functools import partial
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from rapport.content.onsite import queries, services
from rapport.content.onsite.models import OnSiteMessage
from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Page, Schema, cursor_page, refusals
from rapport.core.api.pages import Cursor, Limit
from rapport.core.clock import clock_of

router = Router(tags=["on-site messages"])


OnSiteTrigger = Literal["open", "time", "scroll", "exit"]


class OnSiteMessagePatch(InputSchema):
    """What is left out stays as it is. `segment` is a key; `pages` are patterns, one a line."""

    name: str | None = Field(None, max_length=120)
    format: str | None = None
    place: str | None = None
    slot: str | None = Field(None, max_length=120)
    title: str | None = Field(None, max_length=200)
    body: str | None = None
    image: str | None = Field(None, max_length=1000)
    url: str | None = Field(None, max_length=1000)
    label: str | None = Field(None, max_length=60)
    color: str | None = Field(None, max_length=7)
    form: str | None = Field(None, max_length=64)
    trigger: OnSiteTrigger | None = None
    trigger_at: int | None = Field(None, ge=0, le=3600)
    segment: str | None = Field(None, max_length=120)
    pages: str | None = None
    priority: int | None = Field(None, ge=-1000, le=1000)
    most_times: int | None = Field(None, ge=1, le=1000)
    pause_hours: int | None = Field(None, ge=0, le=8760)
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None


class OnSiteMessageIn(OnSiteMessagePatch):
    name: str = Field(max_length=120)
    title: str = Field(max_length=200)


class OnSiteMessageOut(Schema):
    """`state`: draft, live, stopped. The counts: people once each, unrecognised visitors each time."""

    id: uuid.UUID
    name: str
    state: str
    format: str
    place: str
    slot: str
    title: str
    body: str
    image: str
    url: str
    label: str
    color: str
    form: str
    trigger: str
    trigger_at: int
    segment: str
    pages: str
    priority: int
    most_times: int
    pause_hours: int
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    live_at: dt.datetime | None
    stopped_at: dt.datetime | None
    created_at: dt.datetime
    updated_at: dt.datetime
    shown: int
    clicked: int
    dismissed: int


def _shown(rows: list[OnSiteMessage]) -> list[dict[str, Any]]:
    results = queries.results(rows)
    names = [
        name
        for name in OnSiteMessageOut.model_fields
        if name not in {"state", "shown", "clicked", "dismissed"}
    ]
    return [
        {
            **{name: getattr(row, name) for name in names},
            "state": "live" if row.is_live else "stopped" if row.live_at else "draft",
            **results[row.pk],
        }
        for row in rows
    ]


_refusals = partial(refusals, "The message cannot be shown this way.")


@router.get("", response=Page[OnSiteMessageOut], summary="List on-site messages, newest change first")
def list_messages(request: HttpRequest, *, cursor: Cursor = None, limit: Limit = 50) -> Any:
    rows = queries.messages(actor_of(request))
    page, following = cursor_page(
        rows, scope="on-site-messages", sort=("-updated_at", "id"), cursor=cursor, limit=limit
    )
    return {"data": _shown(list(page)), "next_cursor": following}


@router.post("", response={201: OnSiteMessageOut}, summary="Create an on-site message as a draft")
def create_message(request: HttpRequest, body: OnSiteMessageIn) -> Any:
    with _refusals():
        values = body.model_dump(exclude_unset=True)
        row = services.create(actor=actor_of(request), values=values, clock=clock_of(request))
    return Status(201, _shown([row])[0])


@router.get(
    "/{uuid:message_id}", response=OnSiteMessageOut, summary="Get an on-site message with its results"
)
def get_message(request: HttpRequest, message_id: uuid.UUID) -> Any:
    return _shown([queries.message_for(actor_of(request), message_id)])[0]


@router.patch("/{uuid:message_id}", response=OnSiteMessageOut, summary="Change an on-site message")
def change_message(request: HttpRequest, message_id: uuid.UUID, body: OnSiteMessagePatch) -> Any:
    with _refusals():
        values = body.model_dump(exclude_unset=True)
        row = services.change(
            actor=actor_of(request), message_id=message_id, values=values, clock=clock_of(request)
        )
    return _shown([row])[0]


@router.post("/{uuid:message_id}/launch", response=OnSiteMessageOut, summary="Show an on-site message")
def launch_message(request: HttpRequest, message_id: uuid.UUID) -> Any:
    row = services.launch(actor=actor_of(request), message_id=message_id, clock=clock_of(request))
    return _shown([row])[0]


@router.post("/{uuid:message_id}/stop", response=OnSiteMessageOut, summary="Stop showing an on-site message")
def stop_message(request: HttpRequest, message_id: uuid.UUID) -> Any:
    row = services.stop(actor=actor_of(request), message_id=message_id, clock=clock_of(request))
    return _shown([row])[0]
