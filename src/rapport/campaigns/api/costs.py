"""Costs of channels and campaigns over the API."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Router, Status

from rapport.campaigns.queries.costs import costs
from rapport.campaigns.services import costs as services
from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Limit, Page, Problem, Schema, cursor_page
from rapport.core.money import MoneyError, currency_code

router = Router(tags=["campaigns"])


class CostOut(Schema):
    """What a channel, or one campaign of it, cost from the first day to the last."""

    id: int
    first: dt.date
    last: dt.date
    channel: str
    campaign: str
    amount: Decimal
    currency: str


class CostIn(InputSchema):
    """`last` is the first day, if it is left out; `campaign` empty for the channel as a whole."""

    first: dt.date
    last: dt.date | None = None
    channel: str = Field(min_length=1, max_length=40)
    campaign: str = Field("", max_length=200)
    amount: Decimal
    currency: str


class CostsIn(InputSchema):
    costs: list[CostIn] = Field(max_length=services.MOST)


class CostsTaken(Schema):
    costs: int


@router.get("/costs", response=Page[CostOut], summary="List costs, newest first")
def list_costs(request: HttpRequest, limit: Limit, cursor: str | None = None) -> Any:
    rows = costs(actor_of(request))
    page, following = cursor_page(rows, scope="costs", sort=("-last", "id"), cursor=cursor, limit=limit)
    return {"data": page, "next_cursor": following}


@router.put("/costs", response=CostsTaken, summary="Add costs, or replace those of the same days")
def put_costs(request: HttpRequest, body: CostsIn) -> Any:
    actor = actor_of(request)
    actor.require("campaigns.edit")
    try:
        given = [
            services.Given(
                cost.first, cost.last or cost.first, cost.channel.lower(), cost.campaign, cost.amount,
                currency_code(cost.currency),
            )
            for cost in body.costs
        ]  # fmt: skip
        return {"costs": services.put(actor=actor, costs=given)}
    except MoneyError as error:
        raise Problem(422, str(error), {"/body/costs": str(error)}) from error
    except ValidationError as error:
        words = " ".join(error.messages)
        raise Problem(422, words, {"/body/costs": words}) from error


@router.delete("/costs/{int:cost_id}", response={204: None}, summary="Remove a cost")
def remove_cost(request: HttpRequest, cost_id: int) -> Any:
    actor = actor_of(request)
    actor.require("campaigns.edit")
    services.remove(actor=actor, cost=get_object_or_404(costs(actor), pk=cost_id))
    return Status(204, None)
