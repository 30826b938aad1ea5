"""The REST API of senders and sending domains. Private keys never come out."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import EmailStr, Field

from rapport.channels import queries
from rapport.channels.email import queries as email
from rapport.channels.email.checks import dkim_record
from rapport.channels.email.models import DkimKey, SendingDomain
from rapport.channels.email.services import checking, domains, limits, senders
from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Page, Schema, cursor_page, refusals
from rapport.core.api.pages import Cursor, Limit
from rapport.core.clock import clock_of

router = Router(tags=["senders"])
Stream = Literal["marketing", "transactional"]


class SenderOut(Schema):
    stream: Stream
    name: str
    address: str
    reply_to: str


class SenderIn(InputSchema):
    name: str = Field("", max_length=120)
    address: EmailStr
    reply_to: EmailStr | Literal[""] = ""


class KeyOut(Schema):
    """`name` and `record` are what has to stand in DNS. `state`: new, signing or retired."""

    selector: str
    state: str
    name: str
    record: str
    created_at: dt.datetime

    @staticmethod
    def resolve_name(row: DkimKey) -> str:
        return f"{row}.{row.domain.name}"

    @staticmethod
    def resolve_record(row: DkimKey) -> str:
        return dkim_record(row.public)


class RecordOut(Schema):
    """`state`: right, missing, differs or unknown; `expected` is what to put at `name`, `read` what stands there."""

    record: str
    state: str
    name: str
    kind: str
    expected: str
    read: list[str]
    words: str


class DomainOut(Schema):
    id: int
    name: str
    created_at: dt.datetime
    checked_at: dt.datetime | None
    passed: bool | None
    keys: list[KeyOut]
    records: list[RecordOut]
    warmup_from: dt.date | None
    warmup_first: int
    warmup_growth: int
    warmup_target: int


class DomainIn(InputSchema):
    name: str = Field(max_length=254)


class WarmupIn(InputSchema):
    """Without a `start` there is no plan."""

    start: dt.date | None
    first: int = Field(50, ge=1, le=1_000_000)
    growth: int = Field(50, ge=1, le=300)
    target: int = Field(50_000, ge=1, le=100_000_000)


class ProviderIn(InputSchema):
    """Without a limit, null."""

    per_minute: int | None = Field(ge=1, le=1_000_000)


class ProviderOut(Schema):
    """`rests_until` and `answer`: it asked to send more slowly, and what it said."""

    provider: str
    per_minute: int | None
    rests_until: dt.datetime | None
    answer: str


def _out(domain: SendingDomain) -> dict[str, Any]:
    check = email.latest_check(domain)
    names = ("id", "name", "created_at", "warmup_from", "warmup_first", "warmup_growth", "warmup_target")
    return {
        **{name: getattr(domain, name) for name in names},
        "checked_at": check.checked_at if check else None,
        "passed": check.passed if check else None,
        "keys": list(domain.keys.select_related("domain").order_by("-pk")),
        "records": [_record(record) for record in email.records(check)] if check else [],
    }


def _record(record: email.Record) -> dict[str, Any]:
    names = ("record", "state", "name", "kind", "expected", "read")
    return {**{name: getattr(record, name) for name in names}, "words": str(record.words)}


@router.get("/senders", response=list[SenderOut], summary="List whom messages come from")
def list_senders(request: HttpRequest) -> Any:
    actor_of(request).require("channels.view")
    return list(queries.identities().values())


@router.put("/senders/{stream}", response=SenderOut, summary="Set the sender of a stream")
def set_sender(request: HttpRequest, stream: Stream, body: SenderIn) -> Any:
    with refusals("The sender cannot be set."):
        senders.set_sender(
            actor=actor_of(request), stream=stream, clock=clock_of(request), **body.model_dump()
        )
    return queries.identities()[stream]


@router.get("/sending-domains", response=Page[DomainOut], summary="List sending domains")
def list_domains(request: HttpRequest, limit: Limit, cursor: Cursor = None) -> Any:
    rows = email.all_domains(actor_of(request))
    data, following = cursor_page(rows, scope="sending domains", sort=("id",), cursor=cursor, limit=limit)
    return {"data": [_out(row) for row in data], "next_cursor": following}


@router.post("/sending-domains", response={201: DomainOut}, summary="Add a sending domain")
def add_domain(request: HttpRequest, body: DomainIn) -> Any:
    with refusals("The domain cannot be added."):
        row = domains.add_domain(actor=actor_of(request), name=body.name, clock=clock_of(request))
    return Status(201, _out(row))


@router.get("/sending-domains/{int:domain_id}", response=DomainOut, summary="Get a sending domain")
def get_domain(request: HttpRequest, domain_id: int) -> Any:
    return _out(email.domain_for(actor_of(request), domain_id))


@router.delete("/sending-domains/{int:domain_id}", response={204: None}, summary="Remove a sending domain")
def remove_domain(request: HttpRequest, domain_id: int) -> Any:
    actor = actor_of(request)
    with refusals("The domain cannot be removed."):
        domains.remove_domain(actor=actor, domain=email.domain_for(actor, domain_id))
    return Status(204, None)


@router.post("/sending-domains/{int:domain_id}/check", response=DomainOut, summary="Check a domain now")
def check_domain(request: HttpRequest, domain_id: int) -> Any:
    actor = actor_of(request)
    row = email.domain_for(actor, domain_id)
    checking.check_domain(actor=actor, domain=row, clock=clock_of(request))
    return _out(row)


@router.post("/sending-domains/{int:domain_id}/keys", response={201: DomainOut}, summary="Make a new key")
def make_key(request: HttpRequest, domain_id: int) -> Any:
    actor = actor_of(request)
    row = email.domain_for(actor, domain_id)
    with refusals("No key can be made."):
        domains.make_key(actor=actor, domain=row, clock=clock_of(request))
    return Status(201, _out(row))


@router.put("/sending-domains/{int:domain_id}/warmup", response=DomainOut, summary="Set the warm-up plan")
def set_warmup(request: HttpRequest, domain_id: int, body: WarmupIn) -> Any:
    actor = actor_of(request)
    row = email.domain_for(actor, domain_id)
    domains.set_warmup(actor=actor, domain=row, **body.model_dump())
    return _out(row)


@router.get("/mailbox-providers", response=list[ProviderOut], summary="List limits of mailbox providers")
def list_providers(request: HttpRequest) -> Any:
    actor_of(request).require("channels.view")
    return list(email.paces(actor_of(request)))


@router.put("/mailbox-providers/{provider}", response=ProviderOut, summary="Limit a mailbox provider")
def limit_provider(request: HttpRequest, provider: str, body: ProviderIn) -> Any:
    with refusals("The provider cannot be limited."):
        return limits.set_limit(actor=actor_of(request), provider=provider, per_minute=body.per_minute)
