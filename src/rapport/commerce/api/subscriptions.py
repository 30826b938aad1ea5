"""Subscriptions over the API."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router

from rapport.commerce.models import Subscription
from rapport.commerce.queries import orders as queries
from rapport.core.access import actor_of
from rapport.core.api import Limit, Page, Schema, cursor_page
from rapport.people import queries as people

router = Router(tags=["orders"])
SubscriptionState = Literal["active", "paused", "failing", "cancelled", "expired"]


class SubscriptionOut(Schema):
    """An order that repeats. `renewals` counts those that were told of."""

    id: uuid.UUID
    subscription_id: str
    store: str
    person_id: uuid.UUID | None
    state: str
    plan: str
    interval: str
    currency: str
    amount: Decimal
    started_at: dt.datetime
    renewed_at: dt.datetime | None
    renews_at: dt.datetime | None
    ended_at: dt.datetime | None
    renewals: int
    reason: str


def subscription_out(row: Subscription) -> dict[str, Any]:
    names = [name for name in SubscriptionOut.model_fields if name != "subscription_id"]
    return {name: getattr(row, name) for name in names} | {"subscription_id": row.external_id}


@router.get("/subscriptions", response=Page[SubscriptionOut], summary="List subscriptions, the newest first")
def list_subscriptions(
    request: HttpRequest, limit: Limit, state: SubscriptionState | None = None, cursor: str | None = None
) -> Any:
    rows = queries.subscriptions(actor_of(request))
    rows = rows.filter(state=state) if state else rows
    return _page(rows, "subscriptions", limit, cursor)


@router.get("/subscriptions/{uuid:subscription_id}", response=SubscriptionOut, summary="Get a subscription")
def get_subscription(request: HttpRequest, subscription_id: uuid.UUID) -> Any:
    return subscription_out(queries.subscription_for(actor_of(request), subscription_id))


@router.get(
    "/people/{uuid:person_id}/subscriptions",
    response=Page[SubscriptionOut],
    summary="List a person's subscriptions, the newest first",
)
def list_subscriptions_of_person(
    request: HttpRequest, person_id: uuid.UUID, limit: Limit, cursor: str | None = None
) -> Any:
    actor = actor_of(request)
    rows = queries.subscriptions_of(actor, people.person_for(actor, person_id))
    return _page(rows, f"subscriptions:{person_id}", limit, cursor)


def _page(rows: Any, scope: str, limit: int, cursor: str | None) -> dict[str, Any]:
    page, following = cursor_page(rows, scope=scope, sort=("-started_at", "id"), cursor=cursor, limit=limit)
    return {"data": [subscription_out(row) for row in page], "next_cursor": following}
