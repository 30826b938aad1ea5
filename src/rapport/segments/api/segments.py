"""Segments over REST: /api/v1/segments."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from ninja import Status
from pydantic import Field

from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Limit, Page, Problem, Schema, cursor_page
from rapport.core.api.pages import Cursor
from rapport.segments.api.base import Definition, SegmentDetail, SegmentOut, refused, router
from rapport.segments.language.problems import InvalidDefinition
from rapport.segments.language.schema import json_schema
from rapport.segments.models import Membership, Segment
from rapport.segments.queries import segments as queries
from rapport.segments.queries import unseen_events
from rapport.segments.services import segments as services

_DEFINITION = Field(description="Follows the schema at /api/v1/segments/schema.", examples=[{"all": []}])


class SegmentIn(InputSchema):
    name: str = Field(min_length=1, max_length=120)
    definition: Definition = _DEFINITION
    key: str = Field("", max_length=64, description="Left out: made from the name.")
    description: str = Field("", max_length=2000)


class SegmentPatch(InputSchema):
    name: str | None = Field(None, min_length=1, max_length=120)
    definition: Definition | None = None
    description: str | None = Field(None, max_length=2000)


class SegmentPreviewIn(InputSchema):
    definition: Definition = _DEFINITION


class SegmentPreviewOut(Schema):
    """How many persons fit now, and how many there are; what is odd about the definition."""

    count: int
    total: int
    warnings: list[str]


class SegmentMemberOut(Schema):
    """A person who is in the segment, and since when."""

    person_id: uuid.UUID
    name: str
    email: str
    entered_at: dt.datetime

    @staticmethod
    def resolve_name(member: Membership) -> str:
        return member.person.name

    @staticmethod
    def resolve_email(member: Membership) -> str:
        return member.person.email


@router.get("", response=Page[SegmentOut], summary="List segments")
def list_segments(request: HttpRequest, limit: Limit, cursor: Cursor) -> dict[str, Any]:
    """All segments that are not archived, newest first."""
    visible = queries.segments(actor_of(request))
    rows, following = cursor_page(
        visible, scope="segments", sort=["-created_at", "id"], cursor=cursor, limit=limit
    )
    return {"data": rows, "next_cursor": following}


@router.post("", response={201: SegmentDetail}, summary="Create a segment")
def create_segment(request: HttpRequest, body: SegmentIn) -> Status[Segment]:
    """Makes a segment. Its members are computed in the background; `state` says when that is done."""
    try:
        segment = services.create_segment(
            actor=actor_of(request),
            name=body.name,
            definition=body.definition,
            key=body.key,
            description=body.description,
        )
    except InvalidDefinition as error:
        raise refused(error) from error
    return Status(201, segment)


@router.post("/preview", response=SegmentPreviewOut, summary="Count who would fit")
def preview(request: HttpRequest, body: SegmentPreviewIn) -> dict[str, Any]:
    """Who fits a definition at this moment, without storing anything."""
    try:
        seen = services.preview(actor=actor_of(request), definition=body.definition)
    except InvalidDefinition as error:
        raise refused(error) from error
    warnings = unseen_events.warnings(body.definition)
    return {"count": seen.count, "total": seen.total, "warnings": warnings}


@router.get("/schema", response=dict[str, Any], summary="The schema of definitions")
def schema(request: HttpRequest) -> dict[str, Any]:
    """JSON Schema (2020-12) of a segment definition."""
    return json_schema()


@router.get("/{segment}", response=SegmentDetail, summary="Get a segment")
def get_segment(request: HttpRequest, segment: str) -> Segment:
    """One segment, by id or key."""
    return queries.segment_for(actor_of(request), segment)


@router.patch("/{segment}", response=SegmentDetail, summary="Change a segment")
def update_segment(request: HttpRequest, segment: str, body: SegmentPatch) -> Segment:
    """Changes what is given; a new definition is computed in the background."""
    actor = actor_of(request)
    try:
        return services.update_segment(
            actor=actor,
            segment=queries.segment_for(actor, segment),
            name=body.name,
            description=body.description,
            definition=body.definition,
        )
    except InvalidDefinition as error:
        raise refused(error) from error


@router.delete("/{segment}", response={204: None}, summary="Archive a segment")
def archive_segment(request: HttpRequest, segment: str) -> Status[None]:
    """Takes a segment out of use. 409 while other segments look at it."""
    actor = actor_of(request)
    segment_row = queries.segment_for(actor, segment)
    try:
        services.archive_segment(actor=actor, segment=segment_row)
    except ValidationError as error:
        raise Problem(409, " ".join(error.messages)) from error
    return Status(204, None)


@router.get("/{segment}/members", response=Page[SegmentMemberOut], summary="List the members of a segment")
def list_members(request: HttpRequest, segment: str, limit: Limit, cursor: Cursor) -> dict[str, Any]:
    """Who is in the segment now, newest first."""
    actor = actor_of(request)
    members = queries.members(actor, queries.segment_for(actor, segment))
    rows, following = cursor_page(
        members, scope=f"members:{segment}", sort=["-entered_at", "id"], cursor=cursor, limit=limit
    )
    return {"data": rows, "next_cursor": following}
