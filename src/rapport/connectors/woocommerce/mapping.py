"""What WooCommerce's records mean. Times are read from the fields in GMT; amounts of lines are without tax."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from rapport.commerce.services.items import Item, PriceIn, StockIn
from rapport.connectors import meanings
from rapport.connectors.registry import Context, Raw, Told
from rapport.connectors.telling import Call, Who, identified, moment, needed

DRAFTS = frozenset({"auto-draft", "checkout-draft", "draft", "trash"})
STATUS = {
    "publish": "active",
    "private": "active",
    "draft": "draft",
    "pending": "draft",
    "deleted": "gone",
    "trash": "gone",
}


def changed(row: Raw) -> dt.datetime | None:
    return moment(row.get("date_modified_gmt"))


def order(row: Raw, context: Context) -> Told:
    """The order as it stands, and each thing that became of it, at its own time."""
    if row.get("status") in DRAFTS or "status" not in row:
        return Told()
    return Told(list(_order(row, context)))


def _order(row: Raw, context: Context) -> Iterator[Call]:
    billing = row.get("billing") or {}
    who = meanings.buyer(context, row.get("customer_id"), billing.get("email"), billing.get("phone"))
    placed, version = (
        needed(row["date_created_gmt"], "date_created_gmt"),
        needed(row["date_modified_gmt"], "date_modified_gmt"),
    )
    id, status, whole = f"orders:{row['id']}", row["status"], _whole(row, context)
    otherwise = f"{context.kind}-{context.store}-order-{row['id']}"
    if who.identifiers:
        yield identified(f"{id}:who", placed, who, **meanings.guest_names(who, billing))

    def call(event: str, name: str, at: dt.datetime, **properties: Any) -> Call:
        base = {"order_id": whole["order_id"], "store": context.store, "currency": whole["currency"]}
        return Call(event, f"{id}:{name}", at, who, base | properties, otherwise)

    # What became of it has events of its own; before, it waits for its payment.
    yield call("Order Completed", "placed", placed, **whole, status="pending")
    if paid := moment(row.get("date_paid_gmt")):
        payment = {"payment_id": row.get("transaction_id") or str(row["id"]), "amount": whole["total"]}
        yield call("Order Paid", "paid", paid, **payment, payment_method=row.get("payment_method_title"))
    if sent := moment(row.get("date_completed_gmt")):
        yield call("Order Shipped", "sent", sent, shipment_id=str(row["id"]))
    for refund in meanings.listed(row.get("refunds")):
        back = {"refund_id": str(refund["id"]), "amount": abs(Decimal(str(refund["total"])))}
        yield call("Order Refunded", f"refund:{refund['id']}", version, **back, reason=refund.get("reason"))
    if status == "cancelled":
        yield call("Order Cancelled", "cancelled", version)
    if status == "failed":
        yield call(
            "Payment Failed", f"failed:{version.isoformat()}", version, payment_id=row.get("transaction_id")
        )
    if version != placed:
        yield call("Order Updated", f"updated:{version.isoformat()}", version, **whole, status=status)


def _whole(row: Raw, context: Context) -> dict[str, Any]:
    coupons = [
        {"code": entry["code"], "amount": entry.get("discount")}
        for entry in meanings.listed(row.get("coupon_lines"))
    ]
    return {
        "order_id": str(row.get("number") or row["id"]),
        "store": context.store,
        "placed_at": needed(row["date_created_gmt"], "date_created_gmt").isoformat(),
        "currency": row["currency"],
        "total": Decimal(str(row["total"])),
        "tax": meanings.amount(row.get("total_tax")),
        "shipping": meanings.amount(row.get("shipping_total")),
        "discount": meanings.amount(row.get("discount_total")),
        "coupons": coupons,
        "products": [_line(line) for line in meanings.listed(row.get("line_items"))],
        "channel": row.get("created_via"),
        "country": (row.get("shipping") or {}).get("country") or (row.get("billing") or {}).get("country"),
    }


def _line(line: Any) -> dict[str, Any]:
    """A product as it was bought; its price before what coupons took off."""
    quantity = Decimal(str(line["quantity"]))
    before, after = Decimal(str(line["subtotal"])), Decimal(str(line["total"]))
    return {
        "line_item_id": str(line["id"]),
        "product_id": str(line["product_id"]) if line.get("product_id") else None,
        "variant_id": str(line.get("variation_id") or line.get("product_id") or "") or None,
        "sku": line.get("sku"),
        "name": line.get("name"),
        "price": (before / quantity).quantize(Decimal("0.0001")) if quantity else None,
        "quantity": quantity,
        "discount": before - after,
        "line_total": after,
        "tax": meanings.amount(line.get("total_tax")),
    }


def customer(row: Raw, context: Context) -> Told:
    if "email" not in row:
        return Told()  # a call about one that was deleted
    if row.get("role") not in {None, "customer"} and not row.get("is_paying_customer"):
        return Told()  # who works there, or only reads
    at = needed(row.get("date_modified_gmt") or row["date_created_gmt"], "date_modified_gmt")
    billing = row.get("billing") or {}
    who = Who(meanings.customer_id(context, row["id"]), row["email"], billing.get("phone") or "")
    traits = {
        "first_name": row.get("first_name") or billing.get("first_name"),
        "last_name": row.get("last_name") or billing.get("last_name"),
        "city": billing.get("city"),
        "country": billing.get("country"),
        "postal_code": billing.get("postcode"),
        "created_at": row.get("date_created_gmt")
        and needed(row["date_created_gmt"], "date_created_gmt").isoformat(),
    }
    calls = [identified(f"customers:{row['id']}:{at.isoformat()}", at, who, **traits)]
    for entry in meanings.listed(row.get("meta_data")):
        if entry.get("key") == "rapport_email_consent" and entry.get("value") in {
            "subscribed",
            "unsubscribed",
        }:
            calls += meanings.consent(
                context, who, channel="email", granted=entry["value"] == "subscribed",
                id=f"customers:{row['id']}:email", at=at,
            )  # fmt: skip
    return Told(calls)


def product(row: Raw, context: Context) -> Told:
    """A row of the catalogue for each variation; a product without any is its own."""
    if "name" not in row:
        return Told(items=[Item(product=str(row["id"]), variant="", status="gone")])
    images = [
        {"url": str(image["src"]), "alt": image.get("alt") or ""}
        for image in meanings.listed(row.get("images"))
    ]
    shared: dict[str, Any] = {
        "product": str(row["id"]),
        "title": row["name"],
        "description": meanings.plain(row.get("short_description") or row.get("description")),
        "url": row.get("permalink"),
        "category": next((entry["name"] for entry in meanings.listed(row.get("categories"))), None),
        "status": STATUS.get(str(row.get("status")), "active"),
        "images": images,
    }
    variations = meanings.listed(row.get("variations"))
    return Told(items=[_variant(shared, entry, context) for entry in variations or [row]])


def _variant(shared: dict[str, Any], row: Any, context: Context) -> Item:
    options = {
        str(entry["name"]): str(entry["option"])
        for entry in meanings.listed(row.get("attributes"))
        if entry.get("option")
    }
    price, sale = (
        meanings.amount(row.get("regular_price") or row.get("price")),
        meanings.amount(row.get("sale_price")),
    )
    currency = str(context.details.get("currency") or "")
    stock = int(row.get("stock_quantity") or 0) if row.get("manage_stock") is True else None
    if row.get("stock_status") == "outofstock":
        stock = 0
    prices = [] if price is None else [PriceIn(
        amount=price, currency=currency, sale_amount=sale, sale_from=moment(row.get("date_on_sale_from_gmt")),
        sale_until=moment(row.get("date_on_sale_to_gmt")),
    )]  # fmt: skip
    return Item(
        **shared, variant=str(row["id"]), sku=row.get("sku") or None,
        gtin=meanings.code(row.get("global_unique_id")), label=", ".join(options.values()) or None,
        options=options or None, prices=prices, stock=[StockIn(available=max(stock, 0) if stock is not None else None)],
    )  # fmt: skip
