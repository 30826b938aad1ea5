"""Connectors over REST: which there are, how they fare, reading them again. Keys never come out."""

from __future__ import annotations

import datetime as dt
import uuid
from functools import partial
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from rapport.connectors import queries
from rapport.connectors.advice import advice_for
from rapport.connectors.models import Connector
from rapport.connectors.services import codes, reading, settling, setup
from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Page, Schema, cursor_page, refusals
from rapport.core.api.pages import Cursor, Limit
from rapport.core.clock import clock_of

router = Router(tags=["connectors"])
Trouble = Literal["", "denied", "unreachable", "refused", "broken"]


class ConnectorIn(InputSchema):
    """`settings` are those that the kind names, keys included; they are tried before they are kept."""

    kind: str = Field(min_length=1, max_length=40)
    name: str = Field("", max_length=120)
    store: str = Field("", max_length=64)
    settings: dict[str, str | int | bool] = {}


class ConnectorPatch(InputSchema):
    disabled: bool


class ResourceOut(Schema):
    """`seen_until`: everything that changed up to then was read. `total` null: nobody knows."""

    key: str
    records: int
    total: int | None
    backfilled_at: dt.datetime | None
    seen_until: dt.datetime | None


class HealthOut(Schema):
    """The last 24 hours; `left_out` and `failed_calls` are what waits for somebody now.

    `call_lag` and `write_lag` are how many seconds the oldest call, and the oldest thing to write, has waited.
    """

    requests: int
    failures: int
    error_rate: float
    records: int
    events: int
    left_out: int
    failed_calls: int
    call_lag: int
    write_lag: int


class ConnectorOut(Schema):
    """`advice` says what to do while `trouble` is not empty."""

    id: uuid.UUID
    kind: str
    name: str
    store: str
    created_at: dt.datetime
    disabled_at: dt.datetime | None
    last_success_at: dt.datetime | None
    last_error_at: dt.datetime | None
    last_error: str
    trouble: Trouble
    advice: str
    failing_since: dt.datetime | None
    rests_until: dt.datetime | None

    @staticmethod
    def resolve_advice(row: Any) -> str:
        return advice_for(row)


Rule = Literal["newest", "ours", "theirs", "ask"]
OutgoingState = Literal["waiting", "written", "equal", "open", "refused"]


class WritesIn(InputSchema):
    """`tags` are keys of segments, `coupons` keys of promotions."""

    details: bool = False
    consent: bool = False
    notes: bool = False
    tags: list[str] = []
    coupons: list[str] = []


class WritingIn(InputSchema):
    """`rules`: which side wins, by trait; newest without one."""

    writes: WritesIn
    rules: dict[str, Rule] = {}


class WritingOut(Schema):
    """`counts` of what was written or waits, by its state."""

    writes: dict[str, bool | list[str]]
    rules: dict[str, Rule]
    counts: dict[OutgoingState, int]


class DifferenceOut(Schema):
    """What both sides say of a field of a customer; it waits for a decision."""

    id: int
    person_id: uuid.UUID
    field: str
    ours: str | int | float | None
    theirs: str | int | float | None
    at: dt.datetime


class DecisionIn(InputSchema):
    winner: Literal["ours", "theirs"]


class NoteIn(InputSchema):
    """`order` is the number that the shop gives it."""

    order: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=2_000)


class FullConnectorOut(ConnectorOut):
    resources: list[ResourceOut]
    health: HealthOut
    writing: WritingOut

    @staticmethod
    def resolve_writing(row: Any) -> Any:
        return {"writes": row.writes, "rules": row.rules, "counts": queries.outgoing_counts(row)}

    @staticmethod
    def resolve_resources(row: Any) -> Any:
        return queries.resources(row)

    @staticmethod
    def resolve_health(row: Any) -> Any:
        return queries.health([row])[row.pk]


class BackfillIn(InputSchema):
    """`afresh` begins with the first record again; else one that was stopped goes on."""

    afresh: bool = False


class RecordIn(InputSchema):
    resource: str = Field(min_length=1, max_length=40)
    external_id: str = Field(min_length=1, max_length=200)


class JobOut(Schema):
    """Its progress is at /api/v1/jobs/{job}."""

    job: uuid.UUID


_refusals = partial(refusals, "It cannot be done this way; see errors.", without_field=409)


@router.get("", response=Page[ConnectorOut], summary="List connectors")
def list_connectors(request: HttpRequest, limit: Limit, cursor: Cursor = None) -> Any:
    rows = queries.connectors(actor_of(request)).order_by("id")
    data, following = cursor_page(rows, scope="connectors", sort=("id",), cursor=cursor, limit=limit)
    return {"data": data, "next_cursor": following}


@router.post("", response={201: FullConnectorOut}, summary="Connect a system")
def create_connector(request: HttpRequest, body: ConnectorIn) -> Any:
    """Answers 422 with what the other side says when it does not let us in."""
    with _refusals():
        row = setup.connect(
            actor=actor_of(request), kind=body.kind, name=body.name, store=body.store, values=body.settings,
            clock=clock_of(request),
        )  # fmt: skip
    return Status(201, row)


def _found(request: HttpRequest, connector_id: uuid.UUID) -> Connector:
    return queries.connector_for(actor_of(request), connector_id)


@router.get("/{uuid:connector_id}", response=FullConnectorOut, summary="Get a connector with its health")
def get_connector(request: HttpRequest, connector_id: uuid.UUID) -> Any:
    return _found(request, connector_id)


@router.patch("/{uuid:connector_id}", response=FullConnectorOut, summary="Switch a connector off or on")
def change_connector(request: HttpRequest, connector_id: uuid.UUID, body: ConnectorPatch) -> Any:
    setup.turn(
        actor=actor_of(request), connector_id=connector_id, on=not body.disabled, clock=clock_of(request)
    )
    return _found(request, connector_id)


@router.delete("/{uuid:connector_id}", response={204: None}, summary="Disconnect a system")
def delete_connector(request: HttpRequest, connector_id: uuid.UUID) -> Any:
    """Its keys are forgotten; what it told stays."""
    setup.disconnect(actor=actor_of(request), connector_id=connector_id, clock=clock_of(request))
    return Status(204, None)


@router.post("/{uuid:connector_id}/backfills", response={202: JobOut}, summary="Read all of a system")
def backfill(request: HttpRequest, connector_id: uuid.UUID, body: BackfillIn) -> Any:
    """409 while it is being read."""
    with _refusals():
        job = reading.order_backfill(
            actor=actor_of(request), connector_id=connector_id, afresh=body.afresh, clock=clock_of(request)
        )
    return Status(202, {"job": job.pk})


@router.post("/{uuid:connector_id}/records", response={202: JobOut}, summary="Read one record again")
def read_record(request: HttpRequest, connector_id: uuid.UUID, body: RecordIn) -> Any:
    """As it is there now, by the id that it has there."""
    with _refusals():
        job = reading.order_record(
            actor=actor_of(request), connector_id=connector_id, clock=clock_of(request), **body.dict()
        )
    return Status(202, {"job": job.pk})


@router.put(
    "/{uuid:connector_id}/writing", response=FullConnectorOut, summary="Say what is written into a system"
)
def change_writing(request: HttpRequest, connector_id: uuid.UUID, body: WritingIn) -> Any:
    """What is left out is off. Customers are compared anew."""
    with _refusals():
        return settling.change(
            actor=actor_of(request), connector_id=connector_id, writes=body.writes.dict(), rules=body.rules,
            clock=clock_of(request),
        )  # fmt: skip


@router.get(
    "/{uuid:connector_id}/differences", response=list[DifferenceOut], summary="List what waits for a decision"
)
def list_differences(request: HttpRequest, connector_id: uuid.UUID) -> Any:
    """The oldest hundred, of persons that the key may see."""
    rows = queries.differences(actor_of(request), _found(request, connector_id), 100)
    return [
        {
            "id": entry.row.pk, "person_id": entry.person.pk, "field": entry.row.field,
            "ours": entry.row.ours, "theirs": entry.row.theirs, "at": entry.row.at,
        }
        for entry in rows
        if entry.person
    ]  # fmt: skip


@router.post(
    "/{uuid:connector_id}/differences/{int:difference_id}/decision",
    response={204: None},
    summary="Decide a difference",
)
def decide(request: HttpRequest, connector_id: uuid.UUID, difference_id: int, body: DecisionIn) -> Any:
    """The other side follows within a minute."""
    with _refusals():
        settling.decide(
            actor=actor_of(request), connector_id=connector_id, difference=difference_id, winner=body.winner,
            clock=clock_of(request),
        )  # fmt: skip
    return Status(204, None)


@router.post("/{uuid:connector_id}/notes", response={202: None}, summary="Write a note on an order")
def write_note(request: HttpRequest, connector_id: uuid.UUID, body: NoteIn) -> Any:
    """409 where notes are not written."""
    with _refusals():
        codes.add_note(
            actor=actor_of(request), connector_id=connector_id, clock=clock_of(request), **body.dict()
        )
    return Status(202, None)
