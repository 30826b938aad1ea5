"""Gift cards in the shop: Rapport keeps them; the shop sells them, takes them in payment, and gives money back to them.

A card that is sold is money for goods to come, and no order.
"""

from __future__ import annotations

import datetime as dt
import secrets
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from rapport.core.clock import SYSTEM, Clock
from rapport.demo.models import ShopAccount, ShopEvent, ShopOrder, ShopReturn
from rapport.demo.services import asking


def sell(
    *,
    account: ShopAccount,
    amount: str,
    recipient_name: str,
    recipient_email: str,
    greeting: str,
    deliver_on: dt.date | None,
    clock: Clock = SYSTEM,
) -> None:
    """Has Rapport make a card and send it: to the friend, or to the buyer if none is named."""
    now = clock.now()
    day = dt.datetime.combine(deliver_on, dt.time(8), dt.UTC) if deliver_on else now
    payload: dict[str, Any] = {
        "amount": amount,
        "currency": "GBP",
        "person": {"user_id": account.user_id},
        "key": f"shop-gift-{secrets.token_urlsafe(12)}",
        "recipient_name": recipient_name,
        "recipient_email": recipient_email,
        "giver_name": account.name if recipient_email else "",
        "greeting": greeting,
        "deliver_at": max(day, now).isoformat(),
    }
    ShopEvent.objects.create(path="/api/v1/gift-cards", payload=payload)


def pay(order: ShopOrder, code: str, client: str) -> None:
    """Pays an order with a card as far as it reaches; what is left is paid in another way."""
    try:
        paid = asking.gift_pay(code=code, order=order.number, amount=order.total, client=client)
    except asking.NotHeld:
        return
    order.gift_card, order.gift_paid = code, paid
    order.save(update_fields=["gift_card", "gift_paid"])


def give_back(given: ShopReturn) -> Decimal:
    """Queues what of a return's money goes back to the card that paid; returns how much."""
    order = given.order
    amount = min(given.amount, order.gift_paid - order.gift_back)
    if amount <= 0:
        return Decimal(0)
    order.gift_back += amount
    order.save(update_fields=["gift_back"])
    path = f"/api/v1/gift-cards/{quote(order.gift_card, safe='')}/refund"
    payload = {"order_id": order.number, "amount": str(amount), "key": given.number}
    ShopEvent.objects.create(path=path, payload=payload)
    return amount
