"""The REST API of the mailboxes that are read. Passwords go in and never come out."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Page, Schema, cursor_page, refusals
from rapport.core.api.pages import Cursor, Limit
from rapport.core.clock import clock_of
from rapport.messaging import queries
from rapport.messaging.services import mailboxes

router = Router(tags=["channels"])


class MailboxIn(InputSchema):
    """`security` is tls, starttls or none; `takes` all or reports; `after` seen, move or leave."""

    name: str = Field("", max_length=120)
    host: str = Field(max_length=253)
    port: int = Field(993, ge=1, le=65535)
    security: str = "tls"
    username: str = Field(max_length=254)
    password: str = Field("", max_length=1000)
    token_url: str = Field("", max_length=500)
    client_id: str = Field("", max_length=254)
    client_secret: str = Field("", max_length=4000)
    refresh_token: str = Field("", max_length=4000)
    folder: str = Field("INBOX", max_length=254)
    takes: str = "all"
    after: str = "seen"
    move_to: str = Field("", max_length=254)
    unsubscribe_address: str = Field("", max_length=254)


class MailboxPatch(InputSchema):
    name: str | None = Field(None, max_length=120)
    host: str | None = Field(None, max_length=253)
    port: int | None = Field(None, ge=1, le=65535)
    security: str | None = None
    username: str | None = Field(None, max_length=254)
    password: str | None = Field(None, max_length=1000)
    token_url: str | None = Field(None, max_length=500)
    client_id: str | None = Field(None, max_length=254)
    client_secret: str | None = Field(None, max_length=4000)
    refresh_token: str | None = Field(None, max_length=4000)
    folder: str | None = Field(None, max_length=254)
    takes: str | None = None
    after: str | None = None
    move_to: str | None = Field(None, max_length=254)
    unsubscribe_address: str | None = Field(None, max_length=254)
    disabled: bool | None = None


class MailboxOut(Schema):
    id: int
    name: str
    host: str
    port: int
    security: str
    username: str
    token_url: str
    client_id: str
    folder: str
    takes: str
    after: str
    move_to: str
    unsubscribe_address: str
    disabled_at: dt.datetime | None
    last_success_at: dt.datetime | None
    last_mail_at: dt.datetime | None
    last_error_at: dt.datetime | None
    last_error: str


class TestedOut(Schema):
    works: bool
    words: str


class MailOut(Schema):
    id: int
    kind: str
    outcome: str
    reason: str
    address: str
    delivery_id: str | None
    size: int
    received_at: dt.datetime
    read_at: dt.datetime

    @staticmethod
    def resolve_delivery_id(row: Any) -> str | None:
        return str(row.delivery_id) if row.delivery_id else None


_refusals = partial(refusals, "The mailbox cannot be read this way.")


@router.get("", response=Page[MailboxOut], summary="List mailboxes")
def list_mailboxes(request: HttpRequest, limit: Limit, cursor: Cursor = None) -> Any:
    rows = queries.mailboxes(actor_of(request)).order_by("id")
    data, following = cursor_page(rows, scope="mailboxes", sort=("id",), cursor=cursor, limit=limit)
    return {"data": data, "next_cursor": following}


@router.post("", response={201: MailboxOut}, summary="Set up a mailbox")
def create_mailbox(request: HttpRequest, body: MailboxIn) -> Any:
    with _refusals():
        values = body.model_dump()
        return Status(201, mailboxes.create(actor=actor_of(request), values=values, clock=clock_of(request)))


@router.get("/{int:mailbox_id}", response=MailboxOut, summary="Get a mailbox")
def get_mailbox(request: HttpRequest, mailbox_id: int) -> Any:
    return queries.mailbox_for(actor_of(request), mailbox_id)


@router.patch("/{int:mailbox_id}", response=MailboxOut, summary="Change a mailbox")
def change_mailbox(request: HttpRequest, mailbox_id: int, body: MailboxPatch) -> Any:
    actor, clock = actor_of(request), clock_of(request)
    values = {name: value for name, value in body.model_dump().items() if value is not None}
    disabled = values.pop("disabled", None)
    with _refusals():
        if values:
            mailboxes.change(actor=actor, mailbox_id=mailbox_id, values=values, clock=clock)
        if disabled is not None:
            mailboxes.disable(actor=actor, mailbox_id=mailbox_id, undo=not disabled, clock=clock)
    return queries.mailbox_for(actor, mailbox_id)


@router.post("/{int:mailbox_id}/test", response=TestedOut, summary="Test a mailbox")
def test_mailbox(request: HttpRequest, mailbox_id: int) -> Any:
    return mailboxes.try_out(actor=actor_of(request), mailbox_id=mailbox_id, clock=clock_of(request))


@router.get("/{int:mailbox_id}/mails", response=Page[MailOut], summary="List the mails read in a mailbox")
def list_mails(
    request: HttpRequest, mailbox_id: int, limit: Limit, cursor: Cursor = None, outcome: str = ""
) -> Any:
    actor = actor_of(request)
    rows = queries.incoming_mails(actor, queries.mailbox_for(actor, mailbox_id))
    if outcome:
        rows = rows.filter(outcome=outcome)
    rows = rows.order_by("-id")
    data, following = cursor_page(rows, scope="mails", sort=("-id",), cursor=cursor, limit=limit)
    return {"data": data, "next_cursor": following}


@router.post("/mails/{int:mail_id}/retry", response={202: MailOut}, summary="Have a mail read again")
def retry_mail(request: HttpRequest, mail_id: int) -> Any:
    with _refusals():
        mail = mailboxes.retry(actor=actor_of(request), mail_id=mail_id, clock=clock_of(request))
    return Status(202, mail)
