"""Orders, carts, returns and subscriptions over the API."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Status
from pydantic import AwareDatetime, StringConstraints

from rapport.commerce.models import Order, Return
from rapport.commerce.queries import orders as queries
from rapport.commerce.services.orders import requests
from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Limit, Page, Problem, Schema, cursor_page
from rapport.people import queries as people

router = Router(tags=["orders"])
OrderState = Literal[
    "incomplete", "refund_only", "open", "part_shipped", "shipped", "delivered", "part_returned", "returned",
    "cancelled",
]  # fmt: skip
Amount = Annotated[Decimal, Field(description="A decimal number, also as text.")]


class OrderLineIn(InputSchema):
    """One product of an order."""

    product_id: str = ""
    sku: str = ""
    variant: str = ""
    name: str = ""
    category: str = ""
    brand: str = ""
    quantity: Decimal = Decimal(1)
    price: Decimal | None = None
    discount: Decimal | None = None
    tax: Decimal | None = None
    line_id: str = ""


class OrderIn(InputSchema):
    """An order, or what became of it (`event`). What is left out stays as it is."""

    order_id: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=254)]
    store: Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)] = ""
    event: str = Field(
        "Order Completed", max_length=200, description="A name of the e-commerce specification."
    )
    person: dict[str, str] = Field(
        default_factory=dict, description="Identifiers by type (`user_id`, `email`, `loyalty_card`), or `id`."
    )
    at: dt.datetime | None = None
    message_id: str = Field("", max_length=100)
    order_number: Annotated[str, StringConstraints(strip_whitespace=True, max_length=254)] = Field(
        "", description="What customers call it, where that is not `order_id`."
    )
    currency: str = ""
    total: Decimal | None = None
    subtotal: Decimal | None = None
    discount: Decimal | None = None
    shipping: Decimal | None = None
    tax: Decimal | None = None
    coupon: str = ""
    products: list[OrderLineIn] | None = Field(None, max_length=10_000)
    status: str = ""
    reason: str = ""
    amount: Decimal | None = None
    payment_id: str = ""
    payment_method: str = ""
    refund_id: str = ""
    refunded_at: str = ""
    return_id: str = ""
    shipment_id: str = ""
    tracking_number: str = ""
    tracking_url: str = ""
    carrier: str = ""
    estimated_delivery: str = ""
    exchange_order_id: str = ""
    subscription_id: str = ""
    cart_id: str = ""
    company_id: str = ""
    country: str = ""
    affiliation: str = ""


class OrderTaken(Schema):
    """The order stands under this id as soon as its event was processed, mostly within a second."""

    id: uuid.UUID
    order_id: str
    event: str
    message_id: str


class OrderLineOut(Schema):
    product_id: str
    sku: str
    variant: str
    name: str
    quantity: Decimal
    price: Decimal | None
    discount: Decimal
    tax: Decimal
    amount: Decimal
    returned: Decimal


class ParcelOut(Schema):
    id: uuid.UUID
    sent_at: dt.datetime
    carrier: str
    tracking_number: str
    tracking_url: str
    expected_at: dt.datetime | None
    delivered_at: dt.datetime | None


class ReturnOut(Schema):
    id: uuid.UUID
    order: uuid.UUID
    order_id: str
    return_id: str
    state: str
    at: dt.datetime
    reason: str
    is_exchange: bool
    exchange_order_id: str
    products: list[dict[str, Any]]


class OrderOut(Schema):
    id: uuid.UUID
    order_id: str
    order_number: str
    store: str
    person_id: uuid.UUID | None
    company_id: uuid.UUID | None
    state: str
    payment_state: str
    placed_at: dt.datetime
    changed_at: dt.datetime
    cancelled_at: dt.datetime | None
    currency: str
    subtotal: Decimal
    discount: Decimal
    shipping: Decimal
    tax: Decimal
    total: Decimal
    paid: Decimal
    refunded: Decimal
    net: Decimal
    coupons: list[dict[str, Any]]
    country: str
    expected_at: dt.datetime | None
    problems: list[dict[str, Any]]


class OrderDetails(OrderOut):
    products: list[OrderLineOut]
    parcels: list[ParcelOut]
    returns: list[ReturnOut]


class OrderQuery(Schema):
    """What to list."""

    state: OrderState | None = None
    order_id: str | None = None
    order_number: str | None = None
    store: str | None = None
    placed_since: AwareDatetime | None = None


def order_out(row: Order) -> dict[str, Any]:
    own = {"order_id": row.external_id, "order_number": str(row)}
    return {name: getattr(row, name) for name in OrderOut.model_fields if name not in own} | own


def return_out(row: Return) -> dict[str, Any]:
    return {
        "id": row.pk, "order": row.order_id, "order_id": row.order.external_id, "return_id": row.reference,
        "state": row.state, "at": row.at, "reason": row.reason, "is_exchange": row.is_exchange,
        "exchange_order_id": row.replaced_by, "products": row.lines,
    }  # fmt: skip


def _details(row: Order) -> dict[str, Any]:
    lines = [
        {
            "product_id": line.product_ref, "sku": line.sku, "variant": line.variant_ref, "name": line.name,
            "quantity": line.quantity, "price": line.price, "discount": line.discount, "tax": line.tax,
            "amount": line.amount, "returned": line.returned,
        }
        for line in row.lines.order_by("position")
    ]  # fmt: skip
    parcels = [
        {
            "id": parcel.pk, "sent_at": parcel.at, "carrier": parcel.carrier, "tracking_number": parcel.tracking,
            "tracking_url": parcel.tracking_url, "expected_at": parcel.expected_at, "delivered_at": parcel.delivered_at,
        }
        for parcel in row.parcels.order_by("at", "pk")
    ]  # fmt: skip
    returns = [return_out(back) for back in row.returns.select_related("order").order_by("at", "pk")]
    return order_out(row) | {"products": lines, "parcels": parcels, "returns": returns}


@router.get("/orders", response=Page[OrderOut], summary="List orders, newest first")
def list_orders(
    request: HttpRequest, limit: Limit, only: Annotated[OrderQuery, Query()], cursor: str | None = None
) -> Any:
    rows = queries.orders(actor_of(request))
    conditions = {
        "state": only.state, "external_id": only.order_id, "number": only.order_number, "store": only.store,
        "placed_at__gte": only.placed_since,
    }  # fmt: skip
    rows = rows.filter(**{name: value for name, value in conditions.items() if value is not None})
    page, following = cursor_page(rows, scope="orders", sort=("-placed_at", "id"), cursor=cursor, limit=limit)
    return {"data": [order_out(row) for row in page], "next_cursor": following}


@router.post("/orders", response={202: OrderTaken}, summary="Tell of an order, or of what became of it")
def put_order(request: HttpRequest, body: OrderIn) -> Any:
    content = body.model_dump(
        exclude_unset=True, exclude={"event", "person", "at", "message_id"}, mode="json"
    )
    try:
        taken = requests.put_order(
            actor=actor_of(request), event=body.event, properties=content, person=body.person, at=body.at,
            message_id=body.message_id,
        )  # fmt: skip
    except requests.NotAnOrderEvent as error:
        raise Problem(
            422, "The event is not about orders.", {"/body/event": "not a name of an order's event"}
        ) from error
    answer = {"id": taken.id, "order_id": body.order_id, "event": taken.event, "message_id": taken.message_id}
    return Status(202, answer)


@router.get(
    "/orders/{uuid:order_id}", response=OrderDetails, summary="Get an order with its parcels and returns"
)
def get_order(request: HttpRequest, order_id: uuid.UUID) -> Any:
    return _details(queries.order_for(actor_of(request), order_id))


@router.get(
    "/people/{uuid:person_id}/orders", response=Page[OrderOut], summary="List a person's orders, newest first"
)
def list_orders_of_person(
    request: HttpRequest, person_id: uuid.UUID, limit: Limit, cursor: str | None = None
) -> Any:
    actor = actor_of(request)
    rows = queries.orders_of(actor, people.person_for(actor, person_id))
    scope = f"orders:{person_id}"
    page, following = cursor_page(rows, scope=scope, sort=("-placed_at", "id"), cursor=cursor, limit=limit)
    return {"data": [order_out(row) for row in page], "next_cursor": following}


@router.get("/returns", response=Page[ReturnOut], summary="List returns and exchanges, newest first")
def list_returns(request: HttpRequest, limit: Limit, cursor: str | None = None) -> Any:
    rows = queries.returns(actor_of(request))
    page, following = cursor_page(rows, scope="returns", sort=("-at", "id"), cursor=cursor, limit=limit)
    return {"data": [return_out(row) for row in page], "next_cursor": following}
