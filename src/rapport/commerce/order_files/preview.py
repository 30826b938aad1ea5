"""What the first orders of a file become, before anything is told."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rapport.commerce.feeds import reading
from rapport.commerce.models import OrderFile
from rapport.commerce.order_files import lines, making, running

SHOWN = 8


@dataclass(slots=True)
class Shown:
    """An order of the file, or a row that cannot be taken (`why`)."""

    number: str
    at: dt.datetime | None = None
    who: str = ""
    lines: int = 0
    back: Decimal | None = None
    total: Decimal | None = None
    currency: str = ""
    why: str = ""


def first_orders(run: OrderFile) -> list[Shown]:
    """In the order of the file. Empty where the mapping still lacks something without which nothing can be read."""
    mapper = running.mapper_of(run)
    groups: dict[str, list[lines.Row]] = {}
    shown: list[Shown] = []
    for row in reading.sample(run.file, run.name):
        key = mapper.key(row.cells)
        try:
            if row.problem or not key:
                raise lines.Unfit(row.problem or "–")
            read = mapper.row(row.cells)
            groups.setdefault(key, []).append(read)
        except lines.Unfit as error:
            if len(shown) < SHOWN:
                shown.append(Shown(str(row.number), why=str(error)))
    for key, rows in list(groups.items())[:SHOWN]:
        shown.append(
            _shown(making.told(key.rpartition("\x1f")[2], rows, store=run.store, currency=run.currency))
        )
    return shown


def _shown(order_told: making.Told) -> Shown:
    order = Shown(order_told.number, who=", ".join(order_told.who.values()))
    for saying in order_told.sayings:
        content: dict[str, Any] = saying.properties
        order.at = order.at or saying.at
        order.lines += len(content.get("products", []))
        order.currency = content.get("currency", order.currency)
        if saying.event == "Order Refunded":
            order.back = (order.back or Decimal(0)) + content["amount"]
        order.total = content.get("total", order.total)
    return order
