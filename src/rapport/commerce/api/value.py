"""What customers are worth, and exchange rates, over the API."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any, Literal

from django.http import Http404, HttpRequest
from ninja import Field, Router

from rapport.commerce.models import ExchangeRate, ValueReport
from rapport.commerce.queries import value as queries
from rapport.commerce.services import exchange_rates
from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Limit, Page, Problem, Schema, cursor_page
from rapport.core.money import MoneyError, currency_code
from rapport.people import queries as people

router = Router(tags=["orders"])
CustomerGroup = Literal[
    "champions",
    "loyal",
    "promising",
    "new",
    "attention",
    "cooling",
    "at_risk",
    "must_keep",
    "dormant",
    "lost",
]


class ValueOut(Schema):
    """What somebody is worth, in `currency`; `unconverted` orders have no exchange rate and are not in the sums."""

    group: CustomerGroup
    recency: int
    frequency: int
    monetary: int
    why: list[str]
    currency: str
    orders: int
    days: int
    net: Decimal
    average: Decimal | None
    unconverted: int
    margin: Decimal | None
    margin_of: Decimal | None
    first_at: dt.datetime
    last_at: dt.datetime
    interval_days: Decimal | None
    expected_at: dt.datetime | None
    at: dt.datetime | None


class ExchangeRateOut(Schema):
    """So many units of the currency were one euro on that day."""

    day: dt.date
    currency: str
    per_euro: Decimal


class ExchangeRateIn(InputSchema):
    day: dt.date
    currency: str
    per_euro: Decimal


class ExchangeRatesIn(InputSchema):
    rates: list[ExchangeRateIn] = Field(max_length=10_000)


class ExchangeRatesTaken(Schema):
    rates: int


@router.get(
    "/people/{uuid:person_id}/value", response=ValueOut, summary="Get what a person is worth, and why"
)
def get_value(request: HttpRequest, person_id: uuid.UUID) -> Any:
    """As it was worked out last; 404 for who has not ordered anything by then."""
    actor = actor_of(request)
    worth = queries.value_of(actor, people.person_for(actor, person_id))
    if worth is None:
        raise Http404
    return queries.as_json(worth, ValueReport.objects.first())


@router.get("/exchange-rates", response=Page[ExchangeRateOut], summary="List exchange rates, newest first")
def list_rates(
    request: HttpRequest,
    limit: Limit,
    currency: str | None = None,
    day: dt.date | None = None,
    cursor: str | None = None,
) -> Any:
    actor_of(request).require("orders.view")
    rows = ExchangeRate.objects.all()
    rows = rows.filter(currency=currency.upper()) if currency else rows
    rows = rows.filter(day=day) if day else rows
    page, following = cursor_page(
        rows, scope="exchange-rates", sort=("-day", "id"), cursor=cursor, limit=limit
    )
    return {"data": page, "next_cursor": following}


@router.put(
    "/exchange-rates", response=ExchangeRatesTaken, summary="Add exchange rates, or replace those of a day"
)
def put_rates(request: HttpRequest, body: ExchangeRatesIn) -> Any:
    actor = actor_of(request)
    actor.require("orders.edit")
    try:
        rates = [
            exchange_rates.Rate(rate.day, currency_code(rate.currency), rate.per_euro) for rate in body.rates
        ]
    except MoneyError as error:
        raise Problem(422, str(error), {"/body/rates": str(error)}) from error
    return {"rates": exchange_rates.put(actor=actor, rates=rates)}
