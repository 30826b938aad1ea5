"""Segments as sets, over REST: overlap, comparison, conversion, history, and why somebody is in one."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from rapport.core.access import actor_of
from rapport.core.api import Problem, Schema
from rapport.core.clock import clock_of
from rapport.events.queries import masking
from rapport.people.queries import person_for, visible_ids
from rapport.segments.api.base import router
from rapport.segments.queries import analysis as queries_analysis
from rapport.segments.queries import segments as queries
from rapport.segments.services import explain

Days = Annotated[int, Query(ge=1, le=365)]


class OverlapPart(Schema):
    """How many persons are in exactly these segments, and in none of the others asked about."""

    segments: list[str]
    count: int


class TraitOut(Schema):
    """`share` of members have it, `share_of_all` of everybody; `lift` is the ratio."""

    name: str
    value: str
    inside: int
    everybody: int
    share: float
    share_of_all: float
    lift: float


class ComparisonOut(Schema):
    members: int
    everybody: int
    sampled: bool
    traits: list[TraitOut]
    events: list[TraitOut]


class ConversionOut(Schema):
    """`curve[n]`: how many had entered the second segment by the end of day n + 1."""

    started: int
    reached: int
    share: float | None
    median_seconds: int | None
    curve: list[int]


class MoveOut(Schema):
    person_id: uuid.UUID
    entered: bool
    at: dt.datetime


class SegmentDayOut(Schema):
    day: dt.date
    entered: int
    left: int
    size: int


class ReasonOut(Schema):
    """One clause: its JSON pointer, in words, whether it holds for the person, and what was seen."""

    pointer: str
    kind: str
    words: str
    holds: bool
    evidence: str
    members: list[ReasonOut] = Field(default_factory=list)


@router.get("/overlap", response=list[OverlapPart], summary="Overlap of segments")
def overlap(request: HttpRequest, segment: Annotated[list[str], Query(min_length=2, max_length=4)]) -> Any:
    """How many persons are in every combination of two to four segments (ids or keys), by stored membership."""
    actor = actor_of(request)
    compared = [queries.segment_for(actor, reference) for reference in segment]
    if len({reference.pk for reference in compared}) != len(compared):
        raise Problem(422, "Each segment can be named once.", {"/query/segment": "Named twice."})
    keys = [reference.key for reference in compared]
    return [
        {"segments": [keys[n] for n in part.inside], "count": part.count}
        for part in queries_analysis.overlap(compared)
    ]


@router.get("/{segment}/comparison", response=ComparisonOut, summary="Compare members with everybody")
def comparison(request: HttpRequest, segment: str, days: Days = 90) -> Any:
    """What members have or do more or less often than everybody; only what is 99 % sure, behaviour of so many days."""
    actor = actor_of(request)
    actor.require("people.view")
    return queries_analysis.comparison(
        queries.segment_for(actor, segment), now=clock_of(request).now(), days=days
    )


@router.get("/{segment}/conversion", response=ConversionOut, summary="Conversion into another segment")
def conversion(
    request: HttpRequest,
    segment: str,
    into: str,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    days: Days = 30,
) -> Any:
    """Of those who entered in a period (the last 90 days), how many entered another segment within so many days."""
    actor, now = actor_of(request), clock_of(request).now()
    converted = queries_analysis.conversion(
        queries.segment_for(actor, segment),
        queries.segment_for(actor, into),
        since=since or now - dt.timedelta(days=90),
        until=until or now,
        days=days,
    )
    seconds = int(converted.median.total_seconds()) if converted.median is not None else None
    return dataclasses.asdict(converted) | {"share": converted.share, "median_seconds": seconds}


@router.get("/{segment}/growth", response=list[SegmentDayOut], summary="Size per day")
def growth(request: HttpRequest, segment: str, days: Days = 30) -> Any:
    """Per day: who entered, who left, and the size at its end."""
    segment_row = queries.segment_for(actor_of(request), segment)
    rows = queries.growth(segment_row, days=days, today=clock_of(request).now().date())
    return [dict(zip(("day", "entered", "left", "size"), row, strict=True)) for row in rows]


@router.get("/{segment}/moves", response=list[MoveOut], summary="Who entered and left")
def moves(
    request: HttpRequest,
    segment: str,
    before: dt.datetime | None = None,
    person_id: uuid.UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Any:
    """Newest first; ask again with `before` the last one's time for older ones. Of one person with `person_id`."""
    actor = actor_of(request)
    actor.require("people.view")
    segment_row = queries.segment_for(actor, segment)
    rows = queries_analysis.moves(segment_row, before=before, person_id=person_id, limit=limit)
    visible = visible_ids(actor, (row.person_id for row in rows))
    return [row for row in rows if row.person_id in visible]


@router.get("/{segment}/why/{uuid:person_id}", response=ReasonOut, summary="Why somebody is in or not")
def why(request: HttpRequest, segment: str, person_id: uuid.UUID) -> Any:
    """The answer of every clause for one person, with what it saw."""
    actor = actor_of(request)
    segment_row, person = queries.segment_for(actor, segment), person_for(actor, person_id)
    hidden = masking.flags_for(actor)
    return explain.explain(
        segment_row.definition, person_id=person.pk, now=clock_of(request).now(), hidden=hidden
    )
