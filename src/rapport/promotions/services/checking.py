"""Looks a code up, and whether it holds: one index read for the code, one row for what its promotion asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Exists, Q

from rapport.commerce.models import Order
from rapport.core import sql
from rapport.promotions.models import Coupon, Promotion, Redemption
from rapport.promotions.services import codes
from rapport.promotions.services.claims import Bearer, Claim, holders_of, lock_number, mailbox_holder
from rapport.promotions.services.refusals import Refusal, Refused
from rapport.promotions.services.rules import Result, Standing, judge
from rapport.segments.models import Membership

_UNPLACED = (Order.State.CANCELLED, Order.State.INCOMPLETE)


@dataclass(frozen=True, slots=True)
class Checked:
    """A code that exists, and what holds or speaks against it. `bearer` is also whom the code was issued to."""

    coupon: Coupon
    promotion: Promotion
    bearer: Bearer
    result: Result


def look_up(code: str) -> Coupon:
    """Raises Refused."""
    rows = Coupon.objects.select_related("promotion")
    coupon = rows.filter(code=normal).first() if (normal := codes.normal(code)) else None
    if coupon is None:
        raise Refused(Refusal("unknown_code"))
    return coupon


def check(claim: Claim, coupon: Coupon, now: dt.datetime, own: Redemption | None = None) -> Checked:
    """Reads what the promotion asks for and judges. `own` is the claim's reservation, which is no second use."""
    bearer = bearer_with(claim.bearer, coupon)
    promotion, standing = _standing(claim, coupon, bearer, own)
    result = judge(promotion, claim.basket, standing, now)
    against = (*_by_code(coupon, claim.bearer, now, own), *result.refusals)
    return Checked(coupon, promotion, bearer, Result(against) if against else result)


def bearer_with(bearer: Bearer, coupon: Coupon) -> Bearer:
    """Who shows a personal code and says nothing is taken for whom it was issued to."""
    person = bearer.person_id if bearer.is_known else coupon.person_id
    promotion = coupon.promotion
    holder = bearer.holder
    if person and not holder and (promotion.person_limit is not None or promotion.first_order):
        holder = mailbox_holder(person)
    return replace(bearer, person_id=person, holder=holder)


def lock(coupon: Coupon, bearer: Bearer) -> None:
    """Until the transaction ends nobody changes the promotion's limits, and the same person takes no second code."""
    sql.run("SELECT pg_advisory_xact_lock_shared(%b)", [lock_number("limits", coupon.promotion_id)])
    promotion = coupon.promotion
    if bearer.is_known and (promotion.person_limit is not None or promotion.first_order):
        names = [name for name in (bearer.person_id, bearer.holder) if name]
        for number in sorted(lock_number("person", promotion.pk, name) for name in names):
            sql.run("SELECT pg_advisory_xact_lock(%b)", [number])


def _by_code(coupon: Coupon, bearer: Bearer, now: dt.datetime, own: Redemption | None) -> Iterator[Refusal]:
    if coupon.blocked:
        yield Refusal("blocked")
    if coupon.person_id and bearer.is_known and bearer.person_id != coupon.person_id:
        yield Refusal("other_person")
    if coupon.expires_at and now >= coupon.expires_at and own is None:
        yield Refusal("expired")
    if coupon.is_used_up and own is None and not _lapsed(coupon, now):
        yield Refusal("used_up")


def _lapsed(coupon: Coupon, now: dt.datetime) -> bool:
    return coupon.redemptions.filter(state=Redemption.State.RESERVED, reserved_until__lte=now).exists()


def _standing(
    claim: Claim, coupon: Coupon, bearer: Bearer, own: Redemption | None
) -> tuple[Promotion, Standing]:
    """The promotion as it is now, with what it asks of the person and of other codes."""
    promotion = coupon.promotion
    person = bearer.person_id
    conditions: dict[str, Any] = {}
    if promotion.segment_id and person:
        conditions["member"] = Exists(
            Membership.objects.filter(segment_id=promotion.segment_id, person_id=person)
        )
    if promotion.first_order and person:
        before = Order.objects.filter(person_id=person).exclude(state__in=_UNPLACED)
        if claim.order_ref:
            before = before.exclude(store=claim.store, external_id=claim.order_ref)
        conditions["ordered"] = Exists(before)
    fresh = Promotion.objects.filter(pk=promotion.pk).annotate(**conditions).get()
    uses = _uses(promotion, bearer, own)
    ordered = bool(conditions.get("ordered") and fresh.ordered) or (promotion.first_order and uses > 0)  # type: ignore[attr-defined]
    member = bool(conditions.get("member") and fresh.member)  # type: ignore[attr-defined]
    standing = Standing(bearer.is_known, member, ordered, uses, _others_combine(claim, coupon))
    return fresh, standing


def _uses(promotion: Promotion, bearer: Bearer, own: Redemption | None) -> int:
    if not bearer.is_known or (promotion.person_limit is None and not promotion.first_order):
        return 0
    theirs = Q(holder=bearer.holder) if bearer.holder else Q(pk=None)
    if bearer.person_id:
        # Also what was used under identifiers that turned out to be theirs, or of the same mailbox.
        theirs |= Q(person_id=bearer.person_id) | Q(holder__in=holders_of(bearer.person_id))
    rows = promotion.redemptions.filter(theirs, state__in=Redemption.LIVE)
    return rows.exclude(pk=own.pk).count() if own else rows.count()


def _others_combine(claim: Claim, coupon: Coupon) -> bool | None:
    """Whether all other codes of the basket may stand beside another one; None without any. A promotion counts once."""
    others = {normal for code in claim.basket.codes if (normal := codes.normal(code))} - {coupon.code}
    taken = Redemption.objects.filter(state__in=Redemption.LIVE, store=claim.store).exclude(coupon=coupon)
    beside = set()
    if others:
        beside |= set(Promotion.objects.filter(coupons__code__in=others).values_list("pk", "combines"))
    if claim.order_ref:
        rows = taken.filter(order_ref=claim.order_ref)
        beside |= set(rows.values_list("promotion_id", "promotion__combines"))
    if claim.cart_ref:
        rows = taken.filter(cart_ref=claim.cart_ref)
        beside |= set(rows.values_list("promotion_id", "promotion__combines"))
    if not beside:
        return None
    return all(combines and pk != coupon.promotion_id for pk, combines in beside)
