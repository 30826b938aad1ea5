"""Codes are held for a cart, used for an order, and given back: each use exactly once, however many ask at a time.

The order of locks is always the same: the promotion's limits (shared) and the person (advisory), the code, the
promotion's counters. A code with a limit is taken by one conditional UPDATE; a shared one without any is not touched.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.promotions.models import Coupon, Promotion, Redemption
from rapport.promotions.services import checking, giving_back, news
from rapport.promotions.services.checking import Checked
from rapport.promotions.services.claims import Claim
from rapport.promotions.services.refusals import Refusal, Refused
from rapport.promotions.services.rules import Result

PERMISSION = "coupons.redeem"
HELD = dt.timedelta(minutes=20)
LONGEST_HELD = dt.timedelta(days=1)
State = Redemption.State


@dataclass(frozen=True, slots=True)
class Taken:
    """A redemption or reservation; `is_new` unless the same was asked before."""

    redemption: Redemption
    coupon: Coupon
    result: Result
    is_new: bool = True


def redeem(*, actor: Actor, claim: Claim, clock: Clock = SYSTEM) -> Taken:
    """Uses the code for an order, once per order number. Raises Refused."""
    actor.require(PERMISSION)
    return _once_more(actor, claim, None, clock)


def reserve(*, actor: Actor, claim: Claim, duration: dt.timedelta = HELD, clock: Clock = SYSTEM) -> Taken:
    """Holds the code for a cart, until it is redeemed, released or the time is over. Asked again it is held anew.

    Raises Refused.
    """
    actor.require(PERMISSION)
    return _once_more(actor, claim, clock.now() + min(duration, LONGEST_HELD), clock)


def _once_more(actor: Actor, claim: Claim, until: dt.datetime | None, clock: Clock) -> Taken:
    """Two calls for one order at the same moment: the second finds what the first has made, not a code used up."""
    try:
        return _take(actor, claim, until, clock)
    except IntegrityError:
        return _take(actor, claim, until, clock)
    except Refused:
        coupon = checking.look_up(claim.code)
        if done := _redeemed(coupon, claim):
            return Taken(done, coupon, Result(discount=done.discount), is_new=False)
        raise


@transaction.atomic
def _take(actor: Actor, claim: Claim, until: dt.datetime | None, clock: Clock) -> Taken:
    now = clock.now()
    coupon = checking.look_up(claim.code)
    if done := _redeemed(coupon, claim):
        return Taken(done, coupon, Result(discount=done.discount), is_new=False)
    checking.lock(coupon, checking.bearer_with(claim.bearer, coupon))
    own = _reserved(coupon, claim)
    if own is not None and not claim.basket.lines:
        return _settle(actor, claim, own, own.discount, until, now)
    checked = checking.check(claim, coupon, now, own)
    if checked.result.refusals:
        raise Refused(*checked.result.refusals)
    if own is not None:
        return _settle(actor, claim, own, checked.result.discount, until, now, checked.result)
    _occupy(coupon, now)
    if checked.promotion.is_limited:
        count(checked.promotion, checked.result.discount)
    redemption = _insert(checked, claim, until, now)
    _tell(actor, redemption, coupon, checked.promotion, now)
    return Taken(redemption, coupon, checked.result)


def _redeemed(coupon: Coupon, claim: Claim) -> Redemption | None:
    if not claim.order_ref:
        return None
    rows = coupon.redemptions.filter(state=State.REDEEMED, store=claim.store, order_ref=claim.order_ref)
    return rows.first()


def _reserved(coupon: Coupon, claim: Claim) -> Redemption | None:
    """The claim's own reservation, locked."""
    rows = coupon.redemptions.select_for_update().filter(state=State.RESERVED, store=claim.store)
    return rows.filter(cart_ref=claim.cart_ref).first() if claim.cart_ref else None


def _occupy(coupon: Coupon, now: dt.datetime) -> None:
    """One use of a code that has so many. Reservations whose time is over make room first. Raises Refused."""
    if coupon.max_uses is None:
        return
    free = Coupon.objects.filter(pk=coupon.pk, blocked=False, uses__lt=F("max_uses"))
    if free.update(uses=F("uses") + 1):
        return
    if giving_back.lapse(coupon.redemptions.all(), now) and free.update(uses=F("uses") + 1):
        return
    is_reserved = coupon.redemptions.filter(state=State.RESERVED).exists()
    raise Refused(Refusal("reserved" if is_reserved else "used_up"))


def count(promotion: Promotion, discount: Decimal, uses: int = 1) -> None:
    """What a limited promotion still allows. Raises Refused."""
    rows = Promotion.objects.filter(pk=promotion.pk)
    within = rows.filter(
        Q(total_limit=None) | Q(total_limit__gte=F("uses") + uses),
        Q(budget=None) | Q(budget__gte=F("spent") + discount),
    )
    if not within.update(uses=F("uses") + uses, spent=F("spent") + discount):
        full = rows.filter(total_limit__lt=F("uses") + uses).exists()
        raise Refused(Refusal("total_limit" if full else "budget_spent"))


def _settle(
    actor: Actor,
    claim: Claim,
    own: Redemption,
    discount: Decimal,
    until: dt.datetime | None,
    now: dt.datetime,
    result: Result | None = None,
) -> Taken:
    """The reservation becomes the redemption, or is held anew; a basket that changed changes what it takes off."""
    promotion = Promotion.objects.get(pk=own.promotion_id)
    if promotion.is_limited and discount != own.discount:
        count(promotion, discount - own.discount, uses=0)
    own.discount, own.reserved_until = discount, until
    if until is None:
        own.state, own.order_ref, own.at = State.REDEEMED, claim.order_ref, now
    own.save(update_fields=["discount", "reserved_until", "state", "order_ref", "at"])
    if until is None:
        _tell(actor, own, own.coupon, promotion, now)
    return Taken(own, own.coupon, result or Result(discount=discount))


def _insert(checked: Checked, claim: Claim, until: dt.datetime | None, now: dt.datetime) -> Redemption:
    bearer = checked.bearer
    return Redemption.objects.create(
        coupon=checked.coupon, promotion=checked.promotion, person_id=bearer.person_id, holder=bearer.holder,
        address=bearer.address, client=bearer.client, state=State.RESERVED if until else State.REDEEMED,
        store=claim.store, order_ref="" if until else claim.order_ref, cart_ref=claim.cart_ref,
        discount=checked.result.discount, currency=claim.basket.currency, at=now, reserved_until=until,
    )  # fmt: skip


def _tell(
    actor: Actor, redemption: Redemption, coupon: Coupon, promotion: Promotion, now: dt.datetime
) -> None:
    if redemption.state == State.RESERVED:
        news.tell("Coupon Applied", redemption, coupon, promotion, now)
        return
    news.tell("Coupon Redeemed", redemption, coupon, promotion, now)
    if actor.kind == "user":
        audit.record(
            actor=actor, action="coupon.redeemed", object_type="promotion", object_id=promotion.pk,
            data={"order": redemption.order_ref},
        )  # fmt: skip


@transaction.atomic
def release(*, actor: Actor, code: str, store: str, cart_ref: str, clock: Clock = SYSTEM) -> bool:
    """Takes the code out of the cart; says whether it was held for it. Raises Refused for an unknown code."""
    actor.require(PERMISSION)
    coupon = checking.look_up(code)
    rows = coupon.redemptions.filter(state=State.RESERVED, store=store, cart_ref=cart_ref)
    return _back(coupon, rows.first(), State.RELEASED, "Coupon Removed", "", clock.now())


@transaction.atomic
def cancel(
    *, actor: Actor, code: str, store: str, order_ref: str, reason: str = "", clock: Clock = SYSTEM
) -> bool:
    """The order was not to be: the code can be used again. Says whether it was used for it. Raises Refused."""
    actor.require(PERMISSION)
    coupon = checking.look_up(code)
    rows = coupon.redemptions.filter(state=State.REDEEMED, store=store, order_ref=order_ref)
    return _back(coupon, rows.first(), State.CANCELLED, "Coupon Redemption Cancelled", reason, clock.now())


def _back(
    coupon: Coupon, row: Redemption | None, state: State, event: str, reason: str, now: dt.datetime
) -> bool:
    if row is None or not giving_back.give_back([row.pk], state, now, reason):
        return False
    row.reason = reason
    news.tell(event, row, coupon, coupon.promotion, now)
    return True


def trial(*, actor: Actor, claim: Claim, clock: Clock = SYSTEM) -> Checked:
    """Whether the code would hold, and why not: nothing is kept. Raises Refused for an unknown code."""
    if not actor.may("promotions.view"):
        actor.require(PERMISSION)
    coupon = checking.look_up(claim.code)
    checked = checking.check(claim, coupon, clock.now(), None)
    if not checked.result.refusals and checked.promotion.is_limited:
        return replace(checked, result=_within_limits(checked))
    return checked


def _within_limits(checked: Checked) -> Result:
    promotion, result = checked.promotion, checked.result
    if promotion.total_limit is not None and promotion.uses >= promotion.total_limit:
        return Result((Refusal("total_limit"),))
    if promotion.budget is not None and promotion.spent + result.discount > promotion.budget:
        return Result((Refusal("budget_spent"),))
    return result
