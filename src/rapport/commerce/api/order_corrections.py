"""Corrections of orders over the API."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Status

from rapport.commerce.queries import orders as queries
from rapport.commerce.services.orders import corrections
from rapport.core.access import actor_of
from rapport.core.api import InputSchema

router = Router(tags=["orders"])


class ReassignmentIn(InputSchema):
    person_id: uuid.UUID


class LeftOutIn(InputSchema):
    message_id: str = Field(min_length=1, max_length=100, description="Of the event that does not count.")


@router.put(
    "/orders/{uuid:order_id}/customer", response={202: None}, summary="Give an order to another customer"
)
def reassign_order(request: HttpRequest, order_id: uuid.UUID, body: ReassignmentIn) -> Any:
    """By the event `Order Reassigned`. Points, value and timelines follow as soon as it was processed."""
    actor = actor_of(request)
    order = queries.order_for(actor, order_id)
    corrections.reassign(actor=actor, order=order, person_id=body.person_id)
    return Status(202, None)


@router.post(
    "/orders/{uuid:order_id}/left-out",
    response={202: None},
    summary="Leave out what an event said of an order",
)
def leave_out_of_order(request: HttpRequest, order_id: uuid.UUID, body: LeftOutIn) -> Any:
    """By the event `Order Withdrawn`; the event itself stays in the event store."""
    actor = actor_of(request)
    order = queries.order_for(actor, order_id)
    corrections.leave_out(actor=actor, order=order, message_id=body.message_id)
    return Status(202, None)


@router.delete(
    "/orders/{uuid:order_id}/left-out/{message_id}",
    response={202: None},
    summary="Count again what was left out",
)
def count_again_for_order(request: HttpRequest, order_id: uuid.UUID, message_id: str) -> Any:
    actor = actor_of(request)
    order = queries.order_for(actor, order_id)
    corrections.count_again(actor=actor, order=order, message_id=message_id)
    return Status(202, None)
