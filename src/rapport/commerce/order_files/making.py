"""The rows of one order as the events that tell of it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from rapport.commerce.models import MAIN_STORE
from rapport.commerce.order_files.lines import Row
from rapport.commerce.services.order_facts.stored import subject_id
from rapport.commerce.services.order_facts.vocabulary import ORDER
from rapport.commerce.services.orders.corrections import of_person
from rapport.commerce.services.orders.requests import named_by
from rapport.core.money import MoneyError, currency_code, rounded
from rapport.events.services.envelope import Event

ZERO = Decimal(0)
_PRODUCT = {
    "product": "product_id", "sku": "sku", "variant": "variant", "name": "name", "category": "category",
    "brand": "brand",
}  # fmt: skip
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Saying(NamedTuple):
    """One event about an order: its name, its time, what it says. `order` is whose events it belongs to."""

    event: str
    at: dt.datetime
    order: str
    properties: dict[str, Any]


class Told(NamedTuple):
    """What the rows of one order say, before it is known whether that is new."""

    id: uuid.UUID
    store: str
    number: str
    who: dict[str, str]
    sayings: list[Saying]
    customer: dict[str, Any] = {}

    @property
    def digest(self) -> bytes:
        content = [(saying.event, saying.at.isoformat(), saying.properties) for saying in self.sayings]
        return blake2b(_encode([content, self.who, self.customer]), digest_size=16).digest()

    @property
    def names(self) -> list[str]:
        """The orders that its events are about: a credit note without its order is one of its own."""
        return list(dict.fromkeys(saying.order for saying in self.sayings))


def told(number: str, rows: Sequence[Row], *, store: str, currency: str) -> Told:
    """What these rows of one order say."""
    order, sums, who = _first(rows, "order"), _first(rows, "money"), _first(rows, "who")
    store = order.get("store") or store or MAIN_STORE
    base = {"store": store, "currency": _currency(order.get("currency", ""), currency)}
    at = min(dt.datetime.fromisoformat(row.at) for row in rows)
    back = [row for row in rows if _is_back(row)]
    kept = [row for row in rows if not _is_back(row)]
    sayings = []
    if kept:
        sayings += _bought(number, at, base, order, sums, kept, back)
    if back:
        sayings.append(_returned(number, at, base, order, back, is_alone=not kept))
    return Told(subject_id(ORDER, store, number), store, number, who, sayings, _first(rows, "customer"))


def events_of(order_told: Told, token: str) -> list[Event]:
    """The events themselves; their ids hold `token`, so that the same can be told again after it was taken back."""
    who = named_by(order_told.who, order_told.store, order_told.number)
    token = f"{token}-{order_told.digest.hex()[:12]}-{order_told.id.hex[:12]}"
    events = [
        Event(
            "track", saying.event, f"{token}-{place}", saying.at,
            properties=msgspec.Raw(_encode(saying.properties)), **who,
        )
        for place, saying in enumerate(order_told.sayings)
    ]  # fmt: skip
    if order_told.customer or order_told.who.keys() & {"email", "phone"}:  # an address is a trait, too
        traits = msgspec.Raw(_encode(order_told.customer))
        at = order_told.sayings[0].at
        events.insert(0, Event("identify", "Identified", f"{token}-who", at, traits=traits, **who))
    return events


def withdrawal(
    store: str, name: str, messages: Sequence[str], person_id: uuid.UUID | None, at: dt.datetime
) -> Event:
    """Takes back what these events said of an order."""
    properties = {"order_id": name, "store": store, "withdraws": list(messages)}
    digest = blake2b(_encode(properties), digest_size=12).hexdigest()
    who = of_person(person_id, store, name)
    return Event(
        "track",
        "Order Withdrawn",
        f"withdrawn-{digest}",
        at,
        properties=msgspec.Raw(_encode(properties)),
        **who,
    )


def _first(rows: Sequence[Row], name: str) -> dict[str, Any]:
    """Of what rows repeat of their order, the first that holds something."""
    values: dict[str, Any] = {}
    for row in rows:
        for key, value in getattr(row, name).items():
            values.setdefault(key, value)
    return values


def _currency(given: str, usual: str) -> str:
    try:
        return currency_code(given) if given else usual
    except MoneyError:
        return given


def _is_back(row: Row) -> bool:
    """Goods that come back stand with a quantity below zero; a row without one by its amount or the order's total."""
    if row.quantity is not None:
        return row.quantity < 0
    return not row.line and row.money.get("total", row.money.get("amount", ZERO)) < 0


def is_stock(row: Row) -> bool:
    """A row of nobody without any money: shops write off broken goods like that."""
    return not row.who and not any(row.money.values()) and bool(row.line) and row.quantity is not None


def _amount(row: Row) -> Decimal:
    """What the row costs after its discount."""
    if "amount" in row.money:
        return row.money["amount"] - row.money.get("line_discount", ZERO)
    price, quantity = row.money.get("price"), _pieces(row)
    if price is None:
        return ZERO
    return price * quantity - row.money.get("line_discount", ZERO)


def _pieces(row: Row) -> Decimal:
    return row.quantity if row.quantity is not None else Decimal(1)


def _products(rows: Sequence[Row], sign: int = 1) -> list[dict[str, Any]]:
    products = []
    for row in rows:
        if not row.line and not row.money.keys() & {"price", "amount"}:
            continue
        product: dict[str, Any] = {_PRODUCT[name]: text for name, text in row.line.items()}
        product["quantity"] = _pieces(row) * sign
        if "price" in row.money:
            product["price"] = row.money["price"]
        if "amount" in row.money:
            product["line_total"] = _amount(row) * sign
        if row.money.get("line_discount"):
            product["discount"] = row.money["line_discount"]
        if "line_tax" in row.money:
            product["tax"] = row.money["line_tax"]
        products.append(product)
    return products


def _bought(
    number: str, at: dt.datetime, base: dict[str, Any], order: dict[str, str], sums: dict[str, Decimal],
    kept: Sequence[Row], back: Sequence[Row],
) -> list[Saying]:  # fmt: skip
    products = _products(kept)
    shipping = sums.get("shipping", sum((row.money.get("line_shipping", ZERO) for row in kept), ZERO))
    properties = base | {"order_id": number}
    names = {"status": "status", "coupon": "coupon", "method": "payment_method", "country": "country"}
    properties |= {to: order[name] for name, to in names.items() if name in order}
    if where := ", ".join(order[name] for name in ("channel", "till") if name in order):
        properties["affiliation"] = where
    for name, value in (("discount", sums.get("discount")), ("shipping", shipping), ("tax", sums.get("tax"))):
        if value:
            properties[name] = abs(value) if name == "discount" else value
    properties["total"] = _total(sums, kept, back, properties)
    properties["products"] = products
    sayings = [Saying("Order Completed", at, number, properties)]
    times = _first(kept, "times")
    for name, event in (("shipped_at", "Order Shipped"), ("cancelled_at", "Order Cancelled")):
        if name in times:
            short = {"order_id": number, "store": base["store"]}
            sayings.append(Saying(event, dt.datetime.fromisoformat(times[name]), number, short))
    if refunded := sums.get("refunded"):
        refund = base | {"order_id": number, "refund_id": f"{number} refunded", "amount": abs(refunded)}
        sayings.append(Saying("Order Refunded", at, number, refund))
    return sayings


def _total(
    sums: Mapping[str, Decimal], kept: Sequence[Row], back: Sequence[Row], properties: Mapping[str, Any]
) -> Decimal:
    """What the file states; a receipt's total is less by what came back on it, which is a refund here."""
    if "total" in sums:
        return sums["total"] - sum((_amount(row) for row in back), ZERO)
    goods = sum((_amount(row) for row in kept), ZERO)
    tax = properties.get("tax", sum((row.money.get("line_tax", ZERO) for row in kept), ZERO))
    total: Decimal = goods - properties.get("discount", ZERO) + properties.get("shipping", ZERO) + tax
    return rounded(total, properties["currency"])


def _returned(
    number: str, at: dt.datetime, base: dict[str, Any], order: dict[str, str], back: Sequence[Row], *, is_alone: bool
) -> Saying:  # fmt: skip
    products = _products(back, -1)
    amount = (
        -sum((_amount(row) for row in back), ZERO) if products else -_first(back, "money").get("total", ZERO)
    )
    properties = base | {
        "refund_id": number,
        "amount": abs(rounded(amount, base["currency"])),
        "products": products,
    }
    of = order.get("of") or ("" if is_alone else number)
    if of:
        properties["order_id"] = of
    return Saying("Order Refunded", at, of or f"refund {number}"[:254], properties)
