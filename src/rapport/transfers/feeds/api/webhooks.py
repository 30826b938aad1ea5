"""Webhook sources over REST: make, secure, map, try, and take again what failed."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from rapport.core.access import Actor, actor_of
from rapport.core.api import InputSchema, Page, Schema, cursor_page
from rapport.core.api.pages import Cursor, Limit
from rapport.core.clock import clock_of
from rapport.transfers.feeds import addresses
from rapport.transfers.feeds.queries import webhooks as queries
from rapport.transfers.feeds.services import trying
from rapport.transfers.feeds.services import webhooks as services
from rapport.transfers.models import Received, Webhook

router = Router(tags=["webhook sources"])


class WebhookOut(Schema):
    """A webhook source. Secrets are never given out; the address is, to those who may edit data."""

    id: int
    source_id: int
    name: str
    address: str | None
    signing: str
    header: str
    prefix: str
    tolerance_seconds: int
    per_minute: int
    mapping: dict[str, Any]
    mapped_at: dt.datetime | None
    failed: int
    waiting: int


class WebhookIn(InputSchema):
    name: str = Field(min_length=1, max_length=120)
    preset: Literal["", "shopify", "stripe", "woocommerce", "typeform", "calendly", "generic"] = ""


class SecurityIn(InputSchema):
    signing: Literal["none", "hmac", "standard", "stripe"]
    secret: str = Field("", max_length=200, description="Empty keeps the present one.")
    header: str = Field("", max_length=100)
    prefix: str = Field("", max_length=40)
    tolerance_seconds: int = 300
    per_minute: int = 600


class WebhookMappingIn(InputSchema):
    mapping: dict[str, Any]
    sample: dict[str, Any] | list[Any] = Field(description="What the mapping is tried on.")


class TroubleOut(Schema):
    field: str
    message: str
    item: int


class WebhookTrialOut(Schema):
    """What a mapping makes of a sample; `good` is whether it may be put to use."""

    good: bool
    met: bool
    events: list[dict[str, Any]]
    troubles: list[TroubleOut]
    missing: list[str]


class ReceivedOut(Schema):
    id: int
    at: dt.datetime
    state: str
    reason: str
    events: int
    payload: Any
    headers: dict[str, str]


class CountOut(Schema):
    count: int


@router.get("/webhook-sources", response=Page[WebhookOut], summary="List webhook sources")
def list_webhooks(request: HttpRequest, *, cursor: Cursor = None, limit: Limit = 50) -> dict[str, Any]:
    actor = actor_of(request)
    actor.require("data.view")
    rows, following = cursor_page(
        queries.webhooks(actor), scope="webhook-sources", sort=["id"], cursor=cursor, limit=limit
    )
    return {"data": [_out(request, row) for row in rows], "next_cursor": following}


@router.post("/webhook-sources", response={201: WebhookOut}, summary="Make a webhook source")
def create_webhook(request: HttpRequest, body: WebhookIn) -> Status[dict[str, Any]]:
    """With an address of its own. Payloads wait until a mapping is put to use."""
    webhook = services.create_webhook(actor=actor_of(request), name=body.name, preset=body.preset)
    return Status(201, _out(request, webhook))


@router.get("/webhook-sources/{int:webhook_id}", response=WebhookOut, summary="Read a webhook source")
def read_webhook(request: HttpRequest, webhook_id: int) -> dict[str, Any]:
    return _out(request, _found(request, webhook_id))


@router.put("/webhook-sources/{int:webhook_id}/security", response=WebhookOut, summary="Set proof and limits")
def secure(request: HttpRequest, webhook_id: int, body: SecurityIn) -> dict[str, Any]:
    """How deliveries prove themselves, how old they may be, and how many may come in a minute."""
    webhook = _found(request, webhook_id)
    return _out(request, services.secure(actor=actor_of(request), webhook_id=webhook.pk, **body.dict()))


@router.put("/webhook-sources/{int:webhook_id}/mapping", response=WebhookOut, summary="Put a mapping to use")
def put_mapping(request: HttpRequest, webhook_id: int, body: WebhookMappingIn) -> dict[str, Any]:
    """Only a mapping that makes events of its sample is taken."""
    webhook = _found(request, webhook_id)
    saved = services.save_mapping(
        actor=actor_of(request), webhook_id=webhook.pk, mapping=body.mapping, sample=json.dumps(body.sample)
    )
    return _out(request, saved)


@router.post("/webhook-sources/{int:webhook_id}/trials", response=WebhookTrialOut, summary="Try a mapping")
def try_mapping(request: HttpRequest, webhook_id: int, body: WebhookMappingIn) -> trying.Trial:
    """What it would make of the sample; nothing is kept."""
    webhook = _found(request, webhook_id)
    text = json.dumps(body.sample)
    return trying.attempt_text(
        body.mapping, text, services.sample_headers(webhook, text), clock_of(request).now()
    )


@router.get(
    "/webhook-sources/{int:webhook_id}/payloads", response=Page[ReceivedOut], summary="List payloads received"
)
def list_payloads(
    request: HttpRequest,
    webhook_id: int,
    *,
    state: Literal["waiting", "done", "skipped", "failed", "discarded"] | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Newest first, as they came; without their values for a key that may not see personal data."""
    actor = actor_of(request)
    actor.require("people.view")
    rows: QuerySet[Received] = queries.received(actor, _found(request, webhook_id))
    if state:
        rows = rows.filter(state=state)
    scope = f"payloads:{webhook_id}:{state}"
    page, following = cursor_page(rows, scope=scope, sort=["-id"], cursor=cursor, limit=limit)
    return {"data": [_payload(actor, row) for row in page], "next_cursor": following}


@router.post(
    "/webhook-sources/{int:webhook_id}/replays", response=CountOut, summary="Take failed payloads again"
)
def replay(request: HttpRequest, webhook_id: int) -> dict[str, int]:
    """With the present mapping. Those that fail again are kept again."""
    webhook = _found(request, webhook_id)
    return {"count": services.replay(actor=actor_of(request), webhook_id=webhook.pk)}


def _found(request: HttpRequest, webhook_id: int) -> Webhook:
    actor = actor_of(request)
    actor.require("data.view")
    return queries.webhook_for(actor, webhook_id)


def _payload(actor: Actor, row: Received) -> dict[str, Any]:
    shown = ReceivedOut.model_fields.keys() - {"payload"}
    return {name: getattr(row, name) for name in shown} | {"payload": queries.payload_of(actor, row)}


def _out(request: HttpRequest, webhook: Webhook) -> dict[str, Any]:
    actor = actor_of(request)
    counts = queries.counts(actor, webhook)
    plain = ("id", "source_id", "signing", "header", "prefix", "tolerance_seconds", "per_minute", "mapping")
    return {name: getattr(webhook, name) for name in plain} | {
        "name": webhook.source.name,
        "address": addresses.of(webhook) if actor.may("data.edit") else None,
        "mapped_at": webhook.mapped_at,
        "failed": counts[Received.State.FAILED],
        "waiting": counts[Received.State.WAITING],
    }
