"""Background jobs over REST: how far they are, cancelling them, and running them again."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from rapport.core import jobs
from rapport.core.access import actor_of
from rapport.core.api.pages import Cursor, Limit, Page, cursor_page
from rapport.core.api.schemas import Schema
from rapport.core.jobs import queries
from rapport.core.models import Job

router = Router(tags=["jobs"])


class JobOut(Schema):
    """One job: `done` of `total`, and in `last_error` why it failed or is tried again at `next_attempt_at`."""

    id: uuid.UUID
    kind: str
    state: str
    stage: str
    done: int
    total: int
    attempts: int
    last_error: str
    result: dict[str, Any]
    requested_by: str
    created_at: dt.datetime
    started_at: dt.datetime | None
    next_attempt_at: dt.datetime
    cancel_requested_at: dt.datetime | None
    finished_at: dt.datetime | None

    @staticmethod
    def resolve_requested_by(job: Job) -> str:
        return job.actor_label


@router.get("", response=Page[JobOut], summary="List background jobs")
def list_jobs(
    request: HttpRequest,
    state: Literal["waiting", "running", "done", "failed", "cancelled"] | None = None,
    kind: str | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Latest first; your own, or everybody's with `jobs.view`."""
    given = {"state": state, "kind": kind}
    rows = queries.jobs(actor_of(request)).filter(**{name: value for name, value in given.items() if value})
    data, following = cursor_page(rows, scope="jobs", sort=("-created_at", "id"), cursor=cursor, limit=limit)
    return {"data": data, "next_cursor": following}


@router.get("/{uuid:job_id}", response=JobOut, summary="Read a background job")
def get_job(request: HttpRequest, job_id: uuid.UUID) -> Job:
    return queries.job_for(actor_of(request), job_id)


@router.post("/{uuid:job_id}/cancellation", response={201: JobOut}, summary="Cancel a background job")
def cancel_job(request: HttpRequest, job_id: uuid.UUID) -> Status[Job]:
    """A running job ends at its next step. Your own, or anybody's with `jobs.edit`."""
    actor = actor_of(request)
    return Status(201, jobs.cancel(actor=actor, job=queries.job_for(actor, job_id)))


@router.post("/{uuid:job_id}/retry", response={201: JobOut}, summary="Run a background job again")
def retry_job(request: HttpRequest, job_id: uuid.UUID) -> Status[Job]:
    """After it failed or was cancelled; on behalf of who asked for it first."""
    actor = actor_of(request)
    return Status(201, jobs.retry(actor=actor, job=queries.job_for(actor, job_id)))
