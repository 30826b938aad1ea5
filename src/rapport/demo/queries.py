"""Reads of the demo's shop and mailbox."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404

from rapport.core.access import Actor
from rapport.demo.models import CaughtMail, DemoShop, ShopAccount, ShopOrder
from rapport.demo.seeding.catalogue import Product, products


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
