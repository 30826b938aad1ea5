"""What BigCommerce's records mean. Orders have times as mails have them; amounts are read with tax."""

from __future__ import annotations

import datetime as dt
import email.utils
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from rapport.commerce.services.items import Item, PriceIn, StockIn
from rapport.connectors import meanings
from rapport.connectors.registry import Context, Raw, Told
from rapport.connectors.telling import Call, Who, identified, moment, needed

INCOMPLETE, REFUNDED, CANCELLED, DECLINED, AWAITING_PAYMENT = 0, 4, 5, 6, 7
UNPAID = frozenset({INCOMPLETE, 1, CANCELLED, DECLINED, AWAITING_PAYMENT})


def when(text: Any) -> dt.datetime | None:
    """As mails write it in version 2, ISO in version 3."""
    if isinstance(text, str) and "," in text:
        at = email.utils.parsedate_to_datetime(text)  # “-0000” names no zone
        return (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    return moment(text)


def changed(row: Raw) -> dt.datetime | None:
    return when(row.get("date_modified"))


def order(row: Raw, context: Context) -> Told:
    """The order as it stands, and each thing that became of it, at its own time."""
    return (
        Told()
        if row.get("status_id") == INCOMPLETE or row.get("is_deleted")
        else Told(list(_order(row, context)))
    )


def _order(row: Raw, context: Context) -> Iterator[Call]:
    billing = row.get("billing_address") or {}
    who = meanings.buyer(context, row.get("customer_id"), billing.get("email"), billing.get("phone"))
    placed = when(row["date_created"]) or needed(None, "date_created")
    version, id, whole = changed(row) or placed, f"orders:{row['id']}", _whole(row, context, placed)
    otherwise = f"{context.kind}-{context.store}-order-{row['id']}"
    if who.identifiers:
        yield identified(f"{id}:who", placed, who, **meanings.guest_names(who, billing))

    def call(event: str, name: str, at: dt.datetime, **properties: Any) -> Call:
        base = {"order_id": whole["order_id"], "store": context.store, "currency": whole["currency"]}
        return Call(event, f"{id}:{name}", at, who, base | properties, otherwise)

    yield call("Order Completed", "placed", placed, **whole, status="pending")
    if row.get("status_id") not in UNPAID:
        method = row.get("payment_method")
        yield call(
            "Order Paid",
            "paid",
            placed,
            payment_id=str(row["id"]),
            amount=whole["total"],
            payment_method=method,
        )
    yield from _parcels(row, call, placed)
    for refund in meanings.listed(row.get("refunds")):
        yield _refund(refund, row, call, version)
    yield from _ended(row, call, version)
    if version != placed:
        yield call("Order Updated", f"updated:{version.isoformat()}", version, **whole)


def _ended(row: Raw, call: Any, version: dt.datetime) -> Iterator[Call]:
    if row.get("status_id") == CANCELLED:
        yield call("Order Cancelled", "cancelled", version)
    if row.get("status_id") == DECLINED:
        yield call("Payment Failed", f"failed:{version.isoformat()}", version, payment_id=str(row["id"]))


def _parcels(row: Raw, call: Any, placed: dt.datetime) -> Iterator[Call]:
    lines = {str(line["id"]): line for line in meanings.listed(row.get("lines"))}
    for parcel in meanings.listed(row.get("parcels")):
        products = [
            {**_line(lines[str(part["order_product_id"])]), "quantity": part["quantity"]}
            for part in meanings.listed(parcel.get("items")) if str(part.get("order_product_id")) in lines
        ]  # fmt: skip
        yield call(
            "Order Shipped", f"parcel:{parcel['id']}", when(parcel.get("date_created")) or placed,
            shipment_id=str(parcel["id"]), tracking_number=parcel.get("tracking_number"),
            carrier=parcel.get("tracking_carrier"), products=products,
        )  # fmt: skip


def _refund(refund: Any, row: Raw, call: Any, version: dt.datetime) -> Call:
    lines = {str(line["id"]): line for line in meanings.listed(row.get("lines"))}
    products = [
        {**_line(lines[str(part["item_id"])]), "quantity": part["quantity"]}
        for part in meanings.listed(refund.get("items"))
        if part.get("item_type") == "PRODUCT" and str(part.get("item_id")) in lines
    ]
    refunded: Call = call(
        "Order Refunded", f"refund:{refund['id']}", when(refund.get("created")) or version,
        refund_id=str(refund["id"]), amount=Decimal(str(refund["total_amount"])), products=products,
        reason=refund.get("reason"),
    )  # fmt: skip
    return refunded


def _whole(row: Raw, context: Context, placed: dt.datetime) -> dict[str, Any]:
    coupons = [
        {"code": entry["code"], "amount": entry.get("discount")}
        for entry in meanings.listed(row.get("coupons"))
    ]
    return {
        "order_id": str(row["id"]),
        "store": context.store,
        "placed_at": placed.isoformat(),
        "currency": row["currency_code"],
        "total": Decimal(str(row["total_inc_tax"])),
        "tax": meanings.amount(row.get("total_tax")),
        "shipping": meanings.amount(row.get("shipping_cost_inc_tax")),
        "discount": meanings.total((row.get("discount_amount"), row.get("coupon_discount"))),
        "coupons": coupons,
        "products": [_line(line) for line in meanings.listed(row.get("lines"))],
        "channel": row.get("order_source"),
        "country": (row.get("billing_address") or {}).get("country_iso2"),
    }


def _line(line: Any) -> dict[str, Any]:
    """A product as it was bought."""
    return {
        "line_item_id": str(line["id"]),
        "product_id": str(line["product_id"]) if line.get("product_id") else None,
        "variant_id": str(line.get("variant_id") or "") or None,
        "sku": line.get("sku"),
        "name": line.get("name"),
        "price": meanings.amount(line["price_inc_tax"]),
        "quantity": line["quantity"],
        "discount": meanings.total(
            part.get("amount") for part in meanings.listed(line.get("applied_discounts"))
        ),
        "tax": meanings.amount(line.get("total_tax")),
    }


def customer(row: Raw, context: Context) -> Told:
    at = needed(row["date_modified"], "date_modified")
    who = Who(meanings.customer_id(context, row["id"]), row["email"], row.get("phone") or "")
    address = next(iter(meanings.listed(row.get("addresses"))), {})
    traits = {
        "first_name": row.get("first_name"),
        "last_name": row.get("last_name"),
        "city": address.get("city"),
        "country": address.get("country_code"),
        "postal_code": address.get("postal_code"),
        "created_at": row.get("date_created"),
    }
    return Told([identified(f"customers:{row['id']}:{at.isoformat()}", at, who, **traits)])


def product(row: Raw, context: Context) -> Told:
    """A row of the catalogue for each variant; every product has at least one."""
    if "name" not in row:
        return Told(items=[Item(product=str(row["id"]), variant="", status="gone")])
    shared: dict[str, Any] = {
        "product": str(row["id"]),
        "title": row["name"],
        "description": meanings.plain(row.get("description")),
        "status": "active" if row.get("is_visible", True) else "draft",
        "images": [
            {"url": str(image["url_standard"]), "alt": ""} for image in meanings.listed(row.get("images"))
        ],
    }
    domain, path = context.details.get("domain"), (row.get("custom_url") or {}).get("url")
    if domain and path:
        shared["url"] = f"https://{domain}{path}"
    return Told(
        items=[_variant(shared, row, entry, context) for entry in meanings.listed(row.get("variants"))]
    )


def _variant(shared: dict[str, Any], row: Raw, variant: Any, context: Context) -> Item:
    """A variant without a price of its own costs what the product costs."""
    price = meanings.amount(variant.get("price")) or meanings.amount(row["price"]) or Decimal(0)
    sale = meanings.amount(variant.get("sale_price")) or meanings.amount(row.get("sale_price"))
    options = {
        str(entry["option_display_name"]): str(entry["label"])
        for entry in meanings.listed(variant.get("option_values"))
    }
    counted = {"product": row, "variant": variant}.get(str(row.get("inventory_tracking")))
    stock = int(counted.get("inventory_level") or 0) if counted else None
    offer = PriceIn(
        amount=price, currency=str(context.details.get("currency") or ""),
        sale_amount=sale if sale and sale < price else None,
    )  # fmt: skip
    return Item(
        **shared, variant=str(variant["id"]), sku=variant.get("sku") or None, gtin=meanings.code(variant.get("upc")),
        label=", ".join(options.values()) or None, options=options or None, prices=[offer],
        stock=[StockIn(available=max(stock, 0) if stock is not None else None)],
    )  # fmt: skip
