"""Repairs over REST: /api/v1/quality/queries."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any, Literal

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Page, Problem, Schema, cursor_page
from rapport.core.api.pages import Cursor, Limit
from rapport.quality.cleansing import queries
from rapport.quality.cleansing.repairs import REPAIRS
from rapport.quality.cleansing.services import runs
from rapport.quality.models import RepairRun
from rapport.quality.queries import run_for, runs_of

router = Router(tags=["data quality"])


class RepairOut(Schema):
    """One run of a repair. `counts` says how many rows are in which state."""

    id: int
    repair: str
    state: str
    made_by: str
    created_at: dt.datetime
    finished_at: dt.datetime | None
    done: int
    total: int
    counts: dict[str, int]


class ItemOut(Schema):
    """One trait of one person in a run."""

    id: int
    person_id: uuid.UUID
    trait: str
    before: Any
    after: Any
    state: str
    reason: str


class RepairIn(InputSchema):
    repair: Annotated[str, Field(max_length=32, description=f"One of {', '.join(REPAIRS)}.")]


class ChoiceIn(InputSchema):
    """Rows to leave alone, or to take in again."""

    items: Annotated[list[int], Field(min_length=1, max_length=1000)]
    leave: bool = True


@router.get("", response=Page[RepairOut], summary="List runs of repairs")
def list_repairs(request: HttpRequest, cursor: Cursor = None, limit: Limit = 50) -> dict[str, Any]:
    """Newest first."""
    actor = actor_of(request)
    actor.require("people.view")
    rows, following = cursor_page(
        runs_of(actor, RepairRun), scope="repairs", sort=("-id",), cursor=cursor, limit=limit
    )
    return {"data": [_repair(run) for run in rows], "next_cursor": following}


def _repair(run: RepairRun) -> dict[str, Any]:
    names = RepairOut.model_fields.keys() - {"counts"}
    return {name: getattr(run, name) for name in names} | {"counts": queries.counts(run)}


@router.post("", response={202: RepairOut}, summary="Preview a repair")
def look(request: HttpRequest, body: RepairIn) -> Status[dict[str, Any]]:
    """Looks for what would change; `state` is `preview` when that is done. Nothing changes before it is started."""
    try:
        return Status(202, _repair(runs.look(actor=actor_of(request), repair=body.repair)))
    except ValidationError as error:
        raise Problem(422, " ".join(error.messages), {"/body/repair": " ".join(error.messages)}) from error


@router.get("/{int:run_id}", response=RepairOut, summary="Read a run of a repair")
def read_repair(request: HttpRequest, run_id: int) -> dict[str, Any]:
    """How far it is, and what it found or did."""
    return _repair(run_for(actor_of(request), RepairRun, run_id))


@router.get("/{int:run_id}/items", response=Page[ItemOut], summary="List what a run would change")
def items(request: HttpRequest, run_id: int, cursor: Cursor = None, limit: Limit = 50) -> dict[str, Any]:
    """Before and after, per trait of a person."""
    actor = actor_of(request)
    rows = queries.items(actor, run_for(actor, RepairRun, run_id))
    page, following = cursor_page(rows, scope=f"repair-{run_id}", sort=("id",), cursor=cursor, limit=limit)
    return {"data": page, "next_cursor": following}


@router.post("/{int:run_id}/choice", response=RepairOut, summary="Leave rows alone")
def choose(request: HttpRequest, run_id: int, body: ChoiceIn) -> dict[str, Any]:
    """With `leave` false, takes rows in again that were left alone."""
    actor = actor_of(request)
    run = run_for(actor, RepairRun, run_id)
    rows = queries.items(actor, run).filter(pk__in=body.items)
    try:
        runs.choose(actor=actor, run=run, items=rows, leave=body.leave)
    except ValidationError as error:
        raise Problem(409, " ".join(error.messages)) from error
    return _repair(run_for(actor, RepairRun, run_id))


@router.post("/{int:run_id}/{verb}", response=RepairOut, summary="Start, undo or discard a run")
def act(request: HttpRequest, run_id: int, verb: Literal["start", "undo", "discard"]) -> dict[str, Any]:
    """`start` carries the preview out, `undo` gives back the values of before, `discard` throws the preview away."""
    actor = actor_of(request)
    run = run_for(actor, RepairRun, run_id)
    service = {"start": runs.start, "undo": runs.take_back, "discard": runs.discard}[verb]
    try:
        service(actor=actor, run=run)
    except ValidationError as error:
        raise Problem(409, " ".join(error.messages)) from error
    return _repair(run_for(actor, RepairRun, run_id))
