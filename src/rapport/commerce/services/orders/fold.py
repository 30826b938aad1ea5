"""Folds an order's facts. The result depends on their set alone: not on when each came, nor how often."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from rapport.commerce.services.order_facts.stored import StoredFact, counting, home_of, in_time
from rapport.commerce.services.order_facts.structs import ZERO, Fact
from rapport.commerce.services.orders import totals
from rapport.commerce.services.orders.states import OrderState, PartState

PLACING = frozenset({"placed", "updated"})
# Webhooks of these carry the whole order, which counts where nobody told of the order itself.
WHOLE = frozenset({"paid", "shipped", "delivered"})
_OVERLAID = (
    "number", "currency", "total", "revenue", "subtotal", "discount", "shipping", "tax", "channel", "country",
    "company", "cart", "subscription",
)  # fmt: skip
ALIKE_WITHIN = dt.timedelta(days=3)
MONEY = frozenset({"paid", "refunded", "cancelled"})
OTHER_CURRENCY = "other_currency"
PERHAPS_TWICE = "perhaps_twice"
RETURN_STATES = {
    "return_requested": "requested",
    "return_approved": "approved",
    "return_received": "received",
    "return_rejected": "rejected",
    "exchanged": "requested",
}
_CANCELLED = frozenset({"cancelled", "canceled", "voided", "trash"})
# What a shop says of the money of an order that may be cancelled as well.
_GIVEN_BACK = frozenset({"refunded", "partially_refunded"})
_PAYMENT_WORDS = {
    "paid": "paid", "processing": "paid", "captured": "paid", "completed": "paid", "refunded": "refunded",
    "partially_refunded": "part_refunded", "partially_paid": "part_paid", "pending": "pending", "on-hold": "pending",
    "authorized": "pending", "unpaid": "pending", "failed": "failed",
}  # fmt: skip


def fold(stored_facts: Iterable[StoredFact]) -> OrderState:
    """The order. Once a server tells of it, a page's word counts only for what was ordered, if no server says that."""
    ordered = in_time(stored_facts)
    first = ordered[0]
    order = OrderState(
        first.subject, first.store, first.external_id, home_of(ordered, PLACING), ordered[-1].at, first.at
    )
    counted = counting(ordered)
    order.is_proven = _is_proven(order, counted)
    for stored in _placing(counted) or _placing(ordered):
        _place(order, stored)
    for stored in counted:
        _HANDLERS[stored.fact.kind](order, stored.fact, stored)
    for stored in counted:
        if reasons := _problems(order, stored):
            order.problems.append(
                {"event": stored.event, "message_id": stored.message_id, "reasons": reasons}
            )
    totals.settle(order)
    return order


def _problems(order: OrderState, stored: StoredFact) -> list[str]:
    """What was wrong with a fact; money that names no currency is in that of its order."""
    fact = stored.fact
    ours = bool(order.currency) and fact.kind not in PLACING
    reasons = [reason for reason in fact.problems if not (ours and reason == "no_currency")]
    return [*reasons, OTHER_CURRENCY] if _is_foreign(order, fact) else reasons


def _is_foreign(order: OrderState, fact: Fact) -> bool:
    """Whether a payment or refund is in another currency than its order: the two cannot be added."""
    return bool(order.currency and fact.currency) and fact.kind in MONEY and fact.currency != order.currency


def _is_proven(order: OrderState, counted: Sequence[StoredFact]) -> bool:
    """Whether what was ordered, and by whom, stands without a word of those who only have a page's key."""
    return not counted[0].is_public and bool(_placing(counted)) and home_of(counted, PLACING) == order.home


def _placing(stored_facts: Sequence[StoredFact]) -> list[StoredFact]:
    """Those that say what was ordered."""
    return [stored for stored in stored_facts if stored.fact.kind in PLACING] or [
        stored for stored in stored_facts if stored.fact.kind in WHOLE and stored.fact.lines
    ]


def _place(order: OrderState, stored: StoredFact) -> None:
    """Lays what the fact says over what was said before."""
    fact = stored.fact
    at = dt.datetime.fromisoformat(fact.placed_at) if fact.placed_at else stored.at
    at = at if at.tzinfo else at.replace(tzinfo=dt.UTC)
    order.placed_at = at if not order.is_placed else min(order.placed_at, at)
    order.is_placed = True
    for name in _OVERLAID:
        value = getattr(fact, name)
        if value is not None and value != "":
            setattr(order, name, value)
    if fact.total is None and (fact.lines is not None or fact.revenue is not None):
        order.total = None
    if fact.lines is not None:
        order.fact_lines = fact.lines
    if fact.coupons:
        order.coupons = fact.coupons


def _placed(order: OrderState, fact: Fact, stored: StoredFact) -> None:
    if fact.state in _CANCELLED:
        order.cancelled_at = order.cancelled_at or stored.at
        order.cancel_reason = fact.reason or order.cancel_reason
    elif fact.kind == "updated" and fact.state and fact.state not in _GIVEN_BACK:
        order.cancelled_at, order.cancel_reason = None, ""
    order.told_payment = _PAYMENT_WORDS.get(fact.state, order.told_payment)


def _paid(order: OrderState, fact: Fact, stored: StoredFact) -> None:
    amount = ZERO if _is_foreign(order, fact) else fact.amount
    key = fact.reference or (stored.message_id if amount is not None else "")
    order.payments[key] = PartState(fact.reference, stored.at, amount, fact.method)


def _payment_failed(order: OrderState, fact: Fact, stored: StoredFact) -> None:
    key = fact.reference or f"failed {stored.message_id}"
    before = order.payments.get(key)
    if before is None or before.failed:
        order.payments[key] = PartState(
            fact.reference, stored.at, fact.amount, fact.method, fact.reason, failed=True
        )


def _parcel(order: OrderState, fact: Fact, stored: StoredFact) -> PartState:
    known_key = next(
        (key for key, part in order.parcels.items() if fact.tracking and part.tracking == fact.tracking), None
    )
    key = fact.reference if fact.reference in order.parcels or known_key is None else known_key
    parcel = order.parcels.setdefault(key, PartState(fact.reference, stored.at))
    for name in ("tracking", "tracking_url", "carrier", "expected", "state"):
        if value := getattr(fact, name):
            setattr(parcel, name, value)
    if fact.lines is not None and fact.lines != order.fact_lines:
        parcel.lines = fact.lines
    return parcel


def _shipped(order: OrderState, fact: Fact, stored: StoredFact) -> None:
    _parcel(order, fact, stored)


def _delivered(order: OrderState, fact: Fact, stored: StoredFact) -> None:
    parcels = (
        list(order.parcels.values())
        if not fact.reference and order.parcels
        else [_parcel(order, fact, stored)]
    )
    for parcel in parcels:
        parcel.delivered_at = parcel.delivered_at or stored.at


def _refunded(order: OrderState, fact: Fact, stored: StoredFact) -> None:
    """A refund without an amount or lines is one of everything, and so are two of them.

    Others without an id are told apart by when the payment service gave the money back, else by their events.
    """
    amount = fact.amount if fact.amount is not None else totals.stated(fact)
    if amount is None and fact.lines:
        amount = sum((abs(line.amount) for line in fact.lines), ZERO)
    if _is_foreign(order, fact):
        amount = ZERO
    is_whole = amount is None or (not fact.reference and amount == order.total)
    key = fact.reference
    if not key and not is_whole and fact.given_back_at:
        key = f"at {fact.given_back_at} {amount}"
    elif not key and not is_whole:
        key = stored.message_id
        if any(_is_alike(part, amount, stored) for part in order.refunds.values()):
            order.problems.append(
                {"event": stored.event, "message_id": stored.message_id, "reasons": [PERHAPS_TWICE]}
            )
    order.refunds[key] = PartState(
        fact.reference, stored.at, amount, reason=fact.reason, lines=fact.lines, restocks=fact.restocks
    )


def _is_alike(part: PartState, amount: Decimal | None, stored: StoredFact) -> bool:
    """Whether it may be the same refund told a second time: nothing but its time tells the two apart."""
    is_near = stored.at - part.at <= ALIKE_WITHIN
    return not part.reference and is_near and part.amount == amount and part.lines == stored.fact.lines


def _cancelled(order: OrderState, fact: Fact, stored: StoredFact) -> None:
    order.cancelled_at = order.cancelled_at or stored.at
    order.cancel_reason = fact.reason or order.cancel_reason
    if fact.reference or fact.amount is not None:
        _refunded(order, fact, stored)


def _reopened(order: OrderState, _fact: Fact, _stored: StoredFact) -> None:
    order.cancelled_at, order.cancel_reason = None, ""


def _return(order: OrderState, fact: Fact, stored: StoredFact) -> None:
    back = order.returns.setdefault(fact.reference, PartState(fact.reference, stored.at))
    if back.state != "received" or fact.kind != "exchanged":
        back.state = RETURN_STATES[fact.kind]
    if fact.kind == "exchanged":
        back.is_exchange = True
    back.reason, back.replaced_by = fact.reason or back.reason, fact.replaced_by or back.replaced_by
    if fact.lines is not None:
        back.lines = fact.lines


def _withdrawn(_order: OrderState, _fact: Fact, _stored: StoredFact) -> None:
    """What it takes back was left out before (`stored.standing`)."""


def _reassigned(_order: OrderState, _fact: Fact, _stored: StoredFact) -> None:
    """Whose the order is, its events say together (`stored.home_of`)."""


_HANDLERS: dict[str, Callable[[OrderState, Fact, StoredFact], None]] = {
    "placed": _placed,
    "updated": _placed,
    "paid": _paid,
    "payment_failed": _payment_failed,
    "shipped": _shipped,
    "delivered": _delivered,
    "refunded": _refunded,
    "cancelled": _cancelled,
    "reopened": _reopened,
    "withdrawn": _withdrawn,
    "reassigned": _reassigned,
    **dict.fromkeys(RETURN_STATES, _return),
}
