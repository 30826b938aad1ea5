"""Whether a promotion holds for a basket and what it takes off: plain arithmetic over what is given, no reads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rapport.commerce.category_paths import is_within
from rapport.core import money
from rapport.core.ui import formats
from rapport.promotions.models import Promotion
from rapport.promotions.services.baskets import ZERO, Basket, BasketLine
from rapport.promotions.services.refusals import Refusal

Kind = Promotion.Kind


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known about whoever wants to use it, as far as the promotion asks. None: nobody knows."""

    is_known: bool = False
    in_segment: bool | None = None
    has_ordered: bool | None = None
    uses: int = 0
    others_combine: bool | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """`discount` is the sum of what each line gets (`shares`, in their order) and of `shipping`."""

    refusals: tuple[Refusal, ...] = ()
    discount: Decimal = ZERO
    shares: tuple[Decimal, ...] = ()
    shipping: Decimal = ZERO


def judge(promotion: Promotion, basket: Basket, standing: Standing, now: dt.datetime) -> Result:
    """All reasons against it, or what it takes off."""
    refusals = (*_by_time(promotion, now), *_by_person(promotion, standing), *_by_basket(promotion, basket))
    if standing.others_combine is not None and not (promotion.combines and standing.others_combine):
        refusals = (*refusals, Refusal("not_combinable"))
    return Result(refusals) if refusals else _taken_off(promotion, basket)


def _by_time(promotion: Promotion, now: dt.datetime) -> Iterator[Refusal]:
    if promotion.state == Promotion.State.STOPPED:
        yield Refusal("stopped")
    if promotion.starts_at and now < promotion.starts_at:
        yield Refusal("not_started")
    if promotion.ends_at and now >= promotion.ends_at:
        yield Refusal("ended")


def _by_person(promotion: Promotion, standing: Standing) -> Iterator[Refusal]:
    needs = promotion.segment_id or promotion.first_order or promotion.person_limit is not None
    if needs and not standing.is_known:
        yield Refusal("person_needed")
        return
    if promotion.segment_id and not standing.in_segment:
        yield Refusal("not_in_segment")
    if promotion.first_order and standing.has_ordered:
        yield Refusal("not_first_order")
    if promotion.person_limit is not None and standing.uses >= promotion.person_limit:
        yield Refusal("person_limit")


def _by_basket(promotion: Promotion, basket: Basket) -> Iterator[Refusal]:
    if promotion.currency and promotion.currency != basket.currency:
        yield Refusal("wrong_currency", {"currency": promotion.currency})
        return
    fitting = [line for line in basket.lines if fits(promotion, line)]
    if not fitting:
        yield Refusal("nothing_fits")
        return
    if promotion.minimum is not None and sum((line.amount for line in fitting), ZERO) < promotion.minimum:
        yield Refusal("below_minimum", {"minimum": formats.money(promotion.minimum, basket.currency)})
    if (
        promotion.minimum_quantity
        and sum((line.quantity for line in fitting), ZERO) < promotion.minimum_quantity
    ):
        yield Refusal("too_few", {"quantity": promotion.minimum_quantity})
    if promotion.kind == Kind.SHIPPING and not basket.shipping:
        yield Refusal("no_shipping")


def fits(promotion: Promotion, line: BasketLine) -> bool:
    """Whether the promotion is for this product; one that names none is for all."""
    if not promotion.products and not promotion.categories:
        return True
    if {line.product, line.sku} & set(promotion.products):
        return True
    return is_within(line.category, promotion.categories)


def _taken_off(promotion: Promotion, basket: Basket) -> Result:
    """Rounded once, then shared out over the lines so that nothing is lost."""
    if promotion.kind == Kind.SHIPPING:
        shipping = _capped(promotion, money.rounded(basket.shipping, basket.currency))
        return Result(discount=shipping, shares=tuple(ZERO for _ in basket.lines), shipping=shipping)
    weights = [line.amount if fits(promotion, line) else ZERO for line in basket.lines]
    if promotion.kind == Kind.PRODUCT:
        weights = _free(promotion, basket.lines)
    whole = sum(weights, ZERO)
    discount = whole
    if promotion.kind == Kind.PERCENT:
        discount = whole * (promotion.percent or ZERO) / 100
    elif promotion.kind == Kind.AMOUNT:
        discount = min(promotion.amount or ZERO, whole)
    discount = min(_capped(promotion, money.rounded(discount, basket.currency)), basket.goods)
    shares = money.allocate(discount, weights, basket.currency) if whole else [ZERO] * len(weights)
    return Result(discount=discount, shares=tuple(shares))


def _capped(promotion: Promotion, discount: Decimal) -> Decimal:
    return discount if promotion.most_discount is None else min(discount, promotion.most_discount)


def _free(promotion: Promotion, lines: Sequence[BasketLine]) -> list[Decimal]:
    """What the cheapest of the fitting pieces cost, as many as are free."""
    left = Decimal(promotion.free_quantity)
    off = [ZERO] * len(lines)
    fitting = [(line.price, at) for at, line in enumerate(lines) if fits(promotion, line) and line.quantity]
    for price, at in sorted(fitting):
        pieces = min(left, lines[at].quantity)
        off[at] = min(lines[at].amount, price * pieces)
        left -= pieces
    return off
