"""Files of orders over the API."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import File, Form, Router, Status
from ninja.files import UploadedFile

from rapport.commerce.models import OrderFile
from rapport.commerce.order_files import taking
from rapport.commerce.queries import orders as queries
from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Limit, Page, Problem, Schema, cursor_page
from rapport.transfers.imports.readers import Unreadable

router = Router(tags=["orders"])


class OrderFileOut(Schema):
    """A file of orders. `questions` names what has to be said before it is read, by field of the mapping."""

    id: int
    name: str
    state: str
    store: str
    currency: str
    columns: dict[str, str]
    dates: str
    numbers: str
    questions: dict[str, str]
    rows: int
    added: int
    changed: int
    unchanged: int
    errors: int
    trouble: str
    created_at: dt.datetime
    finished_at: dt.datetime | None


class OrderFileErrorOut(Schema):
    row: int
    reason: str


class OrderMappingIn(InputSchema):
    """{column: field}; other columns are left out. `dates` is dmy, mdy or excel, `numbers` point or comma."""

    columns: dict[str, str]
    dates: str = ""
    numbers: str = ""


def _out(run: OrderFile) -> dict[str, Any]:
    names = (
        "id", "name", "state", "store", "currency", "added", "changed", "unchanged", "errors", "trouble", "created_at",
        "finished_at",
    )  # fmt: skip
    unanswered = taking.questions(run) if run.state == OrderFile.State.MAPPING and run.file else {}
    mapping = {
        "columns": run.mapping["columns"],
        "dates": run.mapping["dates"],
        "numbers": run.mapping["numbers"],
    }
    return (
        {name: getattr(run, name) for name in names}
        | mapping
        | {"rows": run.position, "questions": unanswered}
    )


@router.get("/orders/files", response=Page[OrderFileOut], summary="List files of orders, newest first")
def list_order_files(request: HttpRequest, limit: Limit, cursor: str | None = None) -> Any:
    rows = queries.order_files(actor_of(request))
    page, following = cursor_page(
        rows, scope="order-files", sort=("-created_at", "id"), cursor=cursor, limit=limit
    )
    return {"data": [_out(row) for row in page], "next_cursor": following}


@router.post("/orders/files", response={201: OrderFileOut}, summary="Upload a file of orders")
def upload_order_file(
    request: HttpRequest, file: File[UploadedFile], store: Form[str] = "", currency: Form[str] = ""
) -> Any:
    """It is read at once if a file with these columns was read before and nothing has to be asked."""
    actor = actor_of(request)
    actor.require("orders.edit")
    try:
        if file.file is None:
            raise Unreadable("–")
        run = taking.upload(
            actor=actor, stream=file.file, name=file.name or "orders.csv", store=store, currency=currency
        )
    except Unreadable as error:
        raise Problem(422, str(error), {"/body/file": str(error)}) from error
    return Status(201, _out(run))


@router.get("/orders/files/{file_id}", response=OrderFileOut, summary="Get a file of orders")
def get_order_file(request: HttpRequest, file_id: int) -> Any:
    return _out(queries.order_file_for(actor_of(request), file_id))


@router.get(
    "/orders/files/{file_id}/errors",
    response=Page[OrderFileErrorOut],
    summary="List the rows that were not taken",
)
def list_order_file_errors(
    request: HttpRequest, file_id: int, limit: Limit, cursor: str | None = None
) -> Any:
    rows = queries.order_file_for(actor_of(request), file_id).row_errors.all()
    scope = f"order-file-errors:{file_id}"
    page, following = cursor_page(rows, scope=scope, sort=("row", "id"), cursor=cursor, limit=limit)
    return {"data": [{"row": row.row, "reason": row.reason} for row in page], "next_cursor": following}


@router.post(
    "/orders/files/{file_id}/start",
    response=OrderFileOut,
    summary="Say what the columns mean and read the file",
)
def start_order_file(request: HttpRequest, file_id: int, body: OrderMappingIn) -> Any:
    actor = actor_of(request)
    run = queries.order_file_for(actor, file_id)
    taking.set_mapping(actor=actor, run=run, mapping=body.columns, dates=body.dates, numbers=body.numbers)
    taking.start(actor=actor, run=run)
    run.refresh_from_db()
    return _out(run)


@router.post("/orders/files/{file_id}/revert", response=OrderFileOut, summary="Take back what a file told")
def revert_order_file(request: HttpRequest, file_id: int) -> Any:
    actor = actor_of(request)
    run = queries.order_file_for(actor, file_id)
    taking.revert(actor=actor, run=run)
    run.refresh_from_db()
    return _out(run)
