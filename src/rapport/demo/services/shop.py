"""What happens in the shop: accounts and orders, each with what Rapport is to be told of it.

The shop is a business system of its own, so these services take no Rapport actor; whoever calls is the customer.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import quote

from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, transaction

from rapport.core.clock import SYSTEM, Clock
from rapport.demo.models import ShopAccount, ShopEvent, ShopOrder, ShopOrderLine
from rapport.demo.seeding.catalogue import Product
from rapport.demo.seeding.render import WORDING
from rapport.demo.services import stock

NEWSLETTER_WORDING = WORDING["newsletter"]
SIGN_UP_FORM = "shop/sign-up, version 1"


class Held(NamedTuple):
    """A coupon that Rapport holds for a basket, and what comes off."""

    code: str
    discount: Decimal
    cart_id: str


class EmailTaken(ValueError):
    """There is an account with this address already."""


def sign_up(
    *,
    email: str,
    name: str,
    password: str,
    newsletter: bool,
    anonymous_id: str = "",
    page: str = "",
    clock: Clock = SYSTEM,
) -> ShopAccount:
    """Opens an account and queues `identify` and, if ticked, `Consent Granted` with its evidence.

    Consent goes from the server, because it must be recorded also for people who refuse the tracker.
    Raises EmailTaken.
    """
    try:
        with transaction.atomic():
            account = ShopAccount.objects.create(
                email=email.strip().lower(),
                name=name.strip(),
                password=make_password(password),
                newsletter=newsletter,
                created_at=clock.now(),
            )
            _tell(_identify(account, anonymous_id, clock))
            if newsletter:
                _tell(_consent(account, anonymous_id, page, clock))
    except IntegrityError as error:
        raise EmailTaken(email) from error
    return account


def account_with(*, email: str, password: str) -> ShopAccount | None:
    """The account with this address if the password is right."""
    account = ShopAccount.objects.filter(email=email.strip().lower()).first()
    if account is None:
        make_password(password)  # takes as long as checking, so that addresses cannot be probed
        return None
    return account if check_password(password, account.password) else None


@transaction.atomic
def place_order(
    *,
    cart: list[tuple[Product, int]],
    email: str,
    name: str,
    address: str,
    account: ShopAccount | None,
    coupon: Held | None = None,
    anonymous_id: str = "",
    clock: Clock = SYSTEM,
) -> ShopOrder:
    """Takes from stock, stores the order, queues `Order Completed` and the redemption of its coupon.

    `cart` is not empty; quantities are at least 1.

    Raises SoldOut.
    """
    stock.take(cart, now=clock.now())
    order = ShopOrder.objects.create(
        account=account,
        email=email.strip().lower(),
        name=name.strip(),
        address=address.strip(),
        total=sum(product.price * quantity for product, quantity in cart)
        - (coupon.discount if coupon else 0),
        coupon=coupon.code if coupon else "",
        discount=coupon.discount if coupon else 0,
        anonymous_id=anonymous_id,
        placed_at=clock.now(),
    )
    _keep_lines(order, cart)
    if account is None:
        _tell(_guest(order))
    _tell(_order_completed(order, cart, coupon))
    if coupon:
        _redeem(coupon, order)
    return order


def _keep_lines(order: ShopOrder, cart: list[tuple[Product, int]]) -> None:
    ShopOrderLine.objects.bulk_create(
        ShopOrderLine(
            order=order, code=product.code, name=product.name, price=product.price, quantity=quantity
        )
        for product, quantity in cart
    )


def _redeem(coupon: Held, order: ShopOrder) -> None:
    path = f"/api/v1/coupons/{quote(coupon.code, safe='')}/redemption"
    ShopEvent.objects.create(path=path, payload={"order_id": order.number, "cart_id": coupon.cart_id})


def order_event(order: ShopOrder, event: str, at: dt.datetime, **properties: Any) -> dict[str, Any]:
    """What the shop's server tells of an order that was placed before."""
    mark = properties.get("return_id") or order.pk
    return {
        "type": "track",
        "event": event,
        "messageId": f"shop-{event.lower().replace(' ', '-')}-{mark}",
        **_who(order.account, order.anonymous_id, f"shop-order-{order.pk}"),
        "timestamp": at.isoformat(),
        "properties": {"order_id": order.number, "currency": "GBP", **properties},
    }


def _tell(event: dict[str, Any]) -> None:
    ShopEvent.objects.create(payload=event)


def _who(account: ShopAccount | None, anonymous_id: str, fallback: str = "") -> dict[str, str]:
    """User id and anonymous id as far as they are known; an event needs one of them."""
    who = {"userId": account.user_id} if account else {}
    if anonymous_id or not who:
        who["anonymousId"] = anonymous_id or fallback
    return who


def _identify(account: ShopAccount, anonymous_id: str, clock: Clock) -> dict[str, Any]:
    first, _, last = account.name.partition(" ")
    traits = {"name": account.name, "first_name": first, "email": account.email}
    return {
        "type": "identify",
        "messageId": f"shop-account-{account.pk}",
        **_who(account, anonymous_id),
        "timestamp": clock.now().isoformat(),
        "traits": {**traits, **({"last_name": last} if last else {})},
    }


def _consent(account: ShopAccount, anonymous_id: str, page: str, clock: Clock) -> dict[str, Any]:
    digest = hashlib.sha256(NEWSLETTER_WORDING.encode()).hexdigest()
    return {
        "type": "track",
        "event": "Consent Granted",
        "messageId": f"shop-consent-{account.pk}-newsletter",
        **_who(account, anonymous_id),
        "timestamp": clock.now().isoformat(),
        "context": {"page": {"url": page}} if page else {},
        "properties": {
            "purpose": "newsletter",
            "channel": "email",
            "wording": NEWSLETTER_WORDING,
            "wording_sha256": digest,
            "form": SIGN_UP_FORM,
            "page": page,
        },
    }


def _guest(order: ShopOrder) -> dict[str, Any]:
    """A guest gave name and address with the order; that is all that names him."""
    return {
        "type": "identify",
        "messageId": f"shop-guest-{order.pk}",
        **_who(None, order.anonymous_id, f"shop-order-{order.pk}"),
        "timestamp": order.placed_at.isoformat(),
        "traits": {"name": order.name, "email": order.email},
    }


def _order_completed(
    order: ShopOrder, cart: list[tuple[Product, int]], coupon: Held | None
) -> dict[str, Any]:
    products = [
        {
            "product_id": product.code,
            "sku": product.code,
            "name": product.name,
            "category": product.category,
            "price": float(product.price),  # two decimals: exact again when JSON writes it
            "quantity": quantity,
        }
        for product, quantity in cart
    ]
    return {
        "type": "track",
        "event": "Order Completed",
        "messageId": f"shop-order-{order.pk}",
        **_who(order.account, order.anonymous_id, f"shop-order-{order.pk}"),
        "timestamp": order.placed_at.isoformat(),
        "properties": {
            "order_id": order.number,
            "total": float(order.total),
            "revenue": float(order.total),
            "currency": "GBP",
            "products": products,
            **_coupon(coupon),
        },
    }


def _coupon(coupon: Held | None) -> dict[str, Any]:
    if coupon is None:
        return {}
    return {"coupon": coupon.code, "discount": float(coupon.discount), "cart_id": coupon.cart_id}
