"""The rule by which a cart or a checkout is called abandoned: so many minutes without anything, and no order.

It is told once per content of a cart, and never of one that became an order: the person's orders are looked at by
whatever device they came, and while events still wait in the log it is not decided what was not bought.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from rapport.commerce.models import Cart, Order, OrderLine, OrderSettings, StaleSubjects
from rapport.core import jobs
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import outbox
from rapport.core.services.outbox import DomainEvent
from rapport.events.services import log

BATCH = 500
# Carts that came to rest longer ago are history that was loaded, or lay in a process that stood still.
LATENESS = dt.timedelta(days=1)
CART, CHECKOUT = "Cart Abandoned", "Checkout Abandoned"


def run(job: jobs.RunningJob) -> dict[str, int]:
    """Tells of the carts whose time has come."""
    count = 0
    while True:
        with transaction.atomic():
            looked, more = tell_batch(job.clock)
            job.step()
        count += more
        if looked < BATCH:
            return {"told": count}


def tell_batch(clock: Clock = SYSTEM) -> tuple[int, int]:
    """(carts looked at, carts told of), in the caller's transaction."""
    rules = OrderSettings.objects.first() or OrderSettings()
    now = clock.now()
    until = _certain_until(now)
    by_cart, by_checkout = (
        until - dt.timedelta(minutes=minutes) for minutes in (rules.cart_minutes, rules.checkout_minutes)
    )
    due = Q(state=Cart.State.OPEN, waiting_since__lte=by_cart) | Q(
        state=Cart.State.CHECKOUT, waiting_since__lte=by_checkout
    )
    carts = jobs.claim_rows(Cart.objects.filter(due).order_by("waiting_since"), limit=BATCH)
    bought = _bought(carts)
    oldest = now - LATENESS - dt.timedelta(minutes=max(rules.cart_minutes, rules.checkout_minutes))
    abandoned = [
        cart
        for cart in carts
        if rules.tells_abandoned
        and cart.person_id
        and cart.waiting_since
        and cart.waiting_since >= oldest
        and cart.pk not in bought
    ]
    outbox.emit_many([_event(cart, rules, now) for cart in abandoned], clock=clock)
    Cart.objects.filter(pk__in=[cart.pk for cart in carts]).update(waiting_since=None)
    for cart in abandoned:
        cart.state, cart.abandoned_version, cart.abandoned_at = Cart.State.ABANDONED, cart.version, now
        cart.waiting_since = None
    Cart.objects.bulk_update(abandoned, ["state", "abandoned_version", "abandoned_at", "waiting_since"])
    return len(carts), len(abandoned)


def _certain_until(now: dt.datetime) -> dt.datetime:
    """Up to when all that happened is folded: what still waits may be the order."""
    waiting = [moment] if (moment := log.oldest()) else []
    if stale := StaleSubjects.objects.order_by("pk").values_list("since", flat=True).first():
        waiting.append(stale)
    return min([now, *waiting])


def _bought(carts: Sequence[Cart]) -> set[uuid.UUID]:
    """The carts that became an order: one placed since the cart last moved, or one with everything that is in it."""
    persons = {cart.person_id for cart in carts if cart.person_id}
    first = min((cart.opened_at for cart in carts), default=None)
    if first is None:
        return set()
    orders = Order.objects.filter(person_id__in=persons, placed_at__gte=first).exclude(
        state__in=(Order.State.INCOMPLETE, Order.State.REFUND_ONLY)
    )
    by_person: dict[uuid.UUID | None, list[Order]] = defaultdict(list)
    for order in orders:
        by_person[order.person_id].append(order)
    products = _products([order.pk for orders_of in by_person.values() for order in orders_of])
    bought = set()
    for cart in carts:
        wanted = {line.get("product_id") or line.get("sku", "") for line in cart.lines}
        for order in by_person[cart.person_id]:
            since = order.placed_at >= (cart.waiting_since or cart.changed_at)
            if since or (order.placed_at >= cart.opened_at and wanted and wanted <= products[order.pk]):
                bought.add(cart.pk)
    return bought


def _products(order_ids: list[uuid.UUID]) -> dict[uuid.UUID, set[str]]:
    products: dict[uuid.UUID, set[str]] = defaultdict(set)
    rows = OrderLine.objects.filter(order_id__in=order_ids).values_list("order_id", "product_ref", "sku")
    for order_id, product, sku in rows:
        products[order_id] |= {product, sku} - {""}
    return products


def _event(cart: Cart, rules: OrderSettings, now: dt.datetime) -> DomainEvent:
    at_checkout = cart.state == Cart.State.CHECKOUT
    assert cart.person_id is not None
    return DomainEvent(
        CHECKOUT if at_checkout else CART,
        cart.person_id,
        {
            "cart_id": cart.external_id or str(cart.pk),
            "value": float(cart.total),
            "currency": cart.currency,
            "products": [_product(line) for line in cart.lines],
            "idle_since": cart.waiting_since.isoformat() if cart.waiting_since else "",
            "after_minutes": rules.checkout_minutes if at_checkout else rules.cart_minutes,
            **({"step": cart.checkout_step} if cart.checkout_step else {}),
        },
        f"cart-abandoned-{cart.pk}-{cart.version}",
        now,
    )


def _product(line: dict[str, str]) -> dict[str, object]:
    """A line as the specification has it: numbers as numbers."""
    numbers = {name: float(line[name]) for name in ("price", "quantity") if name in line}
    return {**line, **numbers}
