"""Comments on records and notices of users over REST."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from rapport.core.access import actor_of
from rapport.core.api.pages import Cursor, Limit, Page, cursor_page
from rapport.core.api.schemas import InputSchema, Schema
from rapport.core.live import comments
from rapport.core.models import Comment

router = Router(tags=["comments"])
Text = Annotated[str, Field(min_length=1, max_length=comments.LONGEST)]


class CommentIn(InputSchema):
    """`thread_id` is the comment that this one answers."""

    text: Text
    thread_id: uuid.UUID | None = None


class CommentChangeIn(InputSchema):
    """`text` may only be changed by who wrote it; `resolved` ends a thread or opens it again."""

    text: Text | None = None
    resolved: bool | None = None


class CommentOut(Schema):
    id: uuid.UUID
    kind: str
    record: uuid.UUID
    thread_id: uuid.UUID | None
    author: str | None
    text: str
    created_at: dt.datetime
    changed_at: dt.datetime | None
    resolved_at: dt.datetime | None

    @staticmethod
    def resolve_author(comment: Comment) -> str | None:
        return str(comment.author) if comment.author else None


@router.get("/comments/{kind}/{uuid:record}", response=Page[CommentOut], summary="List comments on a record")
def list_comments(
    request: HttpRequest, kind: str, record: uuid.UUID, cursor: Cursor = None, limit: Limit = 50
) -> dict[str, Any]:
    """Latest first, answers among them; for whoever sees the record."""
    rows: QuerySet[Comment] = comments.comments(actor_of(request), kind, record)
    data, following = cursor_page(
        rows, scope="comments", sort=("-created_at", "id"), cursor=cursor, limit=limit
    )
    return {"data": data, "next_cursor": following}


@router.post("/comments/{kind}/{uuid:record}", response={201: CommentOut}, summary="Comment on a record")
def create_comment(request: HttpRequest, kind: str, record: uuid.UUID, body: CommentIn) -> Status[Comment]:
    """Users named with @ are told of it."""
    actor = actor_of(request)
    return Status(201, comments.add(actor=actor, kind=kind, record=record, **body.dict()))


@router.patch("/comments/{uuid:comment_id}", response=CommentOut, summary="Change or resolve a comment")
def change_comment(request: HttpRequest, comment_id: uuid.UUID, body: CommentChangeIn) -> Comment:
    actor = actor_of(request)
    comment = comments.comment_for(actor, comment_id)
    if body.text is not None:
        comment = comments.change(actor=actor, comment=comment, text=body.text)
    if body.resolved is not None:
        comments.resolve(actor=actor, comment=comment, resolved=body.resolved)
    return comments.comment_for(actor, comment_id)


@router.delete("/comments/{uuid:comment_id}", response={204: None}, summary="Delete a comment")
def delete_comment(request: HttpRequest, comment_id: uuid.UUID) -> Status[None]:
    """Your own, with its answers."""
    actor = actor_of(request)
    comments.delete(actor=actor, comment=comments.comment_for(actor, comment_id))
    return Status(204, None)
