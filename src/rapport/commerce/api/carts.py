"""Carts over the API."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router

from rapport.commerce.models import Cart
from rapport.commerce.queries import orders as queries
from rapport.core.access import actor_of
from rapport.core.api import Limit, Page, Schema, cursor_page

router = Router(tags=["orders"])
CartState = Literal["open", "checkout", "abandoned", "ordered", "empty"]


class CartOut(Schema):
    id: uuid.UUID
    cart_id: str
    person_id: uuid.UUID | None
    state: str
    opened_at: dt.datetime
    changed_at: dt.datetime
    abandoned_at: dt.datetime | None
    order: uuid.UUID | None
    currency: str
    total: Decimal
    products: list[dict[str, Any]]


@router.get("/carts", response=Page[CartOut], summary="List carts, the one that changed last first")
def list_carts(
    request: HttpRequest,
    limit: Limit,
    state: CartState | None = None,
    cursor: str | None = None,
) -> Any:
    rows = queries.carts(actor_of(request))
    rows = rows.filter(state=state) if state else rows
    page, following = cursor_page(rows, scope="carts", sort=("-changed_at", "id"), cursor=cursor, limit=limit)
    return {"data": [_cart(row) for row in page], "next_cursor": following}


@router.get("/carts/{uuid:cart_id}", response=CartOut, summary="Get a cart")
def get_cart(request: HttpRequest, cart_id: uuid.UUID) -> Any:
    return _cart(queries.cart_for(actor_of(request), cart_id))


def _cart(row: Cart) -> dict[str, Any]:
    names = ("id", "person_id", "state", "opened_at", "changed_at", "abandoned_at", "currency", "total")
    return {name: getattr(row, name) for name in names} | {
        "cart_id": row.external_id, "order": row.order_id, "products": row.lines,
    }  # fmt: skip
