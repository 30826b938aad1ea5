"""The REST API of letters and of the files in which they go to a print house."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any

from django.http import FileResponse, HttpRequest
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from rapport.channels.post import queries, services
from rapport.channels.post.models import Mailpiece
from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Page, Problem, Schema, cursor_page
from rapport.core.api.pages import Cursor, Limit
from rapport.core.clock import clock_of

router = Router(tags=["letters"])
State = Annotated[str, Query(max_length=12, description="waiting, printed, stopped or returned")]


class MailpieceOut(Schema):
    """`delivery_id` is the message that it was sent by; `code` stands on every page of it."""

    id: int
    delivery_id: uuid.UUID
    person_id: uuid.UUID | None
    code: str
    state: str
    why_stopped: str
    address: str
    subject: str
    body: str
    pages: int
    print_file_id: int | None
    created_at: dt.datetime
    returned_at: dt.datetime | None

    @staticmethod
    def resolve_delivery_id(row: Mailpiece) -> uuid.UUID:
        return row.reference

    @staticmethod
    def resolve_why_stopped(row: Mailpiece) -> str:
        return row.why


class PrintFileOut(Schema):
    """`made_at` is when the file was made last, null while a worker makes it; `size` in bytes."""

    id: int
    letters_count: int
    pages_count: int
    size: int
    created_at: dt.datetime
    created_by: str
    made_at: dt.datetime | None
    downloaded_at: dt.datetime | None


class ReturnsIn(InputSchema):
    """The codes of letters that came back, in any text."""

    codes: str = Field(min_length=1, max_length=1_000_000)


class ReturnsOut(Schema):
    """How many are newly noted as returned, and codes that no letter has."""

    returned: int
    unknown: list[str]


@router.get("/letters", response=Page[MailpieceOut], summary="List letters")
def list_letters(request: HttpRequest, limit: Limit, cursor: Cursor = None, state: State = "") -> Any:
    rows = queries.letters(actor_of(request))
    chosen = rows.filter(state=state) if state else rows
    data, following = cursor_page(
        chosen, scope=f"letters {state}", sort=("-created_at", "id"), cursor=cursor, limit=limit
    )
    return {"data": data, "next_cursor": following}


@router.get("/letters/{int:mailpiece_id}", response=MailpieceOut, summary="Get a letter")
def get_mailpiece(request: HttpRequest, mailpiece_id: int) -> Any:
    return queries.mailpiece_for(actor_of(request), mailpiece_id)


@router.post("/letters/returns", response=ReturnsOut, summary="Note letters that came back, by their codes")
def note_returns(request: HttpRequest, body: ReturnsIn) -> Any:
    count, unknown = services.came_back(actor=actor_of(request), text=body.codes, clock=clock_of(request))
    return {"returned": count, "unknown": unknown}


@router.get("/print-files", response=Page[PrintFileOut], summary="List print files")
def list_print_files(request: HttpRequest, limit: Limit, cursor: Cursor = None) -> Any:
    data, following = cursor_page(
        queries.print_files(actor_of(request)), scope="print files", sort=("-id",), cursor=cursor, limit=limit
    )
    return {"data": data, "next_cursor": following}


@router.post(
    "/print-files",
    response={202: PrintFileOut},
    summary="Close the file of the letters that wait, and make it",
)
def close_print_file(request: HttpRequest) -> Any:
    file = services.close(actor=actor_of(request), clock=clock_of(request))
    if file is None:
        raise Problem(409, "No letter waits to be printed.")
    return Status(202, file)


@router.get("/print-files/{int:file_id}", response=PrintFileOut, summary="Get a print file")
def get_print_file(request: HttpRequest, file_id: int) -> Any:
    return queries.print_file_for(actor_of(request), file_id)


@router.get("/print-files/{int:file_id}/content", response=bytes, summary="Download a print file")
def download_print_file(request: HttpRequest, file_id: int) -> Any:
    try:
        row, content = services.hand_out(actor=actor_of(request), file_id=file_id, clock=clock_of(request))
    except FileNotFoundError as error:
        raise Problem(409, "The file is not there now: wait until it is made, or make it again.") from error
    return FileResponse(
        content, as_attachment=True, filename=f"letters-{row.pk}.zip", content_type="application/zip"
    )


@router.post(
    "/print-files/{int:file_id}/making", response={202: PrintFileOut}, summary="Make a print file again"
)
def make_print_file(request: HttpRequest, file_id: int) -> Any:
    return Status(202, services.make_again(actor=actor_of(request), file_id=file_id, clock=clock_of(request)))
