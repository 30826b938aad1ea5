"""Webhook endpoints over REST. Secrets come out once, when they are made."""

from __future__ import annotations

import datetime as dt
import uuid
from functools import partial
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Page, Schema, cursor_page, refusals
from rapport.core.api.pages import Cursor, Limit
from rapport.core.clock import clock_of
from rapport.integrations import queries
from rapport.integrations.models import WebhookEndpoint
from rapport.integrations.services import endpoints, replaying
from rapport.integrations.services.payloads import Renderer

router = Router(tags=["webhooks"])
Events = Annotated[list[Annotated[str, Field(max_length=200)]], Field(min_length=1, max_length=100)]


class EndpointIn(InputSchema):
    """`events` are names of events, or beginnings of them with `*` behind: `Message *`."""

    name: str = Field(min_length=1, max_length=120)
    url: str = Field(min_length=1, max_length=2000)
    events: Events


class EndpointPatch(InputSchema):
    name: str | None = Field(None, max_length=120)
    url: str | None = Field(None, max_length=2000)
    events: Events | None = None
    disabled: bool | None = None


class QueueOut(Schema):
    """How much waits, since when, and how much was given up."""

    waiting: int
    oldest: dt.datetime | None
    failed: int


class EndpointOut(Schema):
    """`acts_for` is whose rights decide what the endpoint is told; `missed` events were never queued."""

    id: uuid.UUID
    name: str
    url: str
    events: list[str]
    acts_for: str
    created_at: dt.datetime
    disabled_at: dt.datetime | None
    disabled_because: str
    former_secret_until: dt.datetime | None
    last_success_at: dt.datetime | None
    last_error_at: dt.datetime | None
    last_error: str
    failing_since: dt.datetime | None
    rests_until: dt.datetime | None
    missed: int
    missed_since: dt.datetime | None
    queue: QueueOut

    @staticmethod
    def resolve_acts_for(row: Any) -> str:
        return str(row.actor_label)

    @staticmethod
    def resolve_former_secret_until(row: Any) -> dt.datetime | None:
        until: dt.datetime | None = row.former_until
        return until


class NewEndpointOut(EndpointOut):
    """`secret` signs every message (Standard Webhooks); it is shown this once."""

    secret: str

    @staticmethod
    def resolve_secret(row: Any) -> str:
        return str(row.secret_once)


class RotationIn(InputSchema):
    overlap_hours: int = Field(24, ge=0, le=168)


class SecretOut(Schema):
    secret: str


class TryOut(Schema):
    at: dt.datetime
    status: int | None
    milliseconds: int
    response: str


class MessageOut(Schema):
    """`attempts` counts the tries since it was last queued."""

    id: int
    webhook_id: str
    event: str
    person_id: uuid.UUID | None
    at: dt.datetime
    is_test: bool
    state: str
    attempts: int
    next_attempt_at: dt.datetime
    created_at: dt.datetime
    settled_at: dt.datetime | None
    last_error: str


class FullMessageOut(MessageOut):
    """`payload` is what the key may see of it, null where it may not see the person; so are then the `tries`."""

    payload: dict[str, Any] | None
    tries: list[TryOut] | None

    @staticmethod
    def resolve_tries(row: Any) -> Any:
        return row.shown_tries


class ReplayIn(InputSchema):
    """From `since` to before `until`, by the time of the events; `only_failed` means only what was given up."""

    since: dt.datetime
    until: dt.datetime
    only_failed: bool = False


class ReplayOut(Schema):
    """Its progress is at /api/v1/jobs/{job}."""

    job: uuid.UUID


_refusals = partial(refusals, "The endpoint cannot be set up this way; see errors.", without_field=409)


def _shown(row: WebhookEndpoint, **more: Any) -> WebhookEndpoint:
    """The row with what the answer says beyond its columns."""
    more.setdefault("queue", queries.queues([row.pk])[row.pk])
    for name, value in more.items():
        setattr(row, name, value)
    return row


@router.get("", response=Page[EndpointOut], summary="List webhook endpoints")
def list_endpoints(request: HttpRequest, limit: Limit, cursor: Cursor = None) -> Any:
    rows = queries.endpoints(actor_of(request)).order_by("id")
    data, following = cursor_page(rows, scope="webhook-endpoints", sort=("id",), cursor=cursor, limit=limit)
    queues = queries.queues([row.pk for row in data])
    return {"data": [_shown(row, queue=queues[row.pk]) for row in data], "next_cursor": following}


@router.post("", response={201: NewEndpointOut}, summary="Set up a webhook endpoint")
def create_endpoint(request: HttpRequest, body: EndpointIn) -> Any:
    """It acts with the key's rights, now and later: what the key may not see is not told."""
    with _refusals():
        row, secret = endpoints.create(actor=actor_of(request), clock=clock_of(request), **body.dict())
    return Status(201, _shown(row, secret_once=secret))


@router.get("/{uuid:endpoint_id}", response=EndpointOut, summary="Get a webhook endpoint")
def get_endpoint(request: HttpRequest, endpoint_id: uuid.UUID) -> Any:
    return _shown(queries.endpoint_for(actor_of(request), endpoint_id))


@router.patch("/{uuid:endpoint_id}", response=EndpointOut, summary="Change a webhook endpoint")
def change_endpoint(request: HttpRequest, endpoint_id: uuid.UUID, body: EndpointPatch) -> Any:
    """`disabled` ends it or puts it into use again. A new address or other events are told with the key's rights."""
    actor, clock = actor_of(request), clock_of(request)
    values = {name: value for name, value in body.dict().items() if value is not None}
    disabled = values.pop("disabled", None)
    with _refusals():
        if values:
            endpoints.change(actor=actor, endpoint_id=endpoint_id, clock=clock, **values)
        if disabled is not None:
            turn = endpoints.disable if disabled else endpoints.enable
            turn(actor=actor, endpoint_id=endpoint_id, clock=clock)
    return _shown(queries.endpoint_for(actor, endpoint_id))


@router.delete("/{uuid:endpoint_id}", response={204: None}, summary="Delete a webhook endpoint")
def delete_endpoint(request: HttpRequest, endpoint_id: uuid.UUID) -> Any:
    endpoints.delete(actor=actor_of(request), endpoint_id=endpoint_id, clock=clock_of(request))
    return Status(204, None)


@router.post("/{uuid:endpoint_id}/secret-rotations", response={201: SecretOut}, summary="Make a new secret")
def rotate_secret(request: HttpRequest, endpoint_id: uuid.UUID, body: RotationIn) -> Any:
    """The former one signs beside it for `overlap_hours`."""
    with _refusals():
        secret = endpoints.rotate_secret(
            actor=actor_of(request), endpoint_id=endpoint_id, clock=clock_of(request),
            overlap=dt.timedelta(hours=body.overlap_hours),
        )  # fmt: skip
    return Status(201, {"secret": secret})


@router.post("/{uuid:endpoint_id}/tests", response={202: MessageOut}, summary="Send a test event")
def send_test(request: HttpRequest, endpoint_id: uuid.UUID) -> Any:
    return Status(
        202,
        endpoints.send_test(actor=actor_of(request), endpoint_id=endpoint_id, clock=clock_of(request)),
    )


@router.post("/{uuid:endpoint_id}/replays", response={202: ReplayOut}, summary="Send a span of time again")
def replay(request: HttpRequest, endpoint_id: uuid.UUID, body: ReplayIn) -> Any:
    """Also what was never queued, because the endpoint was disabled or new, or too much waited."""
    with _refusals():
        span = replaying.Span(body.since, body.until, body.only_failed)
        job = replaying.order(
            actor=actor_of(request), endpoint_id=endpoint_id, span=span, clock=clock_of(request)
        )
    return Status(202, {"job": job.pk})


@router.get(
    "/{uuid:endpoint_id}/messages", response=Page[MessageOut], summary="List the messages to an endpoint"
)
def list_messages(
    request: HttpRequest,
    endpoint_id: uuid.UUID,
    limit: Limit,
    cursor: Cursor = None,
    state: Literal["waiting", "delivered", "failed", "withheld"] | None = None,
) -> Any:
    endpoint = queries.endpoint_for(actor_of(request), endpoint_id)
    rows = queries.messages(endpoint, state=state or "").order_by()
    scope = f"webhook-messages {endpoint.pk}"
    data, following = cursor_page(rows, scope=scope, sort=("-id",), cursor=cursor, limit=limit)
    return {"data": data, "next_cursor": following}


@router.get(
    "/{uuid:endpoint_id}/messages/{int:message_id}",
    response=FullMessageOut,
    summary="Get a message to an endpoint, with its payload and every try",
)
def get_message(request: HttpRequest, endpoint_id: uuid.UUID, message_id: int) -> Any:
    actor = actor_of(request)
    row = queries.message_for(queries.endpoint_for(actor, endpoint_id), message_id)
    payload = Renderer(actor, [row]).data(row)
    row.payload = payload  # type: ignore[attr-defined]
    row.shown_tries = queries.attempts([row.pk]).get(row.pk, []) if payload else None  # type: ignore[attr-defined]
    return row


@router.post(
    "/{uuid:endpoint_id}/messages/{int:message_id}/resends",
    response={202: MessageOut},
    summary="Send a message again",
)
def resend(request: HttpRequest, endpoint_id: uuid.UUID, message_id: int) -> Any:
    """Now, under its own id. 409 while the endpoint is disabled."""
    with _refusals():
        row = endpoints.resend(
            actor=actor_of(request), endpoint_id=endpoint_id, message_id=message_id, clock=clock_of(request)
        )
    return Status(202, row)
