"""What a fold makes of an order's facts, before it is written."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from rapport.commerce.services.order_facts.structs import ZERO, Coupon, FactLine


@dataclass(slots=True)
class LineState:
    """A line with its shares of the order's discount and tax, and how much of it came back."""

    line: FactLine
    quantity: Decimal
    discount: Decimal
    tax: Decimal
    amount: Decimal
    returned: Decimal = ZERO


@dataclass(slots=True)
class PartState:
    """A payment, parcel, return or refund."""

    reference: str
    at: dt.datetime
    amount: Decimal | None = None
    method: str = ""
    reason: str = ""
    failed: bool = False
    state: str = ""
    carrier: str = ""
    tracking: str = ""
    tracking_url: str = ""
    expected: str = ""
    delivered_at: dt.datetime | None = None
    is_exchange: bool = False
    replaced_by: str = ""
    restocks: bool = True
    lines: list[FactLine] | None = None


@dataclass(slots=True)
class OrderState:
    """An order as far as its facts tell of it."""

    id: uuid.UUID
    store: str
    external_id: str
    home: uuid.UUID | None
    changed_at: dt.datetime
    placed_at: dt.datetime
    is_placed: bool = False
    is_proven: bool = False
    cancelled_at: dt.datetime | None = None
    cancel_reason: str = ""
    told_payment: str = ""
    number: str = ""
    currency: str = ""
    total: Decimal | None = None
    revenue: Decimal | None = None
    subtotal: Decimal | None = None
    discount: Decimal | None = None
    shipping: Decimal | None = None
    tax: Decimal | None = None
    channel: str = ""
    country: str = ""
    company: str = ""
    cart: str = ""
    subscription: str = ""
    coupons: list[Coupon] = field(default_factory=list)
    fact_lines: list[FactLine] = field(default_factory=list)
    payments: dict[str, PartState] = field(default_factory=dict)
    parcels: dict[str, PartState] = field(default_factory=dict)
    returns: dict[str, PartState] = field(default_factory=dict)
    refunds: dict[str, PartState] = field(default_factory=dict)
    problems: list[dict[str, Any]] = field(default_factory=list)
    # Made by `totals.settle`.
    lines: list[LineState] = field(default_factory=list)
    state: str = ""
    payment_state: str = ""
    paid: Decimal = ZERO
    refunded: Decimal = ZERO
    net: Decimal = ZERO

    @property
    def items(self) -> Decimal:
        return sum((line.quantity for line in self.lines), ZERO)
