"""The REST API of blocks of content."""

from __future__ import annotations

import datetime as dt
import uuid
from functools import partial
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from rapport.content.library import blocks, queries
from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Page, Schema, cursor_page, refusals
from rapport.core.api.pages import Cursor, Limit
from rapport.core.clock import clock_of

router = Router(tags=["blocks"])
_refusals = partial(refusals, "The block cannot be used.")
BlockKind = Literal["mjml", "text"]


class BlockPatch(InputSchema):
    """What is left out stays. `translations` are {language: body} and replace those there are."""

    name: str | None = Field(None, max_length=120)
    body: str | None = Field(None, max_length=blocks.LONGEST)
    translations: dict[str, str] | None = None
    archived: bool | None = None


class BlockIn(InputSchema):
    """`kind`: `mjml` for a part of an email, `text` for any channel."""

    key: str = Field(max_length=64)
    name: str = Field(max_length=120)
    kind: BlockKind = "mjml"
    body: str = Field(max_length=blocks.LONGEST)
    language: str = Field("", max_length=16)
    translations: dict[str, str] = Field(default_factory=dict)


class BlockOut(Schema):
    id: uuid.UUID
    key: str
    name: str
    kind: BlockKind
    body: str
    language: str
    translations: dict[str, str]
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime
    archived_at: dt.datetime | None


class PublishedOut(Schema):
    """`published`: how many templates have a new version; `refused`: {template: why it has none}."""

    published: int
    refused: dict[str, str]


@router.get("", response=Page[BlockOut], summary="List blocks, newest change first")
def list_blocks(request: HttpRequest, *, cursor: Cursor = None, limit: Limit = 50) -> Any:
    rows = queries.blocks(actor_of(request))
    page, following = cursor_page(
        rows, scope="blocks", sort=("-updated_at", "id"), cursor=cursor, limit=limit
    )
    return {"data": page, "next_cursor": following}


@router.post("", response={201: BlockOut}, summary="Create a block")
def create_block(request: HttpRequest, body: BlockIn) -> Any:
    with _refusals():
        row = blocks.create_block(actor=actor_of(request), clock=clock_of(request), **body.model_dump())
    return Status(201, row)


@router.get("/{uuid:block_id}", response=BlockOut, summary="Get a block")
def get_block(request: HttpRequest, block_id: uuid.UUID) -> Any:
    return queries.block_for(actor_of(request), block_id)


@router.patch("/{uuid:block_id}", response=BlockOut, summary="Change a block, or archive it")
def change_block(request: HttpRequest, block_id: uuid.UUID, body: BlockPatch) -> Any:
    actor, clock = actor_of(request), clock_of(request)
    row = queries.block_for(actor, block_id)
    with _refusals():
        if body.model_fields_set & {"name", "body", "translations"}:
            name, text = body.name or row.name, row.body if body.body is None else body.body
            blocks.change_block(
                actor=actor, block_id=row.pk, name=name, body=text, translations=body.translations,
                clock=clock,
            )  # fmt: skip
        if body.archived is not None:
            blocks.archive_block(actor=actor, block_id=row.pk, undo=not body.archived, clock=clock)
    return queries.block_for(actor, block_id)


@router.post(
    "/{uuid:block_id}/publish", response=PublishedOut, summary="Publish anew the templates that use a block"
)
def publish_users(request: HttpRequest, block_id: uuid.UUID) -> Any:
    published, refused = blocks.publish_users(
        actor=actor_of(request), block_id=block_id, clock=clock_of(request)
    )
    return {"published": published, "refused": refused}
