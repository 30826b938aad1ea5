"""Data quality over REST: /api/v1/quality."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from rapport.core.access import actor_of
from rapport.core.api import Page, Problem, Schema, cursor_page
from rapport.core.api.pages import Cursor, Limit
from rapport.quality.completeness import queries
from rapport.quality.completeness.services import measuring
from rapport.quality.models import QualityRun

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
    requested_by: str
    started_at: dt.datetime
    finished_at: dt.datetime | None
    done: int
    total: int


@router.get("", response=QualityOut, summary="Read the score")
def read_quality(request: HttpRequest) -> dict[str, Any]:
    """The newest measurement: the score, its dimensions and every measure."""
    board = queries.dashboard(actor_of(request))
    figures = [figure for part in board.dimensions for figure in part.figures]
    return {
        "day": board.day,
        "score": board.score,
        "change": board.change,
        "dimensions": [
            {
                "key": dimension.key,
                "weight": dimension.weight,
                "share": dimension.share,
                "change": dimension.change,
            }
            for dimension in board.dimensions
        ],
        "measures": [_measure(figure) for figure in figures],
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
    page, following = cursor_page(rows, scope="quality", sort=("id",), cursor=cursor, limit=limit)
    return {"data": page, "next_cursor": following}


@router.post("/measurements", response={202: RunOut}, summary="Measure now")
def measure_now(request: HttpRequest) -> Status[QualityRun]:
    """Starts a measurement, or answers with the one under way."""
    return Status(202, measuring.measure(actor=actor_of(request)))


@router.get("/measurements/newest", response=RunOut, summary="Read how far the measurement is")
def newest_measurement(request: HttpRequest) -> QualityRun:
    run = queries.newest_run(actor_of(request))
    if run is None:
        raise Problem(404, "Nothing was measured yet.")
    return run
