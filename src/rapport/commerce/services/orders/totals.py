"""Sums and states of an order: what it costs, what was paid and given back, and how far it is."""

from __future__ import annotations

from decimal import Decimal

from rapport.commerce.services.order_facts.structs import ZERO, Fact, FactLine
from rapport.commerce.services.orders.states import LineState, OrderState, PartState
from rapport.core.money import LARGEST, allocate, rounded

REFUNDED_TOO_MUCH, TOO_LARGE = "refunded_too_much", "too_large"


def stated(fact: Fact) -> Decimal | None:
    """The whole amount that a fact states: its total, else its revenue with what is not in it."""
    if fact.total is not None:
        return fact.total
    if fact.revenue is None:
        return None
    return fact.revenue + (fact.shipping or ZERO) + (fact.tax or ZERO)


def settle(order: OrderState) -> None:
    """Works out what the facts do not say themselves."""
    _lines(order)
    _total(order)
    _money_back(order)
    _returned(order)
    order.payment_state = _payment_state(order)
    if order.payment_state == "failed":
        order.net = -order.refunded
    order.state = _state(order)
    sums = (order.total or ZERO, order.paid, order.refunded, order.items)
    if any(abs(amount) >= LARGEST for amount in sums):
        order.problems.append({"event": "", "message_id": "", "reasons": [TOO_LARGE]})


def _lines(order: OrderState) -> None:
    order.lines = [
        LineState(line, line.quantity, line.discount or ZERO, line.tax or ZERO, line.amount)
        for line in order.fact_lines
    ]
    own = sum((line.discount for line in order.lines), ZERO)
    if order.discount is None:
        by_code = sum((coupon.amount or ZERO for coupon in order.coupons), ZERO)
        order.discount = max(own, by_code)
    if order.discount > own:
        # A gift card of 50 on goods for 20 takes off 20.
        left = sum((max(line.amount, ZERO) for line in order.lines), ZERO)
        for line, share in zip(order.lines, _shares(order, min(order.discount - own, left)), strict=True):
            line.discount += share
            line.amount -= share
    own_tax = sum((line.tax for line in order.lines), ZERO)
    if order.tax is None:
        order.tax = own_tax
    if order.tax > own_tax:
        for line, share in zip(order.lines, _shares(order, order.tax - own_tax), strict=True):
            line.tax += share


def _shares(order: OrderState, amount: Decimal) -> list[Decimal]:
    """Over the lines by what they cost. Their sum is the amount, to the currency's smallest unit."""
    return allocate(amount, [max(line.amount, ZERO) for line in order.lines], order.currency)


def _total(order: OrderState) -> None:
    goods = sum((line.amount for line in order.lines), ZERO)
    discount = order.discount or ZERO
    if order.subtotal is None:
        order.subtotal = goods + min(discount, sum((line.discount for line in order.lines), ZERO))
    if order.total is not None:
        return
    extra = (order.shipping or ZERO) + (order.tax or ZERO)
    order.total = order.revenue + extra if order.revenue is not None else goods + extra
    order.total = rounded(order.total, order.currency) if order.revenue is None else order.total


def _money_back(order: OrderState) -> None:
    total = order.total or ZERO
    stated_back = sum((part.amount for part in order.refunds.values() if part.amount is not None), ZERO)
    for part in order.refunds.values():
        if part.amount is None:
            part.amount = max(total - stated_back, ZERO)
    for part in order.payments.values():
        if part.amount is None:
            part.amount = total
    order.paid = sum((part.amount or ZERO for part in order.payments.values() if not part.failed), ZERO)
    order.refunded = sum((part.amount or ZERO for part in order.refunds.values()), ZERO)
    if order.cancelled_at and not order.refunds:
        order.net = ZERO
    else:
        order.net = total - order.refunded
    if order.is_placed and order.refunded > total >= ZERO and order.refunds:
        problem = {"event": "", "message_id": "", "reasons": [REFUNDED_TOO_MUCH]}
        order.problems.append(problem)


def _returned(order: OrderState) -> None:
    """Goods that were refunded came back, unless the shop tells of returns itself."""
    if not order.returns:
        for key, part in order.refunds.items():
            if part.lines and part.restocks:
                order.returns[key] = PartState(
                    part.reference, part.at, reason=part.reason, state="received", lines=part.lines
                )
    for back in order.returns.values():
        if back.state != "received":
            continue
        if back.lines is None:
            for line in order.lines:
                line.returned = max(line.quantity, ZERO)
        for wanted in back.lines or ():
            _give_back(order.lines, wanted)


def _give_back(lines: list[LineState], wanted: FactLine) -> None:
    """Counts what came back on the lines of that product, no more than each had."""
    left = abs(wanted.quantity)
    for line in lines:
        if left <= ZERO:
            return
        if _is_same(line.line, wanted):
            taken = min(left, max(line.quantity - line.returned, ZERO))
            line.returned += taken
            left -= taken


def _is_same(line: FactLine, wanted: FactLine) -> bool:
    if wanted.line_id and line.line_id:
        return line.line_id == wanted.line_id
    if wanted.variant and line.variant and wanted.variant != line.variant:
        return False
    if wanted.sku and line.sku:
        return line.sku == wanted.sku
    return (line.product or line.sku or line.name) == (wanted.product or wanted.sku or wanted.name)


def _payment_state(order: OrderState) -> str:
    total = order.total or ZERO
    if order.refunds and order.refunded >= total:
        return "refunded"
    if order.refunded > ZERO:
        return "part_refunded"
    if order.paid > ZERO:
        return "paid" if order.paid >= total else "part_paid"
    if order.told_payment:
        return order.told_payment
    # One that failed before the order was placed was tried again.
    failed = any(part.failed and part.at >= order.placed_at for part in order.payments.values())
    return "failed" if failed else ""


def _state(order: OrderState) -> str:
    bought = [line for line in order.lines if line.quantity > ZERO]
    if order.cancelled_at:
        return "cancelled"
    if not order.is_placed:
        return "refund_only" if order.refunds else "incomplete"
    if bought and all(line.returned >= line.quantity for line in bought):
        return "returned"
    if any(line.returned > ZERO for line in bought):
        return "part_returned"
    if not order.parcels:
        return "open"
    if not _is_all_sent(order, bought):
        return "part_shipped"
    return "delivered" if all(part.delivered_at for part in order.parcels.values()) else "shipped"


def _is_all_sent(order: OrderState, bought: list[LineState]) -> bool:
    if any(part.lines is None for part in order.parcels.values()):
        return True
    sent = sum((abs(line.quantity) for part in order.parcels.values() for line in part.lines or ()), ZERO)
    return sent >= sum((line.quantity for line in bought), ZERO)
