"""Writes folded orders: new ones by COPY, changed ones over what stood there."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rapport.commerce.services.order_facts.copying import copy, existing, replace
from rapport.commerce.services.order_facts.stored import part_id
from rapport.commerce.services.order_facts.structs import ZERO, FactLine
from rapport.commerce.services.orders.states import OrderState, PartState
from rapport.core import sql

Row = tuple[Any, ...]
ORDER = (
    "id", "store", "external_id", "person_id", "home", "company_id", "state", "payment_state", "placed_at",
    "changed_at", "cancelled_at", "cancel_reason", "currency", "subtotal", "discount", "shipping", "tax", "total",
    "paid", "refunded", "net", "items", "coupons", "channel", "country", "cart_ref", "subscription_ref", "problems",
    "expected_at", "projected_at", "is_proven", "number",
)  # fmt: skip
LINE = (
    "order_id", "position", "product_ref", "sku", "variant_ref", "name", "category", "brand", "quantity", "price",
    "discount", "tax", "amount", "returned",
)  # fmt: skip
_PART = ("id", "order_id", "reference", "at")
PAYMENT = (*_PART, "amount", "method", "failed", "reason")
PARCEL = (*_PART, "carrier", "tracking", "tracking_url", "state", "expected_at", "delivered_at", "lines")
RETURN = (*_PART, "state", "reason", "is_exchange", "replaced_by", "lines")
REFUND = (*_PART, "amount", "reason", "lines")
PART_TABLES = (
    "commerce_orderline",
    "commerce_payment",
    "commerce_parcel",
    "commerce_return",
    "commerce_refund",
)


def write(
    orders: Sequence[OrderState],
    people: Mapping[uuid.UUID, uuid.UUID],
    companies: Mapping[str, uuid.UUID],
    *,
    currency: str,
    now: dt.datetime,
) -> None:
    """Writes orders with all that belongs to them, in the caller's transaction."""
    there = existing("commerce_order", [order.id for order in orders])
    if there:
        ids = sql.UuidArray([order.id.bytes for order in orders if order.id in there])
        for table in PART_TABLES:
            sql.run(f"DELETE FROM {table} WHERE order_id = ANY(%b::uuid[])", [ids])
    rows = [(_order(order, people, companies, currency, now), order.id in there) for order in orders]
    copy("commerce_order", ORDER, (row for row, is_there in rows if not is_there))
    replace("commerce_order", ORDER, (row for row, is_there in rows if is_there))
    copy("commerce_orderline", LINE, (row for order in orders for row in _lines(order)))
    copy("commerce_payment", PAYMENT, _part_rows(orders, "payments", _payment))
    copy("commerce_parcel", PARCEL, _part_rows(orders, "parcels", _parcel))
    copy("commerce_return", RETURN, _part_rows(orders, "returns", _return))
    copy("commerce_refund", REFUND, _part_rows(orders, "refunds", _refund))


def _order(
    order: OrderState,
    people: Mapping[uuid.UUID, uuid.UUID],
    companies: Mapping[str, uuid.UUID],
    currency: str,
    now: dt.datetime,
) -> Row:
    coupons = [
        {"code": coupon.code, "name": coupon.name, "amount": _text(coupon.amount)} for coupon in order.coupons
    ]
    return (
        order.id, order.store, order.external_id, people.get(order.home) if order.home else None, order.home,
        companies.get(order.company), order.state, order.payment_state, order.placed_at, order.changed_at,
        order.cancelled_at, order.cancel_reason, order.currency or currency, order.subtotal or ZERO,
        order.discount or ZERO, order.shipping or ZERO, order.tax or ZERO, order.total or ZERO, order.paid,
        order.refunded, order.net, order.items, coupons, order.channel, order.country, order.cart,
        order.subscription, order.problems, _expected(order), now, order.is_proven,
        order.number or order.external_id.removeprefix("refund " if order.state == "refund_only" else ""),
    )  # fmt: skip


def _lines(order: OrderState) -> Iterable[Row]:
    for position, state in enumerate(order.lines):
        line = state.line
        yield (
            order.id, position, line.product or line.sku, line.sku, line.variant, line.name, line.category, line.brand,
            state.quantity, line.price, state.discount, state.tax, state.amount, state.returned,
        )  # fmt: skip


def _part_rows(orders: Sequence[OrderState], name: str, row: Any) -> Iterable[Row]:
    for order in orders:
        for key, part in getattr(order, name).items():
            yield (part_id(order.id, name, key), order.id, part.reference, part.at, *row(part))


def _payment(part: PartState) -> Row:
    return part.amount or ZERO, part.method, part.failed, part.reason


def _parcel(part: PartState) -> Row:
    return (
        part.carrier, part.tracking, part.tracking_url, part.state, moment_of(part.expected), part.delivered_at,
        listed(part.lines),
    )  # fmt: skip


def _return(part: PartState) -> Row:
    return part.state, part.reason, part.is_exchange, part.replaced_by, listed(part.lines)


def _refund(part: PartState) -> Row:
    return part.amount or ZERO, part.reason, listed(part.lines)


def listed(lines: Sequence[FactLine] | None) -> list[dict[str, str]]:
    """Lines as parts of an order keep them."""
    return [
        {"product": line.product or line.sku, "name": line.name, "quantity": _text(abs(line.quantity)) or "0"}
        for line in lines or ()
    ]


def _text(value: Any) -> str | None:
    return None if value is None else f"{value:f}"


def moment_of(text: str) -> dt.datetime | None:
    """A time; a day stands for its end."""
    if not text:
        return None
    moment = dt.datetime.fromisoformat(text)
    if len(text) == 10:
        moment += dt.timedelta(hours=23, minutes=59)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _expected(order: OrderState) -> dt.datetime | None:
    """When the first parcel that is still on its way should be there."""
    if order.state == "cancelled":
        return None
    waiting = [moment_of(part.expected) for part in order.parcels.values() if not part.delivered_at]
    return min((moment for moment in waiting if moment), default=None)
