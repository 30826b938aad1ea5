"""The doors by which higher apps hear of orders."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Sequence

from rapport.core.registration import Registry

# Each hears which orders were folded, in the transaction that folds them: it notes them and does its work later, so
# that nothing of its own holds up an order.
ORDER_LISTENERS: Registry[Callable[[Sequence[uuid.UUID]], None]] = Registry("listener to orders")

# Each hears of the (day, currency) whose exchange rates were told, in the transaction that writes them.
RATE_LISTENERS: Registry[Callable[[Sequence[tuple[dt.date, str]]], None]] = Registry(
    "listener to exchange rates"
)

# Each names the ids and SKUs of products that are money themselves (gift cards): what is bought for them counts then.
VOUCHERS: Registry[Callable[[], Collection[str]]] = Registry("products that are money")


def vouchers() -> frozenset[str]:
    return frozenset(reference for products in VOUCHERS for reference in products())
