"""What the shop has left of each product, and how Rapport's catalogue hears of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext as _

from rapport.demo.models import ShopEvent, ShopStock
from rapport.demo.seeding.catalogue import Product, first_stock

RESTOCK, RESTOCK_AFTER = 24, dt.timedelta(minutes=10)


class SoldOut(Exception):
    """Less is left of a product than somebody wants; the message says how much."""

    def __init__(self, product: Product, left: int) -> None:
        words = (
            _("Only %(count)s left of “%(product)s”. Please change your basket.")
            if left
            else _("“%(product)s” has just been sold out. Please take it out of your basket.")
        )
        super().__init__(words % {"count": left, "product": product.name})


def take(cart: list[tuple[Product, int]], *, now: dt.datetime) -> None:
    """Takes everything or nothing, in the caller's transaction. Raises SoldOut."""
    rows = _locked(product.code for product, _quantity in cart)
    for product, quantity in cart:
        row = rows[product.code]
        if row.left < quantity:
            raise SoldOut(product, row.left)
        row.left -= quantity
        row.empty_since = None if row.left else now
    _keep(rows.values())


def put_back(pieces: Iterable[tuple[str, int]]) -> None:
    """What customers have sent back, in the caller's transaction."""
    given = list(pieces)
    rows = _locked(code for code, _quantity in given)
    for code, quantity in given:
        rows[code].left += quantity
        rows[code].empty_since = None
    _keep(rows.values())


def restock(now: dt.datetime) -> None:
    """New goods arrive for what customers have bought up, in the caller's transaction."""
    rows = ShopStock.objects.filter(empty_since__lt=now - RESTOCK_AFTER).order_by("code")
    waiting = list(rows.select_for_update())
    for row in waiting:
        row.left, row.empty_since = RESTOCK, None
    _keep(waiting)


def _locked(codes: Iterable[str]) -> dict[str, ShopStock]:
    """Always in the order of the codes, so that two orders never wait for each other in a circle."""
    wanted = sorted(set(codes))
    ShopStock.objects.bulk_create(
        [ShopStock(code=code, left=first_stock(code)) for code in wanted], ignore_conflicts=True
    )
    rows = ShopStock.objects.select_for_update().filter(code__in=wanted).order_by("code")
    return {row.code: row for row in rows}


def _keep(rows: Iterable[ShopStock]) -> None:
    changed = list(rows)
    if changed:
        ShopStock.objects.bulk_update(changed, ["left", "empty_since"])
        figures = [{"variant": row.code, "available": row.left} for row in changed]
        ShopEvent.objects.create(path="/api/v1/stock", payload={"stock": figures})
