"""Computed traits over REST: /api/v1/computed-traits."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Limit, Page, Problem, Schema, cursor_page
from rapport.core.api.pages import Cursor
from rapport.core.clock import clock_of
from rapport.segments.api.base import refused
from rapport.segments.computed import queries
from rapport.segments.computed.language import definition, words
from rapport.segments.computed.services import preview
from rapport.segments.computed.services import traits as services
from rapport.segments.language.problems import InvalidDefinition
from rapport.segments.models import ComputedTrait

router = Router(tags=["computed traits"])
_DEFINITION = Field(
    description="Follows the schema at /api/v1/computed-traits/schema.",
    examples=[{"figure": "count", "events": ["Order Completed"]}],
)


class ComputedTraitOut(Schema):
    """A computed trait. `covered` counts the people who have a value; `state` is computing, ready or failed."""

    id: uuid.UUID
    key: str
    name: str
    description: str
    definition: dict[str, Any]
    words: str
    version: int
    state: str
    problem: str
    covered: int
    statistics: dict[str, Any]
    created_at: dt.datetime
    updated_at: dt.datetime
    computed_at: dt.datetime | None

    @staticmethod
    def resolve_words(trait: ComputedTrait) -> str:
        return words.describe(trait.definition)


class ComputedTraitIn(InputSchema):
    name: str = Field(min_length=1, max_length=120)
    definition: dict[str, Any] = _DEFINITION
    key: str = Field("", max_length=64, description="The trait's name. Left out: made from the name.")
    description: str = Field("", max_length=2000)
    take_over: bool = Field(False, description="Replace values that other sources gave a trait of this name.")


class ComputedTraitPatch(InputSchema):
    name: str | None = Field(None, min_length=1, max_length=120)
    definition: dict[str, Any] | None = None
    description: str | None = Field(None, max_length=2000)


class ComputedTrialIn(InputSchema):
    definition: dict[str, Any] = _DEFINITION


class ComputedTrialOut(Schema):
    """Of a sample of people: how many have a value, and the values of a few."""

    looked_at: int
    covered: int
    words: str
    values: list[dict[str, Any]]


def _invalid(error: ValidationError) -> Problem:
    if not hasattr(error, "error_dict"):
        return Problem(409, " ".join(error.messages))
    return Problem(422, "See errors.", {f"/body/{key}": " ".join(e) for key, e in error.message_dict.items()})


@router.get("", response=Page[ComputedTraitOut], summary="List computed traits")
def list_computed_traits(request: HttpRequest, limit: Limit, cursor: Cursor) -> dict[str, Any]:
    """Those in use, newest first."""
    rows, following = cursor_page(
        queries.computed_traits(actor_of(request)),
        scope="computed-traits",
        sort=["-created_at", "id"],
        cursor=cursor,
        limit=limit,
    )
    return {"data": rows, "next_cursor": following}


@router.post("", response={201: ComputedTraitOut}, summary="Create a computed trait")
def create_computed_trait(request: HttpRequest, body: ComputedTraitIn) -> Status[ComputedTrait]:
    """Makes one. Values are worked out in the background; `state` says when that is done."""
    try:
        return Status(201, services.create_trait(actor=actor_of(request), **body.dict()))
    except InvalidDefinition as error:
        raise refused(error) from error
    except ValidationError as error:
        raise _invalid(error) from error


@router.get("/schema", response=dict[str, Any], summary="The schema of computed traits")
def computed_trait_schema(request: HttpRequest) -> dict[str, Any]:
    """JSON Schema (2020-12) of a definition."""
    return definition.json_schema()


@router.post("/preview", response=ComputedTrialOut, summary="Try a computed trait")
def preview_computed_trait(request: HttpRequest, body: ComputedTrialIn) -> dict[str, Any]:
    """The values that a definition gives for a sample of people, without storing anything."""
    try:
        seen = preview.preview(
            actor=actor_of(request), definition_=body.definition, now=clock_of(request).now()
        )
    except InvalidDefinition as error:
        raise refused(error) from error
    except (ClickHouseError, OSError) as error:
        raise Problem(503, "The event store does not answer; try again.") from error
    values = [{"person_id": str(person.pk), "value": value} for person, value in seen.rows]
    described = words.describe(body.definition)
    return {"looked_at": seen.looked_at, "covered": seen.covered, "words": described, "values": values}


@router.get("/{trait}", response=ComputedTraitOut, summary="Get a computed trait")
def get_computed_trait(request: HttpRequest, trait: str) -> ComputedTrait:
    """One, by id or key."""
    return queries.trait_for(actor_of(request), trait)


@router.patch("/{trait}", response=ComputedTraitOut, summary="Change a computed trait")
def update_computed_trait(request: HttpRequest, trait: str, body: ComputedTraitPatch) -> ComputedTrait:
    """Changes what is given; a new definition is worked out in the background. The key stays."""
    actor = actor_of(request)
    try:
        return services.update_trait(actor=actor, trait=queries.trait_for(actor, trait), **body.dict())
    except InvalidDefinition as error:
        raise refused(error) from error
    except ValidationError as error:
        raise _invalid(error) from error


@router.delete("/{trait}", response={204: None}, summary="Archive a computed trait")
def archive_computed_trait(request: HttpRequest, trait: str) -> Status[None]:
    """Takes it off everybody. 409 while segments or lifecycle stages look at it."""
    actor = actor_of(request)
    try:
        services.archive_trait(actor=actor, trait=queries.trait_for(actor, trait))
    except ValidationError as error:
        raise _invalid(error) from error
    return Status(204, None)


@router.post("/{trait}/restoration", response=ComputedTraitOut, summary="Restore a computed trait")
def restore_computed_trait(request: HttpRequest, trait: uuid.UUID) -> ComputedTrait:
    """Brings an archived one back, by id; its values are worked out anew."""
    actor = actor_of(request)
    try:
        services.restore_trait(actor=actor, trait=queries.trait_for(actor, trait))
    except ValidationError as error:
        raise _invalid(error) from error
    return queries.trait_for(actor, trait)
