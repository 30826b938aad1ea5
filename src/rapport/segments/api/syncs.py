"""Syncs over REST."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from ninja import Status
from pydantic import Field

from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Limit, Page, Problem, Schema, cursor_page
from rapport.core.api.pages import Cursor
from rapport.segments.api.base import router
from rapport.segments.models import Sync, SyncMessage
from rapport.segments.queries import segments as queries
from rapport.segments.queries import syncs as queries_syncs
from rapport.segments.services import syncs


class SyncIn(InputSchema):
    kind: str = Field(description="webhook or file")
    name: str = Field(min_length=1, max_length=120)
    url: str = Field("", max_length=2000)
    traits: list[str] = Field(default_factory=list, max_length=50)
    every_hours: int = Field(24, ge=1, le=744)


class SyncOut(Schema):
    """`secret` signs the messages (Standard Webhooks); it is told when the sync is made."""

    id: uuid.UUID
    kind: str
    name: str
    url: str
    traits: list[str]
    every_hours: int
    created_at: dt.datetime
    paused_at: dt.datetime | None


class SyncMade(SyncOut):
    secret: str


class SyncMessageOut(Schema):
    id: int
    message_id: str
    kind: str
    state: str
    entered: int
    left: int
    part: int
    total_parts: int
    attempts: int
    created_at: dt.datetime
    settled_at: dt.datetime | None
    path: str = ""

    @staticmethod
    def resolve_path(message: SyncMessage) -> str:
        return message.export.path if message.export else ""

    @staticmethod
    def resolve_entered(message: SyncMessage) -> int:
        return len(message.entered)

    @staticmethod
    def resolve_left(message: SyncMessage) -> int:
        return len(message.left)


@router.get("/{segment}/syncs", response=list[SyncOut], summary="List syncs")
def list_syncs(request: HttpRequest, segment: str) -> Any:
    """Who is told of the segment's members."""
    actor = actor_of(request)
    return queries_syncs.syncs(actor, queries.segment_for(actor, segment))


@router.post("/{segment}/syncs", response={201: SyncMade}, summary="Create a sync")
def create_sync(request: HttpRequest, segment: str, body: SyncIn) -> Status[Sync]:
    """A webhook that is told who enters and leaves, or a CSV file written regularly."""
    actor = actor_of(request)
    segment_row = queries.segment_for(actor, segment)
    try:
        return Status(201, syncs.create_sync(actor=actor, segment=segment_row, **body.dict()))
    except ValidationError as error:
        errors = {f"/body/{field}": " ".join(messages) for field, messages in error.message_dict.items()}
        raise Problem(422, "The sync cannot be made; see errors.", errors) from error


@router.delete("/syncs/{uuid:sync}", response={204: None}, summary="Delete a sync")
def delete_sync(request: HttpRequest, sync: uuid.UUID) -> Status[None]:
    actor = actor_of(request)
    syncs.delete_sync(actor=actor, sync=queries_syncs.sync_for(actor, sync))
    return Status(204, None)


@router.post("/syncs/{uuid:sync}/pause", response=SyncOut, summary="Pause a sync")
def pause_sync(request: HttpRequest, sync: uuid.UUID) -> Sync:
    """Nothing is sent until it is resumed; what changes meanwhile is sent then."""
    actor = actor_of(request)
    syncs.pause_sync(actor=actor, sync=queries_syncs.sync_for(actor, sync))
    return queries_syncs.sync_for(actor, sync)


@router.delete("/syncs/{uuid:sync}/pause", response=SyncOut, summary="Resume a sync")
def resume_sync(request: HttpRequest, sync: uuid.UUID) -> Sync:
    actor = actor_of(request)
    syncs.resume_sync(actor=actor, sync=queries_syncs.sync_for(actor, sync))
    return queries_syncs.sync_for(actor, sync)


@router.post("/syncs/{uuid:sync}/snapshots", response={202: dict[str, int]}, summary="Send everybody")
def send_snapshot(request: HttpRequest, sync: uuid.UUID) -> Status[dict[str, int]]:
    """Queues all members, in parts of 500, in place of what was waiting. 409 for a file."""
    actor = actor_of(request)
    sync_row = queries_syncs.sync_for(actor, sync)
    if sync_row.kind != Sync.Kind.WEBHOOK:
        raise Problem(409, "A file always holds everybody.")
    return Status(202, {"total_parts": syncs.send_snapshot(actor=actor, sync=sync_row)})


@router.get("/syncs/{uuid:sync}/messages", response=Page[SyncMessageOut], summary="List messages")
def list_messages(request: HttpRequest, sync: uuid.UUID, limit: Limit, cursor: Cursor) -> dict[str, Any]:
    """What was sent or is waiting, newest first."""
    messages = queries_syncs.messages(queries_syncs.sync_for(actor_of(request), sync))
    rows, following = cursor_page(messages, scope=f"sync:{sync}", sort=["-id"], cursor=cursor, limit=limit)
    return {"data": rows, "next_cursor": following}


@router.post(
    "/syncs/{uuid:sync}/messages/{int:message}/replays", response=SyncMessageOut, summary="Send again"
)
def replay(request: HttpRequest, sync: uuid.UUID, message: int) -> SyncMessage:
    """Sends a message again, under its own id."""
    actor = actor_of(request)
    message_row = queries_syncs.messages(queries_syncs.sync_for(actor, sync)).filter(pk=message).first()
    if message_row is None or message_row.kind == "file":
        raise Http404("no such message")
    return syncs.replay(actor=actor, message=message_row)
