"""Duplicates over REST: searches, pairs, decisions."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Page, Problem, Schema, cursor_page
from rapport.core.api.pages import Cursor, Limit
from rapport.quality.matching import queries
from rapport.quality.matching.services import decisions, policy
from rapport.quality.models import MatchCandidate, MatchRun
from rapport.quality.queries import run_for, runs_of

router = Router(tags=["duplicates"])
Kind = Literal["person", "company"]


class MatchRunOut(Schema):
    """A search for duplicates. `state` is waiting, running, done, failed or cancelled; `progress` 0 to 1."""

    id: int
    kind: Kind
    state: str
    step: str
    progress: float
    requested_at: dt.datetime
    requested_by: str
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    since: dt.datetime | None
    auto_at: float
    review_at: float
    records: int
    pairs: int
    proposed: int
    merged: int
    held_back: int
    error: str


class MatchRunIn(InputSchema):
    """`full` compares everybody and learns anew; otherwise only what changed since the last search is compared."""

    kind: Kind = "person"
    full: bool = True


class EvidenceOut(Schema):
    """How alike one field is; `weight` in bits, below 0 when it speaks against."""

    field: str
    level: str
    weight: float


class MatchCandidateOut(Schema):
    """Two records that may be one."""

    id: int
    kind: Kind
    one_id: uuid.UUID
    other_id: uuid.UUID
    probability: float
    weight: float
    held_back: bool
    contradicts: bool
    evidence: list[EvidenceOut]
    found_at: dt.datetime


class DecisionIn(InputSchema):
    """`survivor_id` keeps its id in a merge; without it `one_id` does."""

    verdict: Literal["merged", "apart", "later"]
    survivor_id: uuid.UUID | None = None


class DecisionOut(Schema):
    id: int
    candidate_id: int
    verdict: str
    probability: float
    automatic: bool
    survivor_id: uuid.UUID | None
    merge_id: int | None
    decided_at: dt.datetime
    decided_by: str


RunId = Annotated[int, Field(ge=1, le=2**63 - 1)]


@router.get("/match-runs", response=Page[MatchRunOut], summary="List searches for duplicates")
def list_runs(request: HttpRequest, cursor: Cursor = None, limit: Limit = 50) -> dict[str, Any]:
    """Newest first."""
    actor = actor_of(request)
    actor.require("people.view")
    page, following = cursor_page(
        runs_of(actor, MatchRun), scope="match-runs", sort=("-id",), cursor=cursor, limit=limit
    )
    return {"data": page, "next_cursor": following}


@router.post("/match-runs", response={201: MatchRunOut}, summary="Search for duplicates")
def create_run(request: HttpRequest, body: MatchRunIn) -> Status[MatchRun]:
    """Asks for a search; read it again to see how far it is. 409 while one of this kind is open."""
    try:
        return Status(201, policy.request_run(actor=actor_of(request), kind=body.kind, full=body.full))
    except policy.AlreadySearching as error:
        raise Problem(409, str(error)) from error


@router.get("/match-runs/{run_id}", response=MatchRunOut, summary="Read a search")
def get_run(request: HttpRequest, run_id: RunId) -> MatchRun:
    actor = actor_of(request)
    actor.require("people.view")
    return run_for(actor, MatchRun, run_id)


@router.post("/match-runs/{run_id}/cancellation", response={201: MatchRunOut}, summary="Cancel a search")
def cancel_run(request: HttpRequest, run_id: RunId) -> Status[MatchRun]:
    """What it merged already stays. 409 when it has ended."""
    actor = actor_of(request)
    actor.require("people.edit")
    try:
        return Status(201, policy.cancel_run(actor=actor, run=run_for(actor, MatchRun, run_id)))
    except ValueError as error:
        raise Problem(409, str(error)) from error


@router.get("/match-candidates", response=Page[MatchCandidateOut], summary="List likely duplicates")
def list_candidates(
    request: HttpRequest,
    kind: Kind = "person",
    lowest: Annotated[float | None, Query(ge=0, le=1, description="Least probability")] = None,
    later: Annotated[bool, Query(description="Those that were put off")] = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Undecided pairs, likeliest first; without `lowest`, from the threshold of review."""
    actor = actor_of(request)
    actor.require("people.view")
    least = policy.policy_of(kind).review_at if lowest is None else lowest
    rows = queries.waiting(actor, kind, lowest=least, later=later).order_by()
    page, following = cursor_page(
        rows, scope=f"match-candidates-{kind}", sort=("-probability", "id"), cursor=cursor, limit=limit
    )
    return {"data": page, "next_cursor": following}


@router.get("/match-candidates/{candidate_id}", response=MatchCandidateOut, summary="Read a likely duplicate")
def get_candidate(request: HttpRequest, candidate_id: RunId) -> MatchCandidate:
    actor = actor_of(request)
    actor.require("people.view")
    return queries.candidate_for(actor, candidate_id)


@router.post(
    "/match-candidates/{candidate_id}/decision", response={201: DecisionOut}, summary="Decide about a pair"
)
def decide(request: HttpRequest, candidate_id: RunId, body: DecisionIn) -> Status[Any]:
    """Merges the pair, keeps it apart for ever, or puts it off. 409 when that is not possible (any more)."""
    actor = actor_of(request)
    actor.require("people.edit")
    pair = queries.candidate_for(actor, candidate_id)
    try:
        decision = decisions.decide(
            actor=actor, candidate=pair, verdict=body.verdict, survivor_id=body.survivor_id
        )
    except decisions.CannotDecide as error:
        raise Problem(409, str(error)) from error
    return Status(201, decision)


@router.delete("/match-candidates/{candidate_id}/decision", response={204: None}, summary="Undo a decision")
def undo(request: HttpRequest, candidate_id: RunId) -> Status[None]:
    """Parts what was merged; the pair is open again. 409 when nothing was decided."""
    actor = actor_of(request)
    actor.require("people.edit")
    decision = queries.candidate_for(actor, candidate_id).decisions.filter(undone_at=None).first()
    if decision is None:
        raise Problem(409, "Nothing has been decided about this pair.")
    try:
        decisions.undo_decision(actor=actor, decision=decision)
    except decisions.CannotDecide as error:
        raise Problem(409, str(error)) from error
    return Status(204, None)
