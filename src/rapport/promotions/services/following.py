"""Redemptions follow orders: a cancelled order gives its codes back, and an order that names a code of ours without
having asked is written down as it is, with the rule it broke. Orders that sell gift cards bring them into being.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from rapport.commerce.models import Order
from rapport.core.clock import SYSTEM, Clock
from rapport.core.jobs import claim_rows
from rapport.core.money import MoneyError, exact
from rapport.core.services.wake import wake
from rapport.promotions.models import Coupon, GiftCard, Promotion, Redemption, WaitingOrder
from rapport.promotions.services import checking, codes, giving_back, news
from rapport.promotions.services.baskets import Basket, BasketLine
from rapport.promotions.services.claims import Bearer, Claim
from rapport.promotions.services.gift_cards import selling
from rapport.promotions.services.refusals import Refused

LOOP = "promotions:orders"
BATCH = 500
State = Redemption.State


def hear(order_ids: Sequence[uuid.UUID]) -> None:
    """In the transaction that folds orders: notes those that matter here."""
    sold = selling.products()
    if not (sold or Promotion.objects.exists() or GiftCard.objects.exists()):
        return
    # Everybody can read a page's key: with it nobody gets a code back or uses one up.
    orders = Order.objects.filter(pk__in=order_ids, is_proven=True)
    concerns = Q(state=Order.State.CANCELLED) | ~Q(coupons=[])
    if sold:
        concerns |= Q(lines__product_ref__in=sold) | Q(lines__sku__in=sold)
    matter = orders.filter(concerns).values_list("pk", flat=True).distinct()
    if waiting := [WaitingOrder(order=pk) for pk in matter]:
        WaitingOrder.objects.bulk_create(waiting, ignore_conflicts=True)
        wake(LOOP)


def run_once(clock: Clock = SYSTEM) -> int:
    """The worker's loop; returns how many orders it looked at."""
    with transaction.atomic():
        waiting = claim_rows(WaitingOrder.objects.order_by("pk"), limit=BATCH)
        ids = [row.pk for row in waiting]
        WaitingOrder.objects.filter(pk__in=ids).delete()
        orders = list(Order.objects.filter(pk__in=ids).prefetch_related("lines"))
        _cancel([order for order in orders if order.state == Order.State.CANCELLED], clock.now())
        _observe([order for order in orders if order.state != Order.State.CANCELLED], clock.now())
        selling.follow(orders, clock)
    return len(ids)


def _of(orders: Iterable[Order]) -> Q:
    by_store: dict[str, list[str]] = defaultdict(list)
    for order in orders:
        by_store[order.store].append(order.external_id)
    condition = Q(pk=None)
    for store, numbers in by_store.items():
        condition |= Q(store=store, order_ref__in=numbers)
    return condition


def _cancel(orders: Sequence[Order], now: dt.datetime) -> None:
    if not orders:
        return
    rows = Redemption.objects.filter(_of(orders), state=State.REDEEMED)
    ending = list(rows.select_related("coupon", "promotion"))
    giving_back.give_back([row.pk for row in ending], State.CANCELLED, now, "order cancelled")
    for row in ending:
        row.reason = "order cancelled"
        news.tell("Coupon Redemption Cancelled", row, row.coupon, row.promotion, now)


def _observe(orders: Sequence[Order], now: dt.datetime) -> None:
    named = [
        (order, codes.normal(str(used.get("code", ""))), used.get("amount"))
        for order in orders
        for used in order.coupons
    ]
    coupons = {
        coupon.code: coupon
        for coupon in Coupon.objects.filter(
            code__in={code for _order, code, _ in named if code}
        ).select_related("promotion")
    }
    there = set(
        Redemption.objects.filter(_of(orders), state=State.REDEEMED).values_list(
            "coupon", "store", "order_ref"
        )
    )
    for order, code, amount in named:
        coupon = coupons.get(code)
        if coupon is not None and (coupon.pk, order.store, order.external_id) not in there:
            there.add((coupon.pk, order.store, order.external_id))
            _write_down(order, coupon, amount, now)


def _write_down(order: Order, coupon: Coupon, amount: object, now: dt.datetime) -> None:
    """It has happened, so it counts; what the rules say to it stands beside it."""
    claim = _claim_of(order, coupon)
    reserved = coupon.redemptions.filter(state=State.RESERVED, store=order.store).exclude(cart_ref="")
    own = reserved.filter(cart_ref=order.cart_ref).first() if order.cart_ref else None
    try:
        result = checking.check(claim, coupon, order.placed_at, own).result
        objection = result.refusals[0].code if result.refusals else ""
    except Refused as error:
        objection, result = error.code, None
    discount = _amount(amount)
    if discount is None:
        discount = result.discount if result else Decimal(0)
    row = Redemption(
        coupon=coupon, promotion=coupon.promotion, person_id=order.person_id, state=State.REDEEMED, store=order.store,
        order_ref=order.external_id, discount=discount, currency=order.currency, at=order.placed_at, observed=True,
        objection=objection,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return  # the shop asked at the same moment
    if own is not None:
        giving_back.give_back([own.pk], State.RELEASED, now)
    Coupon.objects.filter(pk=coupon.pk, uses__lt=F("max_uses")).update(uses=F("uses") + 1)
    limited = Promotion.objects.filter(pk=coupon.promotion_id).exclude(total_limit=None, budget=None)
    limited.update(uses=F("uses") + 1, spent=F("spent") + discount)
    news.tell("Coupon Redeemed", row, coupon, coupon.promotion, order.placed_at)


def _claim_of(order: Order, coupon: Coupon) -> Claim:
    lines = [
        BasketLine(
            line.product_ref, line.sku, line.category, Decimal(str(line.quantity)), line.price or Decimal(0)
        )
        for line in order.lines.all()
    ]
    others = [str(used.get("code", "")) for used in order.coupons]
    return Claim(
        coupon.code,
        Basket(order.currency, lines, order.shipping, others),
        Bearer(order.person_id),
        order.store,
        order.external_id,
        order.cart_ref,
    )


def _amount(given: object) -> Decimal | None:
    if given in (None, ""):
        return None
    try:
        return abs(exact(str(given)))
    except MoneyError:
        return None
