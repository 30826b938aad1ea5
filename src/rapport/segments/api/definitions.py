"""Definitions over REST: versions, copies, export and import."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from ninja import Body, Status
from pydantic import Field

from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Problem, Schema
from rapport.core.links import uses_of
from rapport.segments.api.base import SegmentOut, refused, router
from rapport.segments.language.problems import InvalidDefinition
from rapport.segments.models import DefinitionVersion, Segment
from rapport.segments.queries import segments as queries
from rapport.segments.services import versions


class VersionOut(Schema):
    version: int
    definition: dict[str, Any]
    made_at: dt.datetime
    made_by: str
    note: str


class RestoreIn(InputSchema):
    version: int = Field(ge=1)


class DuplicateIn(InputSchema):
    name: str = Field("", max_length=120, description="Left out: “Copy of” and the name.")


class ImportedOut(Schema):
    """The keys that were created, changed, and left as they were."""

    created: list[str]
    changed: list[str]
    same: list[str]


class SegmentUseOut(Schema):
    label: str
    url: str
    kind: str
    blocks: bool


@router.get("/export", response=dict[str, Any], summary="Export definitions")
def export_definitions(request: HttpRequest) -> dict[str, Any]:
    """All segments by rules as one JSON document, for the import of this or another Rapport."""
    return versions.as_document(list(queries.segments(actor_of(request)).order_by("key")))


@router.post("/import", response=ImportedOut, summary="Import definitions")
def import_definitions(request: HttpRequest, document: Annotated[dict[str, Any], Body()]) -> Any:
    """Makes or changes segments by key; all of them or, if one cannot be used, none."""
    try:
        return dataclasses.asdict(versions.import_document(actor=actor_of(request), document=document))
    except InvalidDefinition as error:
        raise refused(error) from error
    except ValidationError as error:
        raise Problem(422, " ".join(error.messages)) from error
    except ValueError as error:
        raise Problem(422, str(error)) from error


@router.get("/{segment}/versions", response=list[VersionOut], summary="Versions of a definition")
def list_versions(request: HttpRequest, segment: str) -> Any:
    """Every definition the segment has had, newest first."""
    return queries.versions(queries.segment_for(actor_of(request), segment))


@router.post("/{segment}/restorations", response=SegmentOut, summary="Go back to a version")
def restore_version(request: HttpRequest, segment: str, body: RestoreIn) -> Segment:
    """Makes an earlier definition the present one, as a new version."""
    actor = actor_of(request)
    segment_row = queries.segment_for(actor, segment)
    try:
        return versions.restore_version(actor=actor, segment=segment_row, version=body.version)
    except DefinitionVersion.DoesNotExist as error:
        raise Http404("no such version") from error
    except InvalidDefinition as error:
        raise refused(error) from error


@router.post("/{segment}/copies", response={201: SegmentOut}, summary="Duplicate a segment")
def duplicate(request: HttpRequest, segment: str, body: DuplicateIn) -> Status[Segment]:
    """A new segment with the same definition or, of a list, the same people."""
    actor = actor_of(request)
    segment_row = queries.segment_for(actor, segment)
    return Status(201, versions.duplicate(actor=actor, segment=segment_row, name=body.name))


@router.get("/{segment}/uses", response=list[SegmentUseOut], summary="What uses a segment")
def uses(request: HttpRequest, segment: str) -> Any:
    """Segments, campaigns and whatever else depends on it."""
    row = queries.segment_for(actor_of(request), segment)
    return uses_of("segment", [row.pk])[row.pk]
