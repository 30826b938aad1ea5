"""Lists kept by hand, over REST."""

from __future__ import annotations

import uuid

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from ninja import Status
from pydantic import Field

from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Problem, Schema
from rapport.segments.api.base import SegmentOut, router
from rapport.segments.models import Segment
from rapport.segments.queries import segments as queries
from rapport.segments.services import lists

MAX = 10_000


class ListIn(InputSchema):
    name: str = Field(min_length=1, max_length=120)
    key: str = Field("", max_length=64, description="Left out: made from the name.")
    description: str = Field("", max_length=2000)


class PeopleIn(InputSchema):
    """Persons by id, and by e-mail address or user id in `values`."""

    person_ids: list[uuid.UUID] = Field(default_factory=list, max_length=MAX)
    values: list[str] = Field(default_factory=list, max_length=MAX)
    how: str = Field("By API", max_length=200)


class MovedOut(Schema):
    """How many persons were added or taken off, and the values that mean nobody."""

    people: int
    unknown: list[str]


@router.post("/lists", response={201: SegmentOut}, summary="Create a list")
def create_list(request: HttpRequest, body: ListIn) -> Status[Segment]:
    """A segment without rules; its members are put in and taken out one by one."""
    try:
        new_list = lists.create_list(
            actor=actor_of(request), name=body.name, key=body.key, description=body.description
        )
    except ValidationError as error:
        raise Problem(422, " ".join(error.messages)) from error
    return Status(201, new_list)


@router.post("/{segment}/people", response=MovedOut, summary="Put people on a list")
def add_people(request: HttpRequest, segment: str, body: PeopleIn) -> dict[str, object]:
    """409 for a segment by rules."""
    actor = actor_of(request)
    segment_row = queries.segment_for(actor, segment)
    named = lists.find_people(actor, "\n".join(body.values))
    ids = [*body.person_ids, *named.person_ids]
    try:
        added = lists.add_people(actor=actor, segment=segment_row, person_ids=ids, how=body.how)
    except ValidationError as error:
        raise Problem(409, " ".join(error.messages)) from error
    return {"people": added, "unknown": named.unknown}


@router.post("/{segment}/people/removals", response=MovedOut, summary="Take people off a list")
def remove_people(request: HttpRequest, segment: str, body: PeopleIn) -> dict[str, object]:
    """409 for a segment by rules."""
    actor = actor_of(request)
    segment_row = queries.segment_for(actor, segment)
    named = lists.find_people(actor, "\n".join(body.values))
    try:
        ids = [*body.person_ids, *named.person_ids]
        removed = lists.remove_people(actor=actor, segment=segment_row, person_ids=ids)
    except ValidationError as error:
        raise Problem(409, " ".join(error.messages)) from error
    return {"people": removed, "unknown": named.unknown}
