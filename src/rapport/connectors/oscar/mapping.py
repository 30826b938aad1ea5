"""What django-oscar-api's records mean. Orders have no version: theirs is made of what they say."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from rapport.commerce.services.items import Item, PriceIn, StockIn
from rapport.connectors import meanings
from rapport.connectors.oscar.client import id_of
from rapport.connectors.registry import Context, Raw, Told
from rapport.connectors.telling import Call, Who, identified, moment, needed

CANCELLED = frozenset({"cancelled", "canceled"})


def changed(row: Raw) -> dt.datetime | None:
    return moment(row.get("date_updated") or row.get("seen"))


def order(row: Raw, context: Context) -> Told:
    return Told(list(_order(row, context)))


def _order(row: Raw, context: Context) -> Iterator[Call]:
    placed, seen, id = (
        needed(row["date_placed"], "date_placed"),
        needed(row["seen"], "seen"),
        f"orders:{row['id']}",
    )
    address = row.get("billing_address") or row.get("shipping_address") or {}
    customer = id_of(row["owner"]) if row.get("owner") else None
    email = row.get("email")  # of an account it is the account's
    who = meanings.buyer(context, customer, email, address.get("phone_number"), own_email=email)
    whole, status = _whole(row, context), str(row.get("status") or "").lower()
    otherwise = f"{context.kind}-{context.store}-order-{row['id']}"
    if who.identifiers:
        yield identified(f"{id}:who", placed, who, **meanings.guest_names(who, address))
    version = hashlib.sha256(json.dumps([whole, status], default=str, sort_keys=True).encode()).hexdigest()[
        :16
    ]
    yield Call("Order Completed", f"{id}:placed", placed, who, whole, otherwise)
    yield Call("Order Updated", f"{id}:updated:{version}", seen, who, whole | {"status": status}, otherwise)
    if status in CANCELLED:
        base = {"order_id": whole["order_id"], "store": context.store}
        yield Call("Order Cancelled", f"{id}:cancelled", seen, who, base, otherwise)


def _whole(row: Raw, context: Context) -> dict[str, Any]:
    total, before_tax = Decimal(row["total_incl_tax"]), Decimal(row["total_excl_tax"])
    vouchers = [
        {"code": (entry.get("voucher") or {}).get("code"), "amount": entry.get("amount")}
        for entry in meanings.listed(row.get("voucher_discounts"))
    ]
    return {
        "order_id": meanings.own(row["number"], "number"),
        "store": context.store,
        "placed_at": row["date_placed"],
        "currency": row["currency"],
        "total": total,
        "tax": total - before_tax,
        "shipping": meanings.amount(row.get("shipping_incl_tax")),
        "coupons": vouchers,
        "products": [_line(line) for line in meanings.listed(row["lines"])],
    }


def _line(line: Any) -> dict[str, Any]:
    """A product as it was bought; prices of lines are for all of them, with tax."""
    quantity, after = Decimal(str(line["quantity"])), Decimal(line["price_incl_tax"])
    before = Decimal(line["price_incl_tax_excl_discounts"])
    product = str(id_of(line["product"])) if line.get("product") else None
    return {
        "line_item_id": str(id_of(line["url"])),
        "product_id": product,
        "variant_id": product,
        "price": (before / quantity).quantize(Decimal("0.0001")) if quantity else None,
        "quantity": quantity,
        "discount": before - after,
        "line_total": after,
        "tax": after - Decimal(line["price_excl_tax"]),
    }


def customer(row: Raw, context: Context) -> Told:
    at = needed(row["date_joined"], "date_joined")
    who = Who(meanings.customer_id(context, row["id"]), row.get("email") or "")
    version = hashlib.sha256(str(row.get("email")).encode()).hexdigest()[:16]
    return Told([identified(f"customers:{row['id']}:{version}", at, who, created_at=row["date_joined"])])


def product(row: Raw, context: Context) -> Told:
    """A child is a variant of its parent; whatever stands alone is its own."""
    parent = row.get("parent")
    own, above = str(row["id"]), str(id_of(parent)) if parent else ""
    item = Item(
        product=above or own, variant="" if row.get("structure") == "parent" else own,
        status="active" if row.get("is_public", True) else "draft",
    )  # fmt: skip
    if not above:
        item.title, item.description = row.get("title"), meanings.plain(row.get("description"))
        categories = [entry for entry in row.get("categories") or [] if isinstance(entry, str)]
        item.category = categories[0] if categories else None
    if item.variant:
        item.label = row.get("title") if above else None
        item.gtin = meanings.code(row.get("upc"))
        for stock in meanings.listed(row.get("stockrecords"))[:1]:
            _offer(item, stock)
    return Told(items=[item])


def _offer(item: Item, stock: Any) -> None:
    item.sku = stock.get("partner_sku")
    if price := meanings.amount(stock.get("price")):
        item.prices = [PriceIn(amount=price, currency=stock["price_currency"])]
    if stock.get("num_in_stock") is not None:
        left = int(stock["num_in_stock"]) - int(stock.get("num_allocated") or 0)
        item.stock = [StockIn(available=max(left, 0))]
