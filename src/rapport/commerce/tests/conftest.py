"""Fixtures of commerce: events through the pipeline and on into orders and carts."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from rapport.commerce.models import Order
from rapport.commerce.services.orders import projection
from rapport.core.clock import SYSTEM, Clock

Tell = Callable[..., None]


@pytest.fixture
def tell(live: Any) -> Tell:
    """`tell("Order Completed", {...}, at="2026-01-05T10:00:00Z")` sends an event and folds."""
    numbers = itertools.count(1)

    def send(
        event: str, properties: dict[str, Any], *, source: str = "shop", clock: Clock = SYSTEM, **call: Any
    ) -> None:
        number = next(numbers)
        at = call.pop("at", f"2026-01-05T10:{number:02d}:00Z")
        who = {} if call.keys() & {"userId", "anonymousId"} else {"userId": "u-1"}
        base = {"type": "track", "messageId": f"m-{number}", "timestamp": at}
        live.ingest([{**base, **who, "event": event, "properties": properties, **call}], source, clock)
        fold_all(clock)

    return send


def fold_all(clock: Clock = SYSTEM) -> None:
    """Folds until nothing is stale."""
    while projection.run_once(clock):
        pass


def order(external_id: str) -> Order:
    return Order.objects.get(external_id=external_id)
