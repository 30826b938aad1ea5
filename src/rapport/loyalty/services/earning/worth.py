"""What an order is worth in points, worked out from what it is now: nothing is added up on the way.

So the answer does not depend on the order in which a purchase, its refunds and returns were told, nor how often.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal, localcontext
from typing import NamedTuple

from rapport.commerce.category_paths import is_within
from rapport.commerce.models import Order, OrderLine
from rapport.core.money import PRECISION, rounded
from rapport.loyalty.models import EarnRule, Program

ZERO = Decimal(0)
Kind = EarnRule.Kind
NOTHING = frozenset({Order.State.INCOMPLETE, Order.State.CANCELLED})


@dataclass(frozen=True, slots=True)
class Kept:
    """What is left of a line of an order, after returns and its share of refunds."""

    products: frozenset[str]
    category: str
    brand: str
    pieces: Decimal
    amount: Decimal


Reasons = list[tuple[EarnRule, int]]


class Worth(NamedTuple):
    """[(rule, points)] of the rules that give some, and what is left of the order, in the programme's currency."""

    reasons: Reasons
    spent: Decimal

    @property
    def points(self) -> int:
        return sum(points for _rule, points in self.reasons)


WORTHLESS = Worth([], ZERO)


def worth(
    program: Program,
    rules: Sequence[EarnRule],
    order: Order,
    lines: Sequence[OrderLine],
    segments: Collection[str],
    factor: Decimal | None = None,
    vouchers: Collection[str] = (),
) -> Worth:
    """`factor` is the exchange rate of the order's day into the programme's currency; without one it gives nothing.

    Products that are money (`vouchers`) give nothing: what they pay for does.
    """
    if order.currency == program.currency:
        factor = Decimal(1)
    if order.state in NOTHING or order.payment_state == Order.Payment.FAILED or factor is None:
        return WORTHLESS
    if order.placed_at.astimezone(program.tz).date() < program.starts_on:
        return WORTHLESS
    rules = [rule for rule in rules if holds(rule, program, order.placed_at, segments)]
    with localcontext(prec=PRECISION):
        left = [replace(line, amount=line.amount * factor) for line in kept(order, lines, vouchers)]
        total = sum((line.amount for line in left), ZERO)
        given = [(rule, _points(rule, rules, left, total)) for rule in rules]
    return Worth([(rule, points) for rule, points in given if points > 0], rounded(total, program.currency))


def holds(rule: EarnRule, program: Program, at: dt.datetime, segments: Collection[str]) -> bool:
    """Whether the rule is about that moment and such a member."""
    if rule.starts_at > at or (rule.ends_at and rule.ends_at <= at):
        return False
    if rule.weekdays and at.astimezone(program.tz).weekday() not in rule.weekdays:
        return False
    return not rule.segment or rule.segment in segments


def kept(order: Order, lines: Sequence[OrderLine], vouchers: Collection[str] = ()) -> list[Kept]:
    """What is left of each line. What was refunded beyond the goods that came back, and beyond what was no goods
    (shipping), lowers all of them alike."""
    if not lines:
        amount = order.net - order.shipping if order.net > ZERO else ZERO
        return [Kept(frozenset(), "", "", Decimal(str(order.items)), max(amount, ZERO))]
    lines = [line for line in lines if not {line.product_ref, line.sku, line.variant_ref} & set(vouchers)]
    shares = [(line, _share_kept(line.quantity, line.returned)) for line in lines]
    goods = sum((line.amount for line in lines), ZERO)
    left = sum((max(line.amount, ZERO) * share for line, share in shares), ZERO)
    other = max(order.total - goods, ZERO)
    excess = max(order.refunded - (goods - left) - other, ZERO)
    factor = max(left - excess, ZERO) / left if left else ZERO
    return [
        Kept(
            frozenset({line.product_ref, line.sku, line.variant_ref} - {""}),
            line.category,
            line.brand,
            Decimal(str(line.quantity)) * share,
            max(line.amount, ZERO) * share * factor,
        )
        for line, share in shares
    ]


def _share_kept(bought: object, came_back: object) -> Decimal:
    quantity, returned = Decimal(str(bought)), Decimal(str(came_back))
    return max(quantity - returned, ZERO) / quantity if quantity > ZERO else ZERO


def _points(rule: EarnRule, rules: Sequence[EarnRule], left: Sequence[Kept], total: Decimal) -> int:
    """Whole points, rounded down once for each rule."""
    if total < rule.minimum or total <= ZERO:
        return 0
    matching = [line for line in left if fits(rule, line)]
    if rule.kind == Kind.SPENT:
        points = sum((line.amount for line in matching), ZERO) * rule.points / rule.per_amount
    elif rule.kind == Kind.PIECE:
        points = sum((line.pieces for line in matching), ZERO) * rule.points
    elif rule.kind == Kind.ORDER:
        points = Decimal(rule.points if any(line.amount > ZERO for line in matching) else 0)
    elif rule.kind == Kind.MULTIPLIER:
        points = sum((_multiplied(rule, rules, line, total) for line in matching), ZERO)
    else:
        points = ZERO
    return int(points.to_integral_value(ROUND_FLOOR))


def _multiplied(rule: EarnRule, rules: Sequence[EarnRule], line: Kept, total: Decimal) -> Decimal:
    """What a multiplier adds for a line. Of several, the highest counts, and of equal ones the first."""
    rivals = [
        other
        for other in rules
        if other.kind == Kind.MULTIPLIER and total >= other.minimum and fits(other, line)
    ]
    if min(rivals, key=lambda other: (-other.factor, other.pk)).pk != rule.pk:
        return ZERO
    base = sum(
        (
            line.amount * other.points / other.per_amount
            for other in rules
            if other.kind == Kind.SPENT and total >= other.minimum and fits(other, line)
        ),
        ZERO,
    )
    return base * (rule.factor - 1)


def fits(rule: EarnRule, line: Kept) -> bool:
    """Whether the rule is about such a product."""
    if rule.products and not line.products & set(rule.products):
        return False
    if rule.brands and line.brand.casefold() not in {brand.casefold() for brand in rule.brands}:
        return False
    return not rule.categories or is_within(line.category, rule.categories)
