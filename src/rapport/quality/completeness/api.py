"""Data quality over REST: /api/v1/quality."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any, ClassVar, Literal

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import ConfigDict, Field

from rapport.core.api import Page, Problem, Schema, actor_of, cursor_page
from rapport.core.api.pages import Cursor, Limit
from rapport.quality.cleansing import queries as repairs
from rapport.quality.cleansing import runs
from rapport.quality.cleansing.repairs import REPAIRS
from rapport.quality.completeness import measuring, queries
from rapport.quality.models import QualityRun, StandardRun

router = Router(tags=["data quality"])


class MeasureOut(Schema):
    """One measure of the newest day. `share` is null where it applied to nobody."""

    key: str
    dimension: str
    label: str
    good: int
    total: int
    share: float | None
    change: float | None
    scored: bool
    detail: dict[str, int]


class DimensionOut(Schema):
    key: str
    weight: int
    share: float | None
    change: float | None


class QualityOut(Schema):
    """The score and what it is made of; shares are of one, changes are those of a week."""

    day: dt.date | None
    score: float | None
    change: float | None
    dimensions: list[DimensionOut]
    measures: list[MeasureOut]


class QualityDayOut(Schema):
    day: dt.date
    good: int
    total: int
    detail: dict[str, int]


class FindingOut(Schema):
    """Somebody whom the measure found wanting, the value, and what would be better."""

    person_id: uuid.UUID
    trait: str
    value: str
    proposal: str


class RunOut(Schema):
    id: int
    state: str
    asked_by: str
    started_at: dt.datetime
    finished_at: dt.datetime | None
    done: int
    total: int


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


class RepairIn(Schema):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    repair: Annotated[str, Field(max_length=32, description=f"One of {', '.join(REPAIRS)}.")]


class ChoiceIn(Schema):
    """Rows to leave alone, or to take in again."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    items: Annotated[list[int], Field(min_length=1, max_length=1000)]
    leave: bool = True


@router.get("", response=QualityOut, summary="Read the score")
def read_quality(request: HttpRequest) -> dict[str, Any]:
    """The newest measurement: the score, its dimensions and every measure."""
    board = queries.dashboard(actor_of(request))
    figures = [each for part in board.dimensions for each in part.figures]
    return {
        "day": board.day,
        "score": board.score,
        "change": board.change,
        "dimensions": [
            {"key": each.key, "weight": each.weight, "share": each.share, "change": each.change}
            for each in board.dimensions
        ],
        "measures": [_measure(each) for each in figures],
    }


def _measure(figure: queries.Figure) -> dict[str, Any]:
    row = figure.snapshot
    return {
        "key": row.measure,
        "dimension": row.dimension,
        "label": str(figure.measure.label),
        "good": row.good,
        "total": row.total,
        "share": row.share if row.total else None,
        "change": figure.change,
        "scored": figure.measure.scored,
        "detail": row.detail,
    }


@router.get("/measures/{measure}/days", response=list[QualityDayOut], summary="Read a measure over time")
def measure_days(request: HttpRequest, measure: str) -> list[Any]:
    """Oldest day first."""
    actor = actor_of(request)
    return list(queries.history(actor, queries.measure_for(actor, measure).key))


@router.get(
    "/measures/{measure}/people", response=Page[FindingOut], summary="List whom a measure found wanting"
)
def measure_people(
    request: HttpRequest, measure: str, cursor: Cursor = None, limit: Limit = 50
) -> dict[str, Any]:
    """Of the last finished measurement, 2,000 at most."""
    actor = actor_of(request)
    actor.require("people.view")
    rows = queries.findings(actor, queries.measure_for(actor, measure).key)
    found, following = cursor_page(rows, scope="quality", sort=("id",), cursor=cursor, limit=limit)
    return {"data": found, "next_cursor": following}


@router.post("/measurements", response={202: RunOut}, summary="Measure now")
def measure_now(request: HttpRequest) -> Status[QualityRun]:
    """Starts a measurement, or answers with the one under way."""
    return Status(202, measuring.ask(actor=actor_of(request)))


@router.get("/measurements/newest", response=RunOut, summary="Read how far the measurement is")
def newest_measurement(request: HttpRequest) -> QualityRun:
    run = queries.newest_run(actor_of(request))
    if run is None:
        raise Problem(404, "Nothing was measured yet.")
    return run


@router.get("/repairs", response=Page[RepairOut], summary="List runs of repairs")
def list_repairs(request: HttpRequest, cursor: Cursor = None, limit: Limit = 50) -> dict[str, Any]:
    """Newest first."""
    actor = actor_of(request)
    actor.require("people.view")
    rows, following = cursor_page(
        repairs.runs(actor), scope="repairs", sort=("-id",), cursor=cursor, limit=limit
    )
    return {"data": [_repair(run) for run in rows], "next_cursor": following}


def _repair(run: StandardRun) -> dict[str, Any]:
    names = RepairOut.model_fields.keys() - {"counts"}
    return {name: getattr(run, name) for name in names} | {"counts": repairs.counts(run)}


@router.post("/repairs", response={202: RepairOut}, summary="Preview a repair")
def look(request: HttpRequest, body: RepairIn) -> Status[dict[str, Any]]:
    """Looks for what would change; `state` is `preview` when that is done. Nothing changes before it is started."""
    try:
        return Status(202, _repair(runs.look(actor=actor_of(request), repair=body.repair)))
    except ValidationError as error:
        raise Problem(422, " ".join(error.messages), {"/body/repair": " ".join(error.messages)}) from error


@router.get("/repairs/{int:run_id}", response=RepairOut, summary="Read a run of a repair")
def read_repair(request: HttpRequest, run_id: int) -> dict[str, Any]:
    """How far it is, and what it found or did."""
    return _repair(repairs.run_for(actor_of(request), run_id))


@router.get("/repairs/{int:run_id}/items", response=Page[ItemOut], summary="List what a run would change")
def items(request: HttpRequest, run_id: int, cursor: Cursor = None, limit: Limit = 50) -> dict[str, Any]:
    """Before and after, per trait of a person."""
    actor = actor_of(request)
    rows = repairs.items(actor, repairs.run_for(actor, run_id))
    found, following = cursor_page(rows, scope=f"repair-{run_id}", sort=("id",), cursor=cursor, limit=limit)
    return {"data": found, "next_cursor": following}


@router.post("/repairs/{int:run_id}/choice", response=RepairOut, summary="Leave rows alone")
def choose(request: HttpRequest, run_id: int, body: ChoiceIn) -> dict[str, Any]:
    """With `leave` false, takes rows in again that were left alone."""
    actor = actor_of(request)
    run = repairs.run_for(actor, run_id)
    rows = repairs.items(actor, run).filter(pk__in=body.items)
    try:
        runs.choose(actor=actor, run=run, items=rows, leave=body.leave)
    except ValidationError as error:
        raise Problem(409, " ".join(error.messages)) from error
    return _repair(repairs.run_for(actor, run_id))


@router.post("/repairs/{int:run_id}/{verb}", response=RepairOut, summary="Start, undo or discard a run")
def act(request: HttpRequest, run_id: int, verb: Literal["start", "undo", "discard"]) -> dict[str, Any]:
    """`start` carries the preview out, `undo` gives back the values of before, `discard` throws the preview away."""
    actor = actor_of(request)
    run = repairs.run_for(actor, run_id)
    service = {"start": runs.start, "undo": runs.take_back, "discard": runs.discard}[verb]
    try:
        service(actor=actor, run=run)
    except ValidationError as error:
        raise Problem(409, " ".join(error.messages)) from error
    return _repair(repairs.run_for(actor, run_id))
