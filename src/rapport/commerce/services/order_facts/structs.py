"""A fact: what one event says of an order, a cart or a subscription, without anything that is not needed for it.

Facts are what projections are folded from; names, addresses and mail addresses of people stay in the event.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

ZERO = Decimal(0)


class FactLine(msgspec.Struct, array_like=True, gc=False):
    """One product of an order, a cart, a refund, a parcel or a return."""

    product: str = ""
    sku: str = ""
    variant: str = ""
    name: str = ""
    quantity: Decimal = Decimal(1)
    price: Decimal | None = None
    discount: Decimal | None = None
    tax: Decimal | None = None
    total: Decimal | None = None
    line_id: str = ""
    category: str = ""
    brand: str = ""
    url: str = ""
    image: str = ""

    @property
    def key(self) -> str:
        """What tells it from other products in a cart."""
        return self.variant or self.sku or self.product or self.name

    @property
    def amount(self) -> Decimal:
        """What it costs after its own discount."""
        if self.total is not None:
            return self.total
        return (self.price or ZERO) * self.quantity - (self.discount or ZERO)


class Coupon(msgspec.Struct, array_like=True, gc=False):
    """A code or a promotion, and what it takes off."""

    code: str = ""
    name: str = ""
    amount: Decimal | None = None
    reason: str = ""


class Fact(msgspec.Struct, omit_defaults=True, gc=False):
    """What one event says. What it does not say is None or empty, and changes nothing."""

    kind: str
    order: str = ""
    # What customers call the order, where that is not `order`.
    number: str = ""
    cart: str = ""
    subscription: str = ""
    store: str = ""
    placed_at: str = ""
    currency: str = ""
    total: Decimal | None = None
    revenue: Decimal | None = None
    subtotal: Decimal | None = None
    tax: Decimal | None = None
    shipping: Decimal | None = None
    discount: Decimal | None = None
    coupons: list[Coupon] = []
    lines: list[FactLine] | None = None
    # Payments, refunds, parcels, returns: which, how and how far.
    reference: str = ""
    amount: Decimal | None = None
    method: str = ""
    state: str = ""
    reason: str = ""
    tracking: str = ""
    tracking_url: str = ""
    carrier: str = ""
    expected: str = ""
    replaced_by: str = ""
    restocks: bool = True
    # When the payment service gave money back, as it says.
    given_back_at: str = ""
    # It says whose the order is, whatever was said before.
    reassigns: bool = False
    # Subscriptions.
    plan: str = ""
    interval: str = ""
    renews_at: str = ""
    # Where and how it was bought.
    channel: str = ""
    country: str = ""
    company: str = ""
    step: str = ""
    # Events that are taken back, by their message ids.
    withdraws: list[str] = []
    problems: list[str] = []


encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Fact).decode
