"""Imports over REST: upload a file, say what its columns mean, check, start, pause, revert."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext as _
from ninja import File, Router
from ninja.files import UploadedFile
from ninja.responses import Status

from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Page, Problem, Schema, cursor_page
from rapport.core.api.pages import Cursor, Limit
from rapport.core.ui.streaming import streamed
from rapport.transfers.imports import mapping as mappings
from rapport.transfers.imports import queries, readers
from rapport.transfers.imports.services import errors, steps, uploads
from rapport.transfers.models import Import

router = Router(tags=["imports"])


class ImportOut(Schema):
    """One import. `counts` says what the run did, `report` what the dry run foretold."""

    id: uuid.UUID
    name: str
    state: str
    rows: int
    position: int
    done: int
    headers: list[str]
    layout: dict[str, Any]
    excluded: list[list[int]]
    mapping: dict[str, Any]
    system: str
    counts: dict[str, Any]
    report: dict[str, Any]
    problem: str
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None


class ImportMappingIn(InputSchema):
    """`columns` has one entry per column of the file; see the guide on importing."""

    columns: list[dict[str, Any]]
    fixed: list[dict[str, Any]] = []
    region: str = "GB"
    dates: str = "auto"
    policy: str = "overwrite"
    ambiguous: str = "reject"
    unnamed: str = "reject"
    evidence: dict[str, str] = {}


class ImportLayoutIn(InputSchema):
    """How the file is read; what is left out stays. `header` is the row of the column names, 0 for none."""

    encoding: str = ""
    delimiter: str = ""
    quote: str = ""
    sheet: str = ""
    header: int | None = None


class ImportExcludedIn(InputSchema):
    """Numbers of rows, and ranges of them, that are not to come in."""

    rows: list[int | tuple[int, int]]


@router.get("", response=Page[ImportOut], summary="List imports")
def list_imports(request: HttpRequest, cursor: Cursor = None, limit: Limit = 50) -> dict[str, Any]:
    """Latest first."""
    actor = actor_of(request)
    actor.require("people.edit")
    rows = queries.imports(actor)
    page, following = cursor_page(
        rows, scope="imports", sort=("-created_at", "id"), cursor=cursor, limit=limit
    )
    return {"data": [queries.summary(run) for run in page], "next_cursor": following}


@router.post("", response={201: list[ImportOut]}, summary="Upload a file")
def upload(request: HttpRequest, file: File[UploadedFile]) -> Status[list[dict[str, Any]]]:
    """CSV, XLSX, Parquet, vCard, or a zip of CSV files (one import each). Answers with the mapping proposed."""
    try:
        if file.file is None:
            raise readers.Unreadable(_("The file is empty."))
        imports = uploads.upload(actor=actor_of(request), stream=file.file, name=file.name or "upload.csv")
    except readers.Unreadable as error:
        raise Problem(422, str(error), {"/body/file": str(error)}) from error
    return Status(201, [queries.summary(run) for run in imports])


@router.get("/{uuid:import_id}", response=ImportOut, summary="Read an import")
def get_import(request: HttpRequest, import_id: uuid.UUID) -> dict[str, Any]:
    return queries.summary(_run(request, import_id))


@router.put("/{uuid:import_id}/mapping", response=ImportOut, summary="Say what the columns mean")
def set_mapping(request: HttpRequest, import_id: uuid.UUID, body: ImportMappingIn) -> dict[str, Any]:
    run = _run(request, import_id)
    try:
        run = uploads.set_mapping(actor=actor_of(request), run=run, mapping=body.dict())
    except mappings.BadMapping as error:
        places = {
            f"/body/columns/{index}" if index >= 0 else "/body": why for index, why in error.problems.items()
        }
        raise Problem(422, str(error), places) from error
    return queries.summary(run)


@router.put("/{uuid:import_id}/layout", response=ImportOut, summary="Say how the file is read")
def set_layout(request: HttpRequest, import_id: uuid.UUID, body: ImportLayoutIn) -> dict[str, Any]:
    """Columns that come out otherwise are proposed a mapping anew."""
    changes = {name: str(value) for name, value in body.dict().items() if value not in ("", None)}
    try:
        run = uploads.set_layout(actor=actor_of(request), run=_run(request, import_id), **changes)
    except (readers.Unreadable, mappings.BadMapping) as error:
        raise Problem(422, str(error)) from error
    return queries.summary(run)


@router.put("/{uuid:import_id}/excluded", response=ImportOut, summary="Leave rows out")
def set_excluded(request: HttpRequest, import_id: uuid.UUID, body: ImportExcludedIn) -> dict[str, Any]:
    """Takes the place of what was excluded before. Start the dry run again to see what is left."""
    rows = ", ".join(str(row) if isinstance(row, int) else f"{row[0]}-{row[1]}" for row in body.rows)
    try:
        run = uploads.exclude(actor=actor_of(request), run=_run(request, import_id), rows=rows)
    except mappings.BadMapping as error:
        raise Problem(422, str(error)) from error
    return queries.summary(run)


@router.post("/{uuid:import_id}/check", response=ImportOut, summary="Start the dry run")
def check(request: HttpRequest, import_id: uuid.UUID) -> dict[str, Any]:
    """Writes nothing; `report` fills while `state` is `checking`."""
    return _take(request, import_id, "check")


@router.post("/{uuid:import_id}/start", response=ImportOut, summary="Start the import")
def start(request: HttpRequest, import_id: uuid.UUID) -> dict[str, Any]:
    return _take(request, import_id, "start")


@router.post("/{uuid:import_id}/pause", response=ImportOut, summary="Pause the import")
def pause(request: HttpRequest, import_id: uuid.UUID) -> dict[str, Any]:
    """The chunk in hand is rolled back; what is committed stays."""
    return _take(request, import_id, "pause")


@router.post("/{uuid:import_id}/resume", response=ImportOut, summary="Resume the import")
def resume(request: HttpRequest, import_id: uuid.UUID) -> dict[str, Any]:
    """At the row after the last one that was committed."""
    return _take(request, import_id, "resume")


@router.post("/{uuid:import_id}/cancel", response=ImportOut, summary="Cancel the import")
def cancel(request: HttpRequest, import_id: uuid.UUID) -> dict[str, Any]:
    """What came in so far stays, until it is reverted."""
    return _take(request, import_id, "cancel")


@router.post("/{uuid:import_id}/revert", response=ImportOut, summary="Revert the import")
def revert(request: HttpRequest, import_id: uuid.UUID) -> dict[str, Any]:
    return _take(request, import_id, "revert")


@router.get("/{uuid:import_id}/errors", summary="Download the rows that did not come in")
def error_file(request: HttpRequest, import_id: uuid.UUID) -> StreamingHttpResponse:
    """CSV: the original columns, the row's number, the reason and what to do."""
    run = _run(request, import_id)
    lines = errors.taken(actor=actor_of(request), run=run)
    return StreamingHttpResponse(streamed(lines), content_type="text/csv; charset=utf-8")


def _run(request: HttpRequest, import_id: uuid.UUID) -> Import:
    actor = actor_of(request)
    actor.require("people.edit")
    return queries.import_for(actor, import_id)


def _take(request: HttpRequest, import_id: uuid.UUID, step: str) -> dict[str, Any]:
    run = _run(request, import_id)
    try:
        return queries.summary(steps.take(actor=actor_of(request), run=run, step=step))
    except mappings.BadMapping as error:
        raise Problem(422, str(error)) from error
    except ValueError as error:
        raise Problem(409, str(error)) from error
