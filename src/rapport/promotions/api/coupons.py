"""Coupons over the API: what a shop asks at its checkout."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Status

from rapport.core.access import Actor, actor_of
from rapport.core.api import Limit, Page, cursor_page
from rapport.core.api.pages import Cursor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.money import MoneyError, currency_code
from rapport.people.queries import person_for
from rapport.promotions import queries
from rapport.promotions.api import refusing
from rapport.promotions.api.schemas import (
    CartIn,
    CheckIn,
    CheckOut,
    ClaimIn,
    CouponIn,
    CouponOut,
    EndIn,
    RedemptionIn,
    RedemptionOut,
    RefusedOut,
    ReservationIn,
    redemption_out,
)
from rapport.promotions.models import Coupon
from rapport.promotions.services import issuing, promotions, redeeming, tries
from rapport.promotions.services.baskets import Basket, BasketLine
from rapport.promotions.services.claims import Claim, bearer_of
from rapport.promotions.services.redeeming import Taken
from rapport.promotions.services.refusals import Refused, TooManyTries

router = Router(tags=["coupons"])


@router.get("/coupons", response=Page[CouponOut], summary="List coupons, newest first")
def list_coupons(
    request: HttpRequest,
    limit: Limit,
    cursor: Cursor = None,
    promotion: str | None = None,
    person: str | None = None,
) -> dict[str, Any]:
    actor = actor_of(request)
    actor.require("promotions.view")
    rows = queries.coupons(actor)
    if promotion:
        rows = rows.filter(promotion__key=promotion)
    if person:
        rows = rows.filter(person=person_for(actor, person))
    data, following = cursor_page(rows, scope="coupons", sort=("-id",), cursor=cursor, limit=limit)
    return {"data": data, "next_cursor": following}


@router.post("/coupons", response={201: CouponOut}, summary="Add a code, or issue one to a person")
def create_coupon(request: HttpRequest, body: CouponIn) -> Status[Coupon]:
    actor = actor_of(request)
    actor.require("coupons.redeem" if body.person else "promotions.edit")
    promotion = queries.promotion_for(actor, body.promotion)
    if not body.person:
        coupon = promotions.add_code(
            actor=actor,
            promotion=promotion,
            code=body.code,
            max_uses=body.max_uses,
            expires_at=body.expires_at,
        )
        return Status(201, coupon)
    person = bearer_of(actor, body.person).person_id
    if person is None:
        raise ValidationError({"person": _("Nobody is known by this.")})
    try:
        return Status(201, issuing.issue(actor=actor, promotion=promotion, person_id=person))
    except issuing.NothingToIssue as error:
        raise ValidationError({"promotion": str(error)}) from error


@router.get("/coupons/{code}", response=CouponOut, summary="Read a coupon")
def get_coupon(request: HttpRequest, code: str) -> Coupon:
    actor_of(request).require("promotions.view")
    return queries.coupon_for(actor_of(request), code)


@router.post(
    "/coupons/{code}/trial",
    response={200: CheckOut, 409: RefusedOut, 429: RefusedOut},
    summary="Try a coupon",
)
def try_coupon(request: HttpRequest, code: str, body: CheckIn) -> Any:
    """Whether the code would hold for this person and cart, and why not. Nothing is kept."""

    def answer(actor: Actor, claim: Claim) -> dict[str, Any]:
        checked = redeeming.trial(actor=actor, claim=claim)
        result = checked.result
        return {
            "holds": not result.refusals, "promotion": checked.promotion.key, "discount": result.discount,
            "shares": list(result.shares), "shipping": result.shipping, "reasons": refusing.reasons(result.refusals),
        }  # fmt: skip

    return _answered(request, code, body, answer, body.order_id)


@router.post(
    "/coupons/{code}/reservation",
    response={201: RedemptionOut, 409: RefusedOut, 429: RefusedOut},
    summary="Reserve a coupon",
)
def reserve_coupon(request: HttpRequest, code: str, body: ReservationIn) -> Any:
    """Holds the code for a cart, so that nobody else uses it meanwhile. Asked again, it is held anew."""
    duration = dt.timedelta(minutes=body.minutes)
    return _answered(
        request,
        code,
        body,
        lambda actor, claim: _made(redeeming.reserve(actor=actor, claim=claim, duration=duration)),
    )


@router.delete(
    "/coupons/{code}/reservation", response={204: None, 409: RefusedOut}, summary="Release a coupon"
)
def release_coupon(request: HttpRequest, code: str, cart_id: str, store: str = "main") -> Any:
    """Takes the code out of the cart. One that is not held any more is left as it is."""
    actor = actor_of(request)
    actor.require("coupons.redeem")
    try:
        redeeming.release(actor=actor, code=code, store=store, cart_ref=cart_id)
    except Refused as error:
        return refusing.refused(error)
    return Status(204, None)


@router.post(
    "/coupons/{code}/redemption",
    response={201: RedemptionOut, 409: RefusedOut, 429: RefusedOut},
    summary="Redeem a coupon",
)
def redeem_coupon(request: HttpRequest, code: str, body: RedemptionIn) -> Any:
    """Uses the code for an order. Asked again for the same order it is the same redemption, not a second one."""
    return _answered(
        request,
        code,
        body,
        lambda actor, claim: _made(redeeming.redeem(actor=actor, claim=claim)),
        body.order_id,
    )


@router.post(
    "/coupons/{code}/redemption/cancellation",
    response={204: None, 409: RefusedOut},
    summary="Cancel a redemption",
)
def cancel_redemption(request: HttpRequest, code: str, body: EndIn) -> Any:
    """The order was not to be: the code can be used again. Orders that Rapport knows do this by themselves."""
    actor = actor_of(request)
    actor.require("coupons.redeem")
    try:
        redeeming.cancel(
            actor=actor, code=code, store=body.store, order_ref=body.order_id, reason=body.reason
        )
    except Refused as error:
        return refusing.refused(error)
    return Status(204, None)


def _made(taken: Taken) -> Status[dict[str, Any]]:
    return Status(201, redemption_out(taken.redemption, taken.result.shares, taken.result.shipping))


def _answered(
    request: HttpRequest,
    code: str,
    body: ClaimIn,
    run: Callable[[Actor, Claim], Any],
    order_id: str = "",
    clock: Clock = SYSTEM,
) -> Any:
    """What `run` says, or why the code is refused; refusals are counted where they come from."""
    actor, now = actor_of(request), clock.now()
    actor.require("coupons.redeem")
    bearer = bearer_of(actor, body.person, address=body.address, client=body.client)
    claim = Claim(code, _basket(body.cart), bearer, body.store, order_id, body.cart_id)
    try:
        tries.let_in(actor, claim, now)
        return run(actor, claim)
    except TooManyTries as error:
        return refusing.refused(error)
    except Refused as error:
        tries.note(actor, claim, error, now)
        return refusing.refused(error)


def _basket(cart: CartIn | None) -> Basket:
    """Raises ValidationError."""
    if cart is None:
        return Basket("")
    try:
        currency = currency_code(cart.currency)
    except MoneyError as error:
        raise ValidationError({"cart": str(error)}) from error
    lines = [
        BasketLine(line.product_id, line.sku, line.category, line.quantity, line.price, line.discount)
        for line in cart.products
    ]
    if not lines and cart.total is not None:
        lines = [BasketLine(quantity=Decimal(1), price=cart.total)]
    return Basket(currency, lines, cart.shipping, cart.coupons)
