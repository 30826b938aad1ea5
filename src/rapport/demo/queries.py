"""Reads of the demo's shop and mailbox."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404

from rapport.core.access import Actor
from rapport.demo.models import CaughtMail, DemoShop, ShopAccount, ShopOrder, ShopStock
from rapport.demo.seeding.catalogue import Product, first_stock, products


def website_key() -> str:
    """The write key on the shop's pages; "" until the demo has been set up."""
    shop = DemoShop.objects.only("website_key").first()
    return shop.website_key if shop else ""


def product(code: str) -> Product:
    try:
        return products()[code]
    except KeyError:
        raise Http404 from None


def account(number: int | None) -> ShopAccount | None:
    return ShopAccount.objects.filter(pk=number).first() if number else None


def order(number: int | None) -> ShopOrder:
    """The order the customer has just placed. Raises Http404."""
    order = ShopOrder.objects.prefetch_related("lines").filter(pk=number).first() if number else None
    if order is None:
        raise Http404
    return order


def own_orders(account: ShopAccount) -> QuerySet[ShopOrder]:
    return account.orders.prefetch_related("lines", "returns").order_by("-pk")


def own_order(number: str, account: ShopAccount | None, placed: int | None) -> ShopOrder:
    """An order of this account, or the one this browser placed as a guest. Raises Http404."""
    digits = number.removeprefix("LT-")
    if number.startswith("LT-") and digits.isdecimal() and len(digits) < 12:
        orders = ShopOrder.objects.prefetch_related("returns__parts__line")
        for order in orders.filter(pk=int(digits) - 100_000):
            if order.pk == placed or (account and order.account_id == account.pk):
                return order
    raise Http404


def stock(codes: list[str]) -> dict[str, int]:
    """How many there are of these products."""
    left = {code: first_stock(code) for code in codes}
    return left | dict(ShopStock.objects.filter(code__in=codes).values_list("code", "left"))


def mails(actor: Actor) -> QuerySet[CaughtMail]:
    """Caught mails, newest first, without their content."""
    actor.require("campaigns.view")
    return CaughtMail.objects.defer("raw").order_by("-id")


def mail_for(actor: Actor, number: int) -> CaughtMail:
    actor.require("campaigns.view")
    mail = CaughtMail.objects.filter(pk=number).first()
    if mail is None:
        raise Http404
    return mail
