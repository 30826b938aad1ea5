"""Exports over REST: order one, ask how far it is, fetch it by a link that expires."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from ninja import Router
from ninja.responses import Status

from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Page, Problem, Schema, cursor_page
from rapport.core.api.pages import Cursor, Limit
from rapport.transfers.exports import columns as all_columns
from rapport.transfers.exports import queries
from rapport.transfers.exports.services import exporting
from rapport.transfers.models import Export

router = Router(tags=["exports"])


class ScopeIn(InputSchema):
    kind: str
    query: str = ""


class ExportIn(InputSchema):
    """`scope` is {"kind": "people", "query": a list's query string} or {"kind": "segment", "query": its key}."""

    name: str = "people"
    format: str = "csv"
    scope: ScopeIn = ScopeIn(kind="people")
    columns: list[str] = []


class ExportOut(Schema):
    """One export. `download` is there once it is ready, and good for 15 minutes."""

    id: uuid.UUID
    name: str
    format: str
    scope: dict[str, str]
    columns: list[str]
    state: str
    rows: int
    written: int
    size: int
    problem: str
    created_at: dt.datetime
    finished_at: dt.datetime | None
    expires_at: dt.datetime | None
    download: str = ""


@router.get("", response=Page[ExportOut], summary="List exports")
def list_exports(request: HttpRequest, cursor: Cursor = None, limit: Limit = 50) -> dict[str, Any]:
    """Latest first; your own, or everybody's for an administrator."""
    actor = actor_of(request)
    actor.require("people.export")
    rows = queries.exports(actor)
    page, following = cursor_page(
        rows, scope="exports", sort=("-created_at", "id"), cursor=cursor, limit=limit
    )
    return {"data": [queries.summary(export) for export in page], "next_cursor": following}


@router.post("", response={201: ExportOut}, summary="Order an export")
def order(request: HttpRequest, body: ExportIn) -> Status[dict[str, Any]]:
    """Without `columns`, the usual ones."""
    actor = actor_of(request)
    columns = body.columns or all_columns.usual(body.scope.kind)
    try:
        export = exporting.order(
            actor=actor, name=body.name, format=body.format, scope=body.scope.dict(), columns=columns
        )
    except ValueError as error:
        raise Problem(422, str(error)) from error
    return Status(201, queries.summary(export))


@router.get("/{uuid:export_id}", response=ExportOut, summary="Read an export")
def get_export(request: HttpRequest, export_id: uuid.UUID) -> dict[str, Any]:
    actor = actor_of(request)
    actor.require("people.export")
    export = queries.export_for(actor, export_id)
    answer = queries.summary(export)
    if export.state == Export.State.DONE:
        path = reverse("transfers:export_download", args=[exporting.link(export, actor=actor)])
        answer["download"] = settings.PUBLIC_URL + path
    return answer
