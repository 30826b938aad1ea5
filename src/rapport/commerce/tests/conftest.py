from __future__ import annotations

import datetime as dt
import itertools
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rapport.commerce.models import Catalogue, Order
from rapport.commerce.services import products
from rapport.commerce.services.items import Item, PriceIn, StockIn, checked
from rapport.commerce.services.orders import projection
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock, VirtualClock

START = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture
def shop(db: None) -> Catalogue:
    return products.catalogue()


def item(
    product: str = "P1", variant: str = "", *, price: Any = None, stock: Any = None, **more: Any
) -> Item:
    """A checked item; `price` is an amount in pounds or a PriceIn, `stock` a number or {place: number}."""
    priced = PriceIn(amount=Decimal(price), currency="GBP") if isinstance(price, str | int) else price
    places = stock if isinstance(stock, dict) else {"": stock} if stock is not None else {}
    return checked(
        Item(
            product=product,
            variant=variant or product,
            prices=[priced] if priced else [],
            stock=[StockIn(available=number, place=place) for place, number in places.items()],
            **more,
        )
    )


@pytest.fixture
def put(shop: Catalogue, actor: Actor, clock: VirtualClock) -> Callable[..., products.Written]:
    """Writes items at the clock's time."""

    def write(*items: Item) -> products.Written:
        return products.put(actor=actor, shop=shop, items=items, clock=clock)

    return write


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


def data_set(name: str) -> Path:
    """A file of the public data sets; without the folder of them the test is left out."""
    path = Path(os.environ.get("RAPPORT_DATA_SETS", "/nowhere")) / name
    if not path.exists():
        pytest.skip(f"RAPPORT_DATA_SETS has no {name}")
    return path
