"""What the shop remembers of a visitor between two pages, in a signed cookie of its own.

The shop does not use Rapport's session: it is a different system that happens to be served by the same process.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from typing import Any, NamedTuple

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rapport.core.clock import clock_of
from rapport.demo import queries
from rapport.demo.models import ShopAccount
from rapport.demo.seeding.catalogue import CATEGORIES, Product, products
from rapport.demo.services import asking
from rapport.demo.services.shop import Held

COOKIE, SALT = "lt_visit", "demo.shop"
THIRTY_DAYS = 30 * 86_400
MOST_LINES = 40


class Gift(NamedTuple):
    """A gift card and what is on it."""

    code: str
    balance: Decimal

    @property
    def ending(self) -> str:
        return self.code[-4:]


class Visit:
    """Basket, account and what the tracker still has to be told on the next page."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.data: dict[str, Any] = {}
        try:
            visitor = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=THIRTY_DAYS)
            self.data = visitor if isinstance(visitor, dict) else {}
        except signing.BadSignature:
            pass
        self.account: ShopAccount | None = queries.account(self.data.get("account"))
        self._before = repr(self.data)

    @property
    def cart(self) -> list[tuple[Product, int]]:
        catalogue = products()
        return [
            (catalogue[code], quantity)
            for code, quantity in self.data.get("cart", {}).items()
            if code in catalogue
        ]

    @property
    def total(self) -> Any:
        return sum(product.price * quantity for product, quantity in self.cart)

    @property
    def pieces(self) -> int:
        return sum(quantity for _, quantity in self.cart)

    @property
    def anonymous_id(self) -> str:
        """The tracker's id of this browser, if the visitor lets it keep one."""
        return self.request.COOKIES.get("rapport_aid", "")[:100]

    @property
    def cart_id(self) -> str:
        """Names this basket towards Rapport."""
        return str(self.data.setdefault("cart_id", secrets.token_urlsafe(12)))

    @property
    def client(self) -> str:
        """Where wrong codes come from."""
        return self.anonymous_id or self.cart_id

    def hold_coupon(self) -> Held | None:
        """The coupon of this basket, held anew for what is in it now. Raises NotHeld, and forgets it then."""
        code = self.data.get("coupon")
        if not code or not self.cart:
            return None
        try:
            discount = asking.hold(
                code=code,
                cart=self.cart,
                cart_id=self.cart_id,
                account=self.account,
                client=self.client,
            )
        except asking.NotHeld:
            self.data.pop("coupon")
            raise
        return Held(code, discount, self.cart_id)

    def gift_card(self) -> Gift | None:
        """The gift card that is to pay for this basket. Raises NotHeld, and forgets it then."""
        code = self.data.get("gift_card")
        if not code or not self.cart:
            return None
        try:
            return Gift(code, asking.gift_balance(code, self.client, clock_of(self.request).now()))
        except asking.NotHeld:
            self.data.pop("gift_card")
            raise

    def put(self, code: str, quantity: int) -> None:
        """Sets how many of a product are in the basket; 0 takes it out."""
        cart: dict[str, int] = self.data.setdefault("cart", {})
        if quantity:
            if code in cart or len(cart) < MOST_LINES:
                cart[code] = min(quantity, 999)
        else:
            cart.pop(code, None)

    def tell(self, *call: Any) -> None:
        """Has the tracker make this call on the next page: ("track", "Product Added", {…})."""
        self.data.setdefault("tell", []).append(call)

    def page(
        self, template: str, status: int = 200, events: list[Any] | None = None, **context: Any
    ) -> HttpResponse:
        """Renders a page of the shop; `events` are tracker calls that belong to this page."""
        calls = [*self.data.pop("tell", []), *(events or [])]
        context |= {
            "visit": self,
            "categories": CATEGORIES,
            "calls": calls,
            "write_key": queries.website_key(),
        }
        return render(self.request, f"demo/shop/{template}.html", context, status=status)

    def remember(self, response: HttpResponse) -> HttpResponse:
        response.headers["Cache-Control"] = "private, no-cache"
        if repr(self.data) != self._before:
            response.set_cookie(
                COOKIE,
                signing.dumps(self.data, salt=SALT, compress=True),
                max_age=THIRTY_DAYS,
                path="/shop/",
                httponly=True,
                samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
            )
        return response


def shop_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Gives the view a `Visit` and keeps what it changed."""

    @wraps(view)
    def visited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        visit = Visit(request)
        return visit.remember(view(request, visit, *args, **kwargs))

    return visited
