"""What the shop's server asks of Rapport while a customer waits: whether a coupon holds, and how many points they have.

Over the REST API, like any shop; an answer that does not come in time is none, and the shop goes on without.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import urllib3
from django.conf import settings
from django.utils.translation import gettext as _

from rapport.core import crypto
from rapport.demo.models import DemoShop, ShopAccount
from rapport.demo.seeding.capture_client import API_KEY
from rapport.demo.seeding.catalogue import CATEGORIES, Product

log = logging.getLogger("rapport.shop")
SECONDS = 4.0
_POOL = urllib3.PoolManager(maxsize=4, retries=False, timeout=SECONDS)


class NotHeld(Exception):
    """The coupon cannot be used; the message says why."""


class Points(NamedTuple):
    available: int
    pending: int
    tier: str
    next_tier: str
    missing: Decimal


def hold(
    *, code: str, cart: list[tuple[Product, int]], cart_id: str, account: ShopAccount | None, client: str
) -> Decimal:
    """Holds the coupon for this basket and returns what comes off. Raises NotHeld."""
    body = {
        "cart": {"currency": "GBP", "products": [_line(*entry) for entry in cart]},
        "cart_id": cart_id,
        "client": client,
        "person": {"user_id": account.user_id} if account else {},
    }
    status, answer = _ask("POST", f"/coupons/{quote(code, safe='')}/reservation", body)
    if status == 201:
        return Decimal(str(answer["discount"]))
    raise NotHeld(answer.get("detail") or _("The coupon cannot be checked just now. Please try again."))


def release(code: str, cart_id: str) -> None:
    """Lets go of a coupon that was taken out of the basket; if this fails, it ends by itself."""
    _ask("DELETE", f"/coupons/{quote(code, safe='')}/reservation?{urlencode({'cart_id': cart_id})}")


def gift_balance(code: str, client: str, now: dt.datetime) -> Decimal:
    """What is on a gift card that can be used now. Raises NotHeld."""
    query = urlencode({"client": client})
    status, answer = _ask("GET", f"/gift-cards/{quote(code, safe='')}?{query}")
    if status != 200:
        raise NotHeld(
            answer.get("detail") or _("The gift card cannot be checked just now. Please try again.")
        )
    ends = answer["expires_at"]
    if answer["blocked"] or answer["currency"] != "GBP" or (ends and dt.datetime.fromisoformat(ends) <= now):
        raise NotHeld(_("This gift card cannot be used here any more."))
    if not (balance := Decimal(str(answer["balance"]))):
        raise NotHeld(_("There is nothing left on this gift card."))
    return balance


def gift_pay(*, code: str, order: str, amount: Decimal, client: str) -> Decimal:
    """Takes as much off a gift card as there is, up to what the order costs; returns how much. Raises NotHeld."""
    body = {"amount": str(amount), "currency": "GBP", "order_id": order, "up_to": True, "client": client}
    status, answer = _ask("POST", f"/gift-cards/{quote(code, safe='')}/redemption", body)
    if status != 201:
        raise NotHeld(answer.get("detail") or _("The gift card cannot be charged just now."))
    return abs(Decimal(str(answer["amount"])))


def points(account: ShopAccount) -> Points | None:
    """What a member of the loyalty programme has; None where nobody is one, or nobody answers."""
    query = urlencode({"identifier": f"user_id:{account.user_id}"})
    _status, people = _ask("GET", f"/people?{query}")
    for person in people.get("data", []) if isinstance(people, dict) else []:
        _status, accounts = _ask("GET", f"/people/{person['id']}/loyalty")
        for row in accounts if isinstance(accounts, list) else []:
            tier = row["tier"] or {}
            missing = Decimal(tier.get("missing") or 0)
            return Points(
                row["points"], row["pending"], tier.get("name") or "", tier.get("next_tier") or "", missing
            )
    return None


def _line(product: Product, quantity: int) -> dict[str, Any]:
    return {
        "product_id": product.code,
        "sku": product.code,
        "category": CATEGORIES[product.category],
        "quantity": quantity,
        "price": str(product.price),
    }


def _ask(method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """(status, answer); (0, {}) where there was none."""
    shop = DemoShop.objects.only("api_key").first()
    if shop is None or not shop.api_key:
        return 0, {}
    key = crypto.open_sealed(API_KEY, shop.api_key)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    url = f"{settings.PUBLIC_URL}/api/v1{path}"
    try:
        answer = _POOL.request(
            method, url, body=json.dumps(body) if body is not None else None, headers=headers
        )
        return answer.status, json.loads(answer.data) if answer.data else {}
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        log.warning("%s %s: no answer: %s", method, path.partition("?")[0], error)
        return 0, {}
