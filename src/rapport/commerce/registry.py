"""The doors by which higher apps hear of orders."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from rapport.core.registration import Registry

# Each hears which orders were folded, in the transaction that folds them: it notes them and does its work later, so
# that nothing of its own holds up an order.
ORDER_LISTENERS: Registry[Callable[[Sequence[uuid.UUID]], None]] = Registry("listener to orders")
