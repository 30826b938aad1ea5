"""Folds the facts of a cart, or of a person's carts one after another where the shop gives them no ids."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import blake2b
from typing import NamedTuple

from rapport.commerce.services.order_facts.stored import StoredFact, home_of, in_time, part_id
from rapport.commerce.services.order_facts.structs import ZERO, Coupon, Fact, FactLine

CHECKOUT = frozenset({"checkout_started", "checkout_viewed", "checkout_done", "payment_entered"})
LISTING = frozenset({"set", "viewed", "checkout_started", "shared"})
NOTHING: frozenset[str] = frozenset()


class OrderMark(NamedTuple):
    """An order that may have come of a cart."""

    id: uuid.UUID
    at: dt.datetime
    cart_ref: str


@dataclass(slots=True)
class CartState:
    """A cart as far as its facts tell of it."""

    id: uuid.UUID
    subject: uuid.UUID
    number: int
    store: str
    external_id: str
    home: uuid.UUID | None
    opened_at: dt.datetime
    changed_at: dt.datetime
    moved_at: dt.datetime
    checkout_at: dt.datetime | None = None
    checkout_step: str = ""
    order: uuid.UUID | None = None
    currency: str = ""
    stated: Decimal | None = None
    lines: dict[str, FactLine] = field(default_factory=dict)
    coupons: dict[str, Coupon] = field(default_factory=dict)

    @property
    def total(self) -> Decimal:
        worth = sum((line.amount for line in self.lines.values()), ZERO)
        return worth or self.stated or ZERO

    @property
    def items(self) -> Decimal:
        return sum((line.quantity for line in self.lines.values()), ZERO)

    @property
    def version(self) -> str:
        """A short hash of what is in it."""
        content = sorted((key, f"{line.quantity.normalize():f}") for key, line in self.lines.items())
        return blake2b(repr(content).encode(), digest_size=8).hexdigest()

    @property
    def state(self) -> str:
        if self.order:
            return "ordered"
        if not self.lines and not self.checkout_at:
            return "empty"
        return "checkout" if self.checkout_at else "open"


def fold(stored_facts: Iterable[StoredFact], orders: Sequence[OrderMark]) -> list[CartState]:
    """The carts, oldest first: one where the shop says which, else one after another, an order ending each."""
    ordered = in_time(stored_facts)
    home = home_of(ordered, NOTHING)
    if ordered[0].external_id:
        cart = _opened(ordered[0], 1, home)
        for stored in ordered:
            _apply(cart, stored)
        own = [mark for mark in orders if mark.cart_ref == cart.external_id]
        cart.order = min(own, key=lambda mark: mark.at).id if own else None
        return [cart]
    return _one_after_another(ordered, sorted(orders, key=lambda mark: (mark.at, mark.id)), home)


def _one_after_another(
    ordered: list[StoredFact], orders: list[OrderMark], home: uuid.UUID | None
) -> list[CartState]:
    carts: list[CartState] = []
    current: CartState | None = None
    waiting = list(orders)
    for stored in ordered:
        while waiting and waiting[0].at <= stored.at:
            current = _ended(current, waiting.pop(0), carts)
        if current is None:
            current = _opened(stored, len(carts) + 1, home)
        _apply(current, stored)
    if current is not None and waiting:
        current = _ended(current, waiting[0], carts)
    if current is not None and current.state != "empty":
        carts.append(current)
    return carts


def _ended(cart: CartState | None, mark: OrderMark, carts: list[CartState]) -> CartState | None:
    """A cart with something in it became the order; looking at the empty one afterwards opens none."""
    if cart is not None and cart.state != "empty":
        cart.order = mark.id
        carts.append(cart)
    return None


def _opened(stored: StoredFact, number: int, home: uuid.UUID | None) -> CartState:
    id_ = part_id(stored.subject, "cart", str(number))
    return CartState(
        id_, stored.subject, number, stored.store, stored.external_id, home, stored.at, stored.at, stored.at
    )


def _apply(cart: CartState, stored: StoredFact) -> None:
    fact, before = stored.fact, (cart.version, bool(cart.checkout_at))
    cart.changed_at = stored.at
    if fact.currency and cart.currency and fact.currency != cart.currency:
        for line in cart.lines.values():
            line.price = None  # amounts in two currencies do not add up
    cart.currency = fact.currency or cart.currency
    if fact.kind == "emptied":
        cart.lines, cart.checkout_at = {}, None
    elif fact.kind in {"added", "removed"}:
        for line in fact.lines or ():
            _put(cart, line, added=fact.kind == "added")
    elif fact.lines is not None and fact.kind in LISTING:
        cart.lines = {}
        for line in fact.lines:
            _put(cart, line, added=True)
    if fact.kind in CHECKOUT:
        cart.checkout_at = cart.checkout_at or stored.at
        cart.checkout_step = fact.step or cart.checkout_step
    _coupons(cart, fact)
    worth = fact.total if fact.total is not None else fact.revenue
    if worth is not None and fact.kind in LISTING | CHECKOUT:
        cart.stated = worth
    if fact.kind in CHECKOUT or (cart.version, bool(cart.checkout_at)) != before:
        cart.moved_at = stored.at


def _put(cart: CartState, line: FactLine, *, added: bool) -> None:
    there = cart.lines.get(line.key)
    quantity = abs(line.quantity)
    if not added:
        left = (there.quantity if there else ZERO) - quantity
        if there and left > ZERO:
            there.quantity = left
        else:
            cart.lines.pop(line.key, None)
    elif quantity > ZERO:
        kept = FactLine(
            line.product, line.sku, line.variant, line.name, quantity, line.price, None, None, None, line.line_id,
            line.category, line.brand, line.url, line.image,
        )  # fmt: skip
        if there:
            kept.quantity += there.quantity
            for name in ("price", "name", "url", "image"):
                setattr(kept, name, getattr(kept, name) or getattr(there, name))
        cart.lines[line.key] = kept


def _coupons(cart: CartState, fact: Fact) -> None:
    for coupon in fact.coupons:
        if fact.kind in {"coupon_removed", "coupon_denied"}:
            cart.coupons.pop(coupon.code, None)
        elif fact.kind == "coupon_applied" or fact.kind in LISTING:
            cart.coupons[coupon.code] = coupon
