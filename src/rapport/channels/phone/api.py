"""The REST API of calls."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from rapport.channels.phone import queries, services
from rapport.channels.phone.models import CallTask
from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Page, Schema, cursor_page, refusals
from rapport.core.api.pages import Cursor, Limit
from rapport.core.clock import clock_of

router = Router(tags=["calls"])


class CallOut(Schema):
    """`id` of the delivery it came by is `delivery_id`; `why_stopped` says why the person must not be called."""

    id: int
    delivery_id: uuid.UUID
    person_id: uuid.UUID | None
    number: str
    title: str
    script: str
    state: str
    outcome: str
    why_stopped: str
    due_at: dt.datetime
    finished_at: dt.datetime | None

    @staticmethod
    def resolve_delivery_id(row: CallTask) -> uuid.UUID:
        return row.reference


class AttemptIn(InputSchema):
    """`again_at` is when to call again somebody who did not answer, or asked for it."""

    outcome: str = Field(max_length=16)
    notes: str = Field("", max_length=10_000)
    again_at: dt.datetime | None = None


@router.get("", response=Page[CallOut], summary="List calls")
def list_calls(request: HttpRequest, limit: Limit, cursor: Cursor = None, state: str = "") -> Any:
    rows = queries.calls(actor_of(request))
    chosen = rows.filter(state=state) if state else rows
    data, following = cursor_page(chosen, scope=f"calls {state}", sort=("id",), cursor=cursor, limit=limit)
    return {"data": data, "next_cursor": following}


@router.get("/{int:call_id}", response=CallOut, summary="Get a call")
def get_call(request: HttpRequest, call_id: int) -> Any:
    return queries.call_for(actor_of(request), call_id)


@router.post("/{int:call_id}/claim", response=CallOut, summary="Take a call, so that nobody else makes it")
def claim_call(request: HttpRequest, call_id: int) -> Any:
    with refusals():
        return services.take(actor=actor_of(request), call_id=call_id, clock=clock_of(request))


@router.post("/{int:call_id}/attempts", response=CallOut, summary="Say what came of a call that was taken")
def add_attempt(request: HttpRequest, call_id: int, body: AttemptIn) -> Any:
    with refusals():
        return services.finish(
            actor=actor_of(request),
            call_id=call_id,
            outcome=body.outcome,
            notes=body.notes,
            again_at=body.again_at,
            clock=clock_of(request),
        )
