"""The doors by which higher apps hear of orders."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence

from rapport.core.registration import Registry

# Each hears which orders were folded, in the transaction that folds them: it notes them and does its work later, so
# that nothing of its own holds up an order.
ORDER_LISTENERS: Registry[Callable[[Sequence[uuid.UUID]], None]] = Registry("listener to orders")

# Each hears of the (day, currency) whose exchange rates were told, in the transaction that writes them.
RATE_LISTENERS: Registry[Callable[[Sequence[tuple[dt.date, str]]], None]] = Registry(
    "listener to exchange rates"
)
