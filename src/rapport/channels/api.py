"""The REST API of channels and their accounts. Secrets go in and never come out."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from rapport.channels import addresses, queries
from rapport.channels.models import ChannelAccount
from rapport.channels.registry import CHANNELS, adapters_of
from rapport.channels.services import accounts, trials
from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Page, Schema, cursor_page, refusals
from rapport.core.api.pages import Cursor, Limit
from rapport.core.clock import clock_of

router = Router(tags=["channels"])


class FieldOut(Schema):
    key: str
    label: str
    kind: str
    limit: int
    required: bool


class ChannelOut(Schema):
    """`identifier` is the type of identifier that is its address; `usable`: whether anything can be sent over it."""

    key: str
    label: str
    identifier: str
    usable: bool
    adapters: list[str]
    fields: list[FieldOut]


class AccountIn(InputSchema):
    """`settings` by the names that the reference of channels gives; an empty secret keeps the present one."""

    adapter: str
    name: str = Field(max_length=120)
    stream: str = "both"
    settings: dict[str, Any] = {}


class AccountPatch(InputSchema):
    name: str | None = Field(None, max_length=120)
    stream: str | None = None
    settings: dict[str, Any] | None = None
    disabled: bool | None = None


class AccountOut(Schema):
    """`address` is what the provider is to call; empty where the adapter reads no calls."""

    id: int
    channel: str
    adapter: str
    name: str
    stream: str
    settings: dict[str, Any]
    address: str
    disabled_at: dt.datetime | None
    last_success_at: dt.datetime | None
    last_error_at: dt.datetime | None
    last_error: str
    last_call_at: dt.datetime | None
    calls_refused: int

    @staticmethod
    def resolve_address(row: ChannelAccount) -> str:
        return addresses.called(row)


class TestIn(InputSchema):
    address: str = Field(max_length=254)


class TestOut(Schema):
    result: str
    code: str
    detail: str
    provider_id: str


class StandingOut(Schema):
    """One thing the provider says, in the words of the reader's language."""

    name: str
    value: str


_refusals = partial(refusals, "The account cannot work this way.")


@router.get(
    "", response=list[ChannelOut], summary="List the channels there are, and whether they can be used"
)
def list_channels(request: HttpRequest) -> Any:
    actor_of(request).require("channels.view")
    usable = {kind.key for kind in queries.usable_channels()}
    return [
        {
            "key": kind.key,
            "label": str(kind.label),
            "identifier": kind.identifier,
            "usable": kind.key in usable,
            "adapters": [way.key for way in adapters_of(kind.key)],
            "fields": [
                {
                    "key": field.key,
                    "label": str(field.label),
                    "kind": field.kind,
                    "limit": field.limit,
                    "required": field.required,
                }
                for field in kind.fields
            ],
        }
        for kind in CHANNELS
    ]


@router.get("/accounts", response=Page[AccountOut], summary="List channel accounts")
def list_accounts(request: HttpRequest, limit: Limit, cursor: Cursor = None) -> Any:
    rows = queries.accounts(actor_of(request))
    data, following = cursor_page(rows, scope="channel accounts", sort=("id",), cursor=cursor, limit=limit)
    return {"data": data, "next_cursor": following}


@router.post("/accounts", response={201: AccountOut}, summary="Set up a channel account")
def create_account(request: HttpRequest, body: AccountIn) -> Any:
    with _refusals():
        row = accounts.create(
            actor=actor_of(request),
            adapter=body.adapter,
            name=body.name,
            stream=body.stream,
            values=body.settings,
            clock=clock_of(request),
        )
    return Status(201, row)


@router.get("/accounts/{int:account_id}", response=AccountOut, summary="Get a channel account")
def get_account(request: HttpRequest, account_id: int) -> Any:
    return queries.account_for(actor_of(request), account_id)


@router.patch("/accounts/{int:account_id}", response=AccountOut, summary="Change a channel account")
def change_account(request: HttpRequest, account_id: int, body: AccountPatch) -> Any:
    actor, clock = actor_of(request), clock_of(request)
    with _refusals():
        if body.name is not None or body.stream is not None or body.settings is not None:
            accounts.change(
                actor=actor,
                account_id=account_id,
                name=body.name,
                stream=body.stream,
                values=body.settings,
                clock=clock,
            )
        if body.disabled is not None:
            accounts.disable(actor=actor, account_id=account_id, undo=not body.disabled, clock=clock)
    return queries.account_for(actor, account_id)


@router.post("/accounts/{int:account_id}/test", response=TestOut, summary="Send a test over an account")
def test_account(request: HttpRequest, account_id: int, body: TestIn) -> Any:
    with _refusals():
        outcome = trials.send_test(
            actor=actor_of(request), account_id=account_id, address=body.address, clock=clock_of(request)
        )
    return {
        "result": outcome.result.value,
        "code": outcome.code,
        "detail": outcome.detail,
        "provider_id": outcome.provider_id,
    }


@router.post(
    "/accounts/{int:account_id}/inspection",
    response=list[StandingOut],
    summary="Ask the provider how an account stands",
)
def inspect_account(request: HttpRequest, account_id: int) -> Any:
    with _refusals():
        rows = trials.inspect(actor=actor_of(request), account_id=account_id, clock=clock_of(request))
    return [{"name": name, "value": value} for name, value in rows]
