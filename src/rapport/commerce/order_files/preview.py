"""What the first orders of a file become, before anything is told."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rapport.commerce.feeds import reading
from rapport.commerce.models import OrderFile
from rapport.commerce.order_files import lines, making, running
from rapport.core.access import Actor
from rapport.people import queries as people
from rapport.people.models import Person

SHOWN = 8


@dataclass(slots=True)
class Shown:
    """An order of the file, or a row that cannot be taken (`why`)."""

    number: str
    at: dt.datetime | None = None
    who: str = ""
    # Whom they are in Rapport already: a person, or “new” or “guest”.
    person: Person | None = None
    is_new: bool = False
    unfit: str = ""
    place: str = ""
    lines: int = 0
    back: Decimal | None = None
    total: Decimal | None = None
    currency: str = ""
    why: str = ""


def first_orders(actor: Actor, run: OrderFile) -> list[Shown]:
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
        options = {"store": run.store, "currency": run.currency}
        order = _shown(actor, making.told(key.rpartition("\x1f")[2], rows, **options))
        order.unfit = ", ".join(dict.fromkeys(text for row in rows for text in row.unfit.values()))
        shown.append(order)
    return shown


def _meet(actor: Actor, who: dict[str, str], order: Shown) -> None:
    """Whom the identifiers name today."""
    named = people.named_by(who.items())
    order.is_new = bool(who) and not named
    order.person = people.people(actor).filter(pk__in=named).first() if named else None


def _shown(actor: Actor, order_told: making.Told) -> Shown:
    name = order_told.customer.get("name") or " ".join(
        order_told.customer[part] for part in ("first_name", "last_name") if part in order_told.customer
    )
    order = Shown(order_told.number, who=", ".join(filter(None, [name, *order_told.who.values()])))
    _meet(actor, order_told.who, order)
    place = order_told.customer.get("address", {})
    order.place = ", ".join(str(place[part]) for part in ("street", "postal_code", "city") if part in place)
    for saying in order_told.sayings:
        content: dict[str, Any] = saying.properties
        order.at = order.at or saying.at
        order.lines += len(content.get("products", []))
        order.currency = content.get("currency", order.currency)
        if saying.event == "Order Refunded":
            order.back = (order.back or Decimal(0)) + content["amount"]
        order.total = content.get("total", order.total)
    return order
