"""What becomes of an order in the shop: sent, delivered, sent back. Minutes stand for days.

Nobody packs anything; the shop's server says what a shop would say, so that Rapport can show it.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from rapport.core.clock import SYSTEM, Clock
from rapport.demo.models import ShopEvent, ShopOrder, ShopOrderLine, ShopReturn, ShopReturnPart
from rapport.demo.services import gifts, stock
from rapport.demo.services.shop import order_event

PACKING, JOURNEY = dt.timedelta(minutes=1), dt.timedelta(minutes=2)
MAY_RETURN = dt.timedelta(days=30)
CARRIER = "Thistle Post"
AT_ONCE = 100


class CannotReturn(ValueError):
    """These products cannot be sent back; the message says why."""


def move_on(clock: Clock = SYSTEM) -> int:
    """Sends, delivers, takes back and restocks what is due; returns for how many orders something happened."""
    now = clock.now()
    with transaction.atomic():
        stock.restock(now)
        return _send(now) + _deliver(now) + _take_back(now)


def _send(now: dt.datetime) -> int:
    waiting = ShopOrder.objects.filter(shipped_at=None, placed_at__lt=now - PACKING).order_by("pk")
    orders = list(waiting.select_for_update(of=("self",)).select_related("account")[:AT_ONCE])
    for order in orders:
        order.shipped_at = now
        _tell(
            order_event(
                order,
                "Order Shipped",
                now,
                tracking_number=order.parcel,
                carrier=CARRIER,
                estimated_delivery=(now + JOURNEY).isoformat(),
            )
        )
    ShopOrder.objects.bulk_update(orders, ["shipped_at"])
    return len(orders)


def _deliver(now: dt.datetime) -> int:
    waiting = ShopOrder.objects.filter(delivered_at=None, shipped_at__lt=now - JOURNEY).order_by("pk")
    orders = list(waiting.select_for_update(of=("self",)).select_related("account")[:AT_ONCE])
    for order in orders:
        order.delivered_at = now
        _tell(order_event(order, "Order Delivered", now, tracking_number=order.parcel))
    ShopOrder.objects.bulk_update(orders, ["delivered_at"])
    return len(orders)


def _take_back(now: dt.datetime) -> int:
    waiting = ShopReturn.objects.filter(received_at=None, requested_at__lt=now - JOURNEY).order_by("pk")
    returns = list(waiting.select_for_update(of=("self",)).select_related("order__account")[:AT_ONCE])
    for given in returns:
        given.received_at = now
        pieces = [(part.line.code, part.quantity) for part in given.parts.select_related("line")]
        products = [{"product_id": code, "quantity": quantity} for code, quantity in pieces]
        stock.put_back(pieces)
        _tell(order_event(given.order, "Return Received", now, return_id=given.number, products=products))
        refund = {"refund_id": given.number, "amount": float(given.amount), "products": products}
        _tell(order_event(given.order, "Order Refunded", now, return_id=given.number, **refund))
        gifts.give_back(given)
    ShopReturn.objects.bulk_update(returns, ["received_at"])
    return len(returns)


@transaction.atomic
def request_return(
    *, order: ShopOrder, quantities: dict[int, int], reason: str, clock: Clock = SYSTEM
) -> ShopReturn:
    """Takes note of what comes back, {line: how many}, and queues `Return Requested`. Raises CannotReturn."""
    now = clock.now()
    ShopOrder.objects.select_for_update().get(pk=order.pk)  # one return at a time
    if order.delivered_at is None or now - order.delivered_at > MAY_RETURN:
        raise CannotReturn(
            _("This order cannot be sent back: it has not arrived, or it came over 30 days ago.")
        )
    chosen: list[tuple[ShopOrderLine, int]] = []
    for line, left in returnable(order):
        quantity = quantities.get(line.pk, 0)
        if quantity > left:
            words = _("Of “%(product)s” you can send back %(count)s at most.")
            raise CannotReturn(words % {"product": line.name, "count": left})
        if quantity > 0:
            chosen.append((line, quantity))
    if not chosen:
        raise CannotReturn(_("Say how many of which product you send back."))
    given = ShopReturn.objects.create(order=order, reason=reason.strip(), requested_at=now)
    ShopReturnPart.objects.bulk_create(
        ShopReturnPart(shop_return=given, line=line, quantity=quantity) for line, quantity in chosen
    )
    products = [{"product_id": line.code, "quantity": quantity} for line, quantity in chosen]
    details = {"products": products} | ({"reason": given.reason} if given.reason else {})
    _tell(order_event(order, "Return Requested", now, return_id=given.number, **details))
    return given


def returnable(order: ShopOrder) -> list[tuple[ShopOrderLine, int]]:
    """The lines of an order, each with how many of it could still be sent back."""
    lines = order.lines.annotate(back=Sum("returned__quantity", default=0)).order_by("pk")
    return [(line, line.quantity - line.back) for line in lines]


def _tell(event: dict[str, object]) -> None:
    ShopEvent.objects.create(payload=event)
