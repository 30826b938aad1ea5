"""The suppression list, over REST: hashes only, and nothing is taken off it without a reason."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import AwareDatetime, Field, StringConstraints

from rapport.core import crypto
from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Page, Problem, Schema, cursor_page
from rapport.core.api.pages import Cursor, Limit
from rapport.governance import queries
from rapport.governance.api.channels import Channel, default_key
from rapport.governance.models import Suppression, SuppressionRemoval
from rapport.governance.services import opt_out_files, suppression

router = Router(tags=["consent and privacy"])
Address = Annotated[str, StringConstraints(min_length=1, max_length=254)]
Reason = Literal["unsubscribed", "bounced", "complained", "manual"]


class SuppressionIn(InputSchema):
    channel: Channel = Field(default_factory=default_key)
    address: Address
    reason: Reason = "manual"


class SuppressionOut(Schema):
    """`key_id` names the key of the hash: one made with another key matches no address here."""

    id: int
    channel: str
    address_hash: str
    key_id: str
    reason: str
    at: dt.datetime
    source: str


class RemovalIn(InputSchema):
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]


class RemovalOut(Schema):
    id: int
    channel: str
    address_hash: str
    suppressed_for: str
    suppressed_at: dt.datetime
    reason: str
    removed_at: dt.datetime
    removed_by: str


class OptOutIn(InputSchema):
    """An `address` in any form, or an `address_hash` with its `key_id`; with a `purpose` only that is refused."""

    channel: Annotated[str, StringConstraints(max_length=64)] = ""
    address: Annotated[str, StringConstraints(max_length=500)] = ""
    address_hash: Annotated[str, StringConstraints(max_length=64)] = ""
    key_id: Annotated[str, StringConstraints(max_length=64)] = ""
    reason: Annotated[str, StringConstraints(max_length=100)] = ""
    purpose: Annotated[str, StringConstraints(max_length=64)] = ""
    at: AwareDatetime | None = None


class OptOutsIn(InputSchema):
    rows: Annotated[list[OptOutIn], Field(min_length=1, max_length=1000)]


class RefusedRow(Schema):
    """`row` counts from 0."""

    row: int
    reason: str


class OptOutsOut(Schema):
    added: int
    present: int
    refused: list[RefusedRow]


@router.post("/suppressions", response={201: SuppressionOut}, summary="Suppress an address")
def suppress(request: HttpRequest, body: SuppressionIn) -> Status[dict[str, Any]]:
    """Stops everything to an address. If it is suppressed already, the first reason stays, unless it stopped less."""
    actor = actor_of(request)
    try:
        row = suppression.suppress(
            actor=actor, channel=body.channel, address=body.address, reason=body.reason, source=actor.label
        )
    except suppression.InvalidAddress as error:
        raise Problem(422, str(error), {"/body/address": str(error)}) from error
    return Status(201, _shown(row))


@router.get("/suppressions", response=Page[SuppressionOut], summary="List suppressions, or check an address")
def list_suppressions(
    request: HttpRequest,
    address: Address | None = None,
    channel: Channel | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """With `address`: one entry if it is suppressed on the channel, none if it may be written to; else all of them."""
    actor = actor_of(request)
    if address is not None:
        match = queries.suppression(actor, channel or default_key(), address)
        return {"data": [_shown(match)] if match else [], "next_cursor": None}
    rows = queries.suppressions(actor).filter(**({"channel": channel} if channel else {}))
    page, following = cursor_page(
        rows, scope=f"suppressions:{channel}", sort=("-id",), cursor=cursor, limit=limit
    )
    return {"data": [_shown(row) for row in page], "next_cursor": following}


@router.post("/suppressions/imports", response=OptOutsOut, summary="Import opt-outs")
def import_suppressions(request: HttpRequest, body: OptOutsIn) -> dict[str, Any]:
    """Adds addresses or hashes; says of each row that could not be taken why. Nothing is ever allowed again by it."""
    rows = [
        (number, {name: str(value) for name, value in row.dict().items() if value})
        for number, row in enumerate(body.rows)
    ]
    outcome = opt_out_files.take(actor=actor_of(request), rows=rows, source="api")
    refused = [{"row": number, "reason": reason} for number, reason in outcome.refused]
    return {"added": outcome.added, "present": outcome.present, "refused": refused}


@router.get("/suppressions/{int:suppression_id}", response=SuppressionOut, summary="Read a suppression")
def read_suppression(request: HttpRequest, suppression_id: int) -> dict[str, Any]:
    row = queries.suppressions(actor_of(request)).filter(pk=suppression_id).first()
    if row is None:
        raise Http404
    return _shown(row)


@router.post(
    "/suppressions/{int:suppression_id}/removal", response={201: RemovalOut}, summary="Remove a suppression"
)
def remove_suppression(
    request: HttpRequest, suppression_id: int, body: RemovalIn
) -> Status[SuppressionRemoval]:
    """Allows an address again. The reason is kept with who removed it and what it had been suppressed for."""
    return Status(
        201,
        suppression.remove(actor=actor_of(request), suppression_id=suppression_id, reason=body.reason),
    )


def _shown(row: Suppression) -> dict[str, Any]:
    names = ("id", "channel", "address_hash", "reason", "at", "source")
    return {name: getattr(row, name) for name in names} | {"key_id": crypto.address_key_id()}
