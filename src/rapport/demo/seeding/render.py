"""Turns steps into events as they go over the wire.

Events of generated steps carry `context.generated: true`; the orders, refunds and cancellations are the
retailer's own and carry nothing. Amounts are exact decimal numbers of pounds.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, cast

import msgspec
from msgspec import UNSET, Raw, UnsetType

from rapport.demo.seeding.customers import Customer, Person
from rapport.demo.seeding.dataset import (
    ADJUSTMENT,
    COUNTRIES,
    DISCOUNT,
    FEES,
    NOT_PRODUCTS,
    SHIPPING,
    Dataset,
    Invoice,
    Line,
)
from rapport.demo.seeding.mailings import campaign_id, delivery_id
from rapport.demo.seeding.steps import PAGES, Sent

SHOP = "https://lantern-and-thistle.example.com"
WORDING = {
    "newsletter": "Yes, write to me about new things every other week. I can stop this at any time.",
    "offers": "Yes, tell me about sales and offers by e-mail. I can stop this at any time.",
}
ORDERS = frozenset({"Order Completed", "Order Updated", "Order Refunded", "Order Cancelled"})
_encode = msgspec.json.Encoder().encode
_GENERATED = Raw(_encode({"generated": True}))


class Event(msgspec.Struct, omit_defaults=True, rename="camel", gc=False):
    """One event in Segment's format; `context`, `properties` and `traits` are JSON already."""

    type: str
    message_id: str
    timestamp: str
    event: str | UnsetType = UNSET
    user_id: str | UnsetType = UNSET
    anonymous_id: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    context: Raw | UnsetType = UNSET
    properties: Raw | UnsetType = UNSET
    traits: Raw | UnsetType = UNSET


def pounds(thousandths: int) -> str:
    """An exact decimal number: 6950 is `6.95`, 1 is `0.001`."""
    sign, (whole, rest) = "-" * (thousandths < 0), divmod(abs(thousandths), 1000)
    decimals = f"{rest:03d}".removesuffix("0")
    return f"{sign}{whole}.{decimals}"


class Renderer:
    """Renders events; what many events share is encoded once."""

    def __init__(self, dataset: Dataset) -> None:
        self._names = {code: shown(name) for code, name in dataset.names.items()}
        self._prices = dataset.prices
        self._products: dict[tuple[str, int], bytes] = {}
        self.product_context = lru_cache(None)(self._product_context)
        self.viewed = lru_cache(None)(self._viewed)

    def event(self, name: str, who: Person, about: object, message_id: str, timestamp: str) -> Event:
        """One event; `about` is what `Step` says."""
        event = Event("track", message_id, timestamp, event=name, context=_GENERATED)
        if who.user_id:
            event.user_id = who.user_id
        if who.anonymous_id:
            event.anonymous_id = who.anonymous_id
        if name == "Product Viewed":
            code = cast("str", about)
            event.context, event.properties = self.product_context(code), self.viewed(code)
        elif name == "page":
            self._page(event, *cast("tuple[str, str]", about))
        elif name == "Product Added":
            code, quantity, price = cast("Line", about)
            event.context = self.product_context(code)
            event.properties = Raw(self.product(code, quantity, price or self._prices.get(code, 0)))
        elif isinstance(about, Sent):
            event.properties = _mail(name, about)
        elif name in ORDERS:
            event.context = UNSET
            event.properties = self.order(name, cast("Invoice", about))
        elif name == "Checkout Started":
            order = cast("Invoice", about)
            event.context, event.properties = _page_context("cart", ""), _checkout(order)
        elif name == "identify":
            event.type, event.event = "identify", UNSET
            event.traits = Raw(_encode(cast("Customer", about).traits))
        else:
            event.properties = _consent(*cast("tuple[str, str]", about))
        return event

    def product(self, code: str, quantity: int, price: int) -> bytes:
        """One product as Segment's e-commerce events list it."""
        start = self._products.get((code, price))
        if start is None:
            name = _encode(self._names.get(code, code)).decode()
            product = f'{{"product_id":"{code}","name":{name},"price":{pounds(price)},"quantity":'
            start = self._products[code, price] = product.encode()
        return b"%b%d}" % (start, quantity)

    def order(self, name: str, invoice: Invoice) -> Raw:
        """An order's or a refund's properties. Refunded amounts and quantities are positive."""
        sign = -1 if invoice.is_credit else 1
        products = [
            self.product(code, sign * quantity, price)
            for code, quantity, price in invoice.lines
            if code not in NOT_PRODUCTS
        ]
        total, shipping = sign * invoice.amount(), sign * invoice.amount(SHIPPING)
        properties = [f'"order_id":"{invoice.refunds if invoice.is_credit else invoice.number}"']
        if invoice.is_credit:
            properties.append(f'"refund_id":"{invoice.number}"')
        properties += [
            f'"total":{pounds(total)}',
            f'"revenue":{pounds(total - shipping)}',
            '"currency":"GBP"',
        ]
        for label, amount in (
            ("shipping", shipping),
            ("discount", -sign * invoice.amount(DISCOUNT)),
            ("adjustment", sign * invoice.amount(ADJUSTMENT)),
            ("fees", sign * invoice.amount(FEES)),
        ):
            if amount:
                properties.append(f'"{label}":{pounds(amount)}')
        if country := COUNTRIES.get(invoice.country):
            properties.append(f'"country":"{country}"')
        return Raw(b'{%b,"products":[%b]}' % (",".join(properties).encode(), b",".join(products)))

    def _viewed(self, code: str) -> Raw:
        return Raw(self.product(code, 1, self._prices.get(code, 0)))

    def _product_context(self, code: str) -> Raw:
        path = f"/p/{code}/"
        page = {"path": path, "url": SHOP + path, "title": self._names.get(code, code)}
        return Raw(_encode({"generated": True, "page": page}))

    @staticmethod
    def _page(event: Event, key: str, campaign: str) -> None:
        path, title = PAGES[key]
        event.type, event.event, event.name = "page", UNSET, title
        event.context = _page_context(key, campaign)
        event.properties = _page_properties(path, title)


@lru_cache(None)
def _page_context(key: str, campaign: str) -> Raw:
    path, title = PAGES[key]
    context: dict[str, Any] = {"generated": True, "page": {"path": path, "url": SHOP + path, "title": title}}
    if campaign:
        labels = zip(("source", "medium", "name"), campaign.split("|"), strict=True)
        context["campaign"] = {name: value for name, value in labels if value}
    return Raw(_encode(context))


@lru_cache(None)
def _page_properties(path: str, title: str) -> Raw:
    return Raw(_encode({"path": path, "url": SHOP + path, "title": title}))


def _checkout(order: Invoice) -> Raw:
    value = sum(quantity * price for code, quantity, price in order.lines if code not in NOT_PRODUCTS)
    return Raw(f'{{"value":{pounds(value)},"currency":"GBP","items":{len(order.products)}}}'.encode())


def _mail(name: str, sent: Sent) -> Raw:
    mailing = sent.mailing
    properties: dict[str, Any] = {
        "delivery_id": str(delivery_id(sent)),
        "campaign_id": str(campaign_id(mailing.code)),
        "campaign_name": mailing.name,
    }
    if name == "Message Clicked":
        properties["link"] = f"{SHOP}/?utm_source=newsletter&utm_medium=email&utm_campaign={mailing.code}"
    if name != "Message Sent":
        properties["human_probability"] = sent.human
        properties["human_reasons"] = ["apple_privacy_proxy" if sent.human < 0.5 else "browser"]
    return Raw(_encode(properties))


@lru_cache(None)
def _consent(purpose: str, form: str) -> Raw:
    return Raw(_encode({"purpose": purpose, "channel": "email", "wording": WORDING[purpose], "form": form}))


_SMALL = {"Of": "of", "And": "and", "With": "with", "In": "in", "The": "the", "Over": "over"}


def shown(description: str) -> str:
    """A product's name as people read it: `SET/5 RED SPOTTY BOWLS` is `Set of 5 Red Spotty Bowls`."""
    text = re.sub(
        r"\bS(?:ET)?/\s*(\d+)", r"Set of \1", description.strip(" .,*").title(), flags=re.IGNORECASE
    )
    words = text.replace("'S", "'s").replace("’S", "’s").replace(" , ", ", ").split()
    return " ".join([*words[:1], *(_SMALL.get(word, word) for word in words[1:])])
