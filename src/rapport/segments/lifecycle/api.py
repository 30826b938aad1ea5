"""The lifecycle over REST: /api/v1/lifecycle."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from ninja import Router, Status
from pydantic import Field

from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Problem, Schema
from rapport.core.clock import clock_of
from rapport.people.queries import person_for
from rapport.segments.language.problems import InvalidDefinition
from rapport.segments.lifecycle import queries
from rapport.segments.lifecycle.services import stages as services
from rapport.segments.lifecycle.services.stages import StageIn

router = Router(tags=["lifecycle"])


class StageBody(Schema):
    """One stage; `rule` is a segment definition. The last stage takes everybody else: {"all": []}."""

    key: str = Field("", max_length=64, description="Left out: made from the name.")
    name: str = Field(min_length=1, max_length=80)
    description: str = Field("", max_length=500)
    tone: str = Field("", description="Colour of the badge: good, warn, bad, accent, live or empty.")
    rule: dict[str, Any] = Field(examples=[{"did": "Order Completed", "at_least": 2}])


class LifecycleBody(InputSchema):
    stages: list[StageBody] = Field(description="First match first.")


class StageOut(StageBody):
    """A stage, and how many people stand in it."""

    people: int


class LifecycleOut(Schema):
    """`state` is computing, ready, failed or stopped."""

    state: str
    version: int
    problem: str
    computed_at: dt.datetime | None
    stages: list[StageOut]


class Movement(Schema):
    """How many times people went from one stage to another; `from_stage` is null for who was new."""

    from_stage: str | None
    to_stage: str
    count: int


class StageChangeOut(Schema):
    """Since when a person has been in a stage, and why they came: event, time, definition or merge."""

    stage: str | None
    previous: str | None
    since: dt.datetime
    reason: str


def _shown() -> dict[str, Any]:
    lifecycle = queries.lifecycle()
    if lifecycle is None:
        raise Http404("The lifecycle has not been set up.")
    sizes = queries.sizes()
    fields = ("key", "name", "description", "tone", "rule")
    stages = [
        {**{name: getattr(stage, name) for name in fields}, "people": sizes.get(stage.key, 0)}
        for stage in queries.stages()
    ]
    about = {name: getattr(lifecycle, name) for name in ("state", "version", "problem", "computed_at")}
    return {**about, "stages": stages}


@router.get("", response=LifecycleOut, summary="Get the lifecycle")
def get_lifecycle(request: HttpRequest) -> dict[str, Any]:
    """The stages, first match first, with how many people stand in each. 404 until it is set up."""
    actor_of(request).require("segments.view")
    return _shown()


@router.put("", response=LifecycleOut, summary="Set the lifecycle")
def put_lifecycle(request: HttpRequest, body: LifecycleBody) -> dict[str, Any]:
    """Makes these the stages and starts the lifecycle. Who stands where is worked out in the background."""
    stages = [StageIn(**stage.dict()) for stage in body.stages]
    try:
        services.save_stages(actor=actor_of(request), stages=stages)
    except InvalidDefinition as error:
        errors = {f"/body/stages{problem.pointer}": problem.message for problem in error.problems}
        raise Problem(422, "A rule cannot be used; see errors.", errors) from error
    except ValidationError as error:
        raise Problem(422, " ".join(error.messages)) from error
    return _shown()


@router.delete("", response={204: None}, summary="Stop the lifecycle")
def stop_lifecycle(request: HttpRequest) -> Status[None]:
    """Takes the stage off everybody; stages and history stay. 409 while segments look at the stage."""
    try:
        services.stop(actor=actor_of(request))
    except ValidationError as error:
        raise Problem(409, " ".join(error.messages)) from error
    return Status(204, None)


@router.get("/movements", response=list[Movement], summary="Movements between stages")
def list_movements(request: HttpRequest, days: int = 30) -> list[dict[str, Any]]:
    """Who went from where to where in the last days (at most 400), most frequent first."""
    actor_of(request).require("segments.view")
    since = clock_of(request).now() - dt.timedelta(days=max(1, min(days, 400)))
    return [
        {"from_stage": previous or None, "to_stage": stage, "count": number}
        for previous, stage, number in queries.movements(since)
    ]


@router.get("/people/{person}", response=list[StageChangeOut], summary="The stages of a person")
def list_stages_of_person(request: HttpRequest, person: uuid.UUID) -> list[dict[str, Any]]:
    """Where a person has been, newest first (at most 50)."""
    person_row = person_for(actor_of(request), person)
    return [
        {"stage": c.stage or None, "previous": c.previous or None, "since": c.since, "reason": c.reason}
        for c in queries.history(person_row.pk)
    ]
