"""Points that partners book over the API, each with a key of its own."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Limit, Page, Problem, Schema, cursor_page
from rapport.loyalty.queries import partners as queries
from rapport.loyalty.services import partners
from rapport.loyalty.services.points import Conflict

router = Router(tags=["loyalty"])


class PartnerEntryIn(InputSchema):
    """Points for whoever showed the card; or, with `reverses`, the key of a booking that is taken back whole."""

    key: str = Field(min_length=1, max_length=200)
    card_number: str = Field("", max_length=64)
    points: int = Field(0, ge=0, le=10**9)
    note: str = Field("", max_length=200)
    reverses: str = Field("", max_length=200)


class PartnerEntry(Schema):
    """A line of the partner's statement. Of the member it says nothing."""

    id: int
    key: str
    points: int
    at: dt.datetime
    note: str


@router.get(
    "/loyalty/partners/{key}/entries",
    response=Page[PartnerEntry],
    summary="List what a partner booked, the newest first",
)
def list_partner_entries(request: HttpRequest, key: str, limit: Limit, cursor: str | None = None) -> Any:
    partner = queries.partner_for(actor_of(request), key)
    rows = queries.entries_of(partner)
    scope = f"loyalty-partner:{partner.pk}"
    page, following = cursor_page(rows, scope=scope, sort=("-at", "-id"), cursor=cursor, limit=limit)
    return {"data": page, "next_cursor": following}


@router.post(
    "/loyalty/partners/{key}/entries",
    response={201: PartnerEntry},
    summary="Book points as a partner, or take them back",
)
def book_as_partner(request: HttpRequest, key: str, body: PartnerEntryIn) -> Any:
    actor = actor_of(request)
    partner = queries.partner_for(actor, key)
    try:
        booking = partners.PartnerBooking(**body.model_dump())
        return Status(201, partners.book(actor=actor, partner=partner, booking=booking))
    except Conflict as error:
        raise Problem(409, str(error), {"/body/key": str(error)}) from error
