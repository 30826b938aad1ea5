"""What somebody is about to buy, as the rules of promotions look at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class BasketLine:
    """One product: `price` of one piece, `discount` what is off the line already."""

    product: str = ""
    sku: str = ""
    category: str = ""
    quantity: Decimal = Decimal(1)
    price: Decimal = ZERO
    discount: Decimal = ZERO

    @property
    def amount(self) -> Decimal:
        return max(ZERO, self.price * self.quantity - self.discount)


@dataclass(frozen=True, slots=True)
class Basket:
    """A cart, or an order at the till. `codes` are the other codes that are used with it."""

    currency: str
    lines: Sequence[BasketLine] = ()
    shipping: Decimal = ZERO
    codes: Sequence[str] = field(default=())

    @property
    def goods(self) -> Decimal:
        return sum((line.amount for line in self.lines), ZERO)
