"""What an event carried, as people read it: its properties by label, lists of things (such as products) as tables."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from rapport.events.wording import money
from rapport.people.values.formatting import country_name, label_of_key, plain_text

LABELS = {
    "affiliation": _("Shop"),
    "brand": _("Brand"),
    "by": _("By"),
    "campaign_id": _("Campaign id"),
    "campaign_name": _("Campaign"),
    "cart_id": _("Cart id"),
    "category": _("Category"),
    "channel": _("Channel"),
    "checkout_id": _("Checkout id"),
    "coupon": _("Coupon code"),
    "currency": _("Currency"),
    "delivery_id": _("Delivery id"),
    "discount": _("Discount"),
    "email_id": _("Message id"),
    "email_subject": _("Subject"),
    "from": _("From"),
    "image_url": _("Picture"),
    "link": _("Link"),
    "link_url": _("Link"),
    "list_name": _("List"),
    "name": _("Name"),
    "order_id": _("Order number"),
    "path": _("Path"),
    "payment_method": _("Payment"),
    "position": _("Position"),
    "price": _("Price"),
    "product_id": _("Product number"),
    "products": _("Products"),
    "purpose": _("Purpose"),
    "quantity": _("Quantity"),
    "query": _("Search"),
    "rating": _("Rating"),
    "reason": _("Reason"),
    "referrer": _("Previous page"),
    "revenue": _("Revenue"),
    "segment": _("Segment"),
    "shipping": _("Shipping"),
    "shipping_method": _("Shipping method"),
    "sku": _("SKU"),
    "status": _("State"),
    "step": _("Step"),
    "subtotal": _("Subtotal"),
    "tax": _("Tax"),
    "title": _("Title"),
    "to": _("To"),
    "total": _("Total"),
    "url": _("Address"),
    "value": _("Value"),
    "variant": _("Variant"),
}
AMOUNTS = frozenset({"discount", "price", "revenue", "shipping", "subtotal", "tax", "total", "value"})
MAX_ROWS = 100


@dataclass(frozen=True, slots=True)
class Table:
    """A property that is a list of objects; `more` rows are left to the JSON."""

    label: str
    headings: list[str]
    rows: list[list[tuple[str, str]]]
    more: int


def label(name: str) -> str:
    """What colleagues call a property: the standard ones in the reader's language, others by their key as words."""
    return str(LABELS.get(name) or label_of_key(name))


def values(properties: dict[str, Any]) -> list[tuple[str, str]]:
    """(label, value as text) of what is not empty and no table."""
    currency = str(properties.get("currency") or "")
    shown = ((name, value) for name, value in properties.items() if not _is_table(value))
    return [(label(name), text) for name, value in shown if (text := _text(name, value, currency))]


def tables(properties: dict[str, Any]) -> list[Table]:
    currency = str(properties.get("currency") or "")
    return [_table(name, value, currency) for name, value in properties.items() if _is_table(value)]


def _table(name: str, value: list[dict[str, Any]], currency: str) -> Table:
    names = list(dict.fromkeys(key for line in value[:MAX_ROWS] for key in line))
    headings = [label(key) for key in names]
    rows = [
        [
            (heading, _text(key, line.get(key), currency) or "–")
            for key, heading in zip(names, headings, strict=True)
        ]
        for line in value[:MAX_ROWS]
    ]
    return Table(label(name), headings, rows, max(0, len(value) - MAX_ROWS))


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(line, dict) for line in value)


def _text(name: str, value: Any, currency: str) -> str:
    if name in AMOUNTS and currency and isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            return money(Decimal(str(value)), currency)
        except (InvalidOperation, ValueError):
            pass
    return country_name(value) if name == "country" and isinstance(value, str) else plain_text(value)
