"""What Magento's records mean. Its times are UTC without saying so; discounts of orders are negative."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from rapport.commerce.services.items import Item, PriceIn, StockIn
from rapport.connectors import meanings
from rapport.connectors.registry import Context, Raw, Told
from rapport.connectors.telling import Call, Who, identified, moment, needed

# A line of a bundle or of a configurable product stands for its children; it is the one that has the price.
ENABLED = 1


def changed(row: Raw) -> dt.datetime | None:
    return moment(row.get("updated_at"))


def identity(row: Raw) -> str:
    return str(row.get("entity_id") or row["id"])


def order(row: Raw, context: Context) -> Told:
    """The order as it stands, and each thing that became of it, at its own time."""
    return Told(list(_order(row, context)))


def _order(row: Raw, context: Context) -> Iterator[Call]:
    billing = row.get("billing_address") or {}
    email = row.get("customer_email")  # of an account it is the account's
    who = meanings.buyer(context, row.get("customer_id"), email, billing.get("telephone"), own_email=email)
    placed, version = needed(row["created_at"], "created_at"), needed(row["updated_at"], "updated_at")
    id, whole = f"orders:{row['entity_id']}", _whole(row, context, placed)
    otherwise = f"{context.kind}-{context.store}-order-{row['entity_id']}"
    if who.identifiers:
        names = {"first_name": row.get("customer_firstname"), "last_name": row.get("customer_lastname")}
        yield identified(f"{id}:who", placed, who, **names)

    def call(event: str, name: str, at: dt.datetime, **properties: Any) -> Call:
        base = {"order_id": whole["order_id"], "store": context.store, "currency": whole["currency"]}
        return Call(event, f"{id}:{name}", at, who, base | properties, otherwise)

    yield call("Order Completed", "placed", placed, **whole, status="pending")
    if paid := meanings.amount(row.get("total_paid")):
        method = (row.get("payment") or {}).get("method")
        yield call(
            "Order Paid", f"paid:{paid:015.2f}", placed, payment_id=str(row["entity_id"]), amount=paid,
            payment_method=method,
        )  # fmt: skip
    yield from _moves(row, call)
    if row.get("state") == "canceled":
        yield call("Order Cancelled", "cancelled", version)
    if version != placed:
        yield call("Order Updated", f"updated:{version.isoformat()}", version, **whole)


def _moves(row: Raw, call: Any) -> Iterator[Call]:
    """Parcels that were sent, and money that was given back."""
    lines = {str(line["item_id"]): line for line in meanings.listed(row.get("items"))}
    for parcel in meanings.listed(row.get("parcels")):
        tracks = meanings.listed(parcel.get("tracks"))[:1] or [{}]
        yield call(
            "Order Shipped", f"parcel:{parcel['entity_id']}", needed(parcel["created_at"], "created_at"),
            shipment_id=str(parcel["entity_id"]), tracking_number=tracks[0].get("track_number"),
            carrier=tracks[0].get("title"), products=_some(parcel, lines),
        )  # fmt: skip
    for refund in meanings.listed(row.get("refunds")):
        yield call(
            "Order Refunded", f"refund:{refund['entity_id']}", needed(refund["created_at"], "created_at"),
            refund_id=str(refund.get("increment_id") or refund["entity_id"]),
            amount=Decimal(str(refund["grand_total"])), products=_some(refund, lines),
        )  # fmt: skip


def _some(row: Any, lines: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines that a parcel or a refund names, as many of each as it says."""
    return [
        {**_line(lines[str(part["order_item_id"])]), "quantity": part["qty"]}
        for part in meanings.listed(row.get("items"))
        if str(part.get("order_item_id")) in lines and Decimal(str(part.get("qty") or 0))
        and not lines[str(part["order_item_id"])].get("parent_item_id")
    ]  # fmt: skip


def _whole(row: Raw, context: Context, placed: dt.datetime) -> dict[str, Any]:
    discount = abs(Decimal(str(row.get("discount_amount") or 0)))
    code = row.get("coupon_code")
    lines = [line for line in meanings.listed(row.get("items")) if not line.get("parent_item_id")]
    return {
        "order_id": meanings.own(row["increment_id"], "increment_id"),
        "store": context.store,
        "placed_at": placed.isoformat(),
        "currency": row["order_currency_code"],
        "total": Decimal(str(row["grand_total"])),
        "tax": meanings.amount(row.get("tax_amount")),
        "shipping": meanings.amount(row.get("shipping_amount")),
        "discount": discount,
        "coupons": [{"code": code, "amount": discount}] if code else [],
        "products": [_line(line) for line in lines],
        "channel": row.get("store_name"),
        "country": (row.get("billing_address") or {}).get("country_id"),
    }


def _line(line: Any) -> dict[str, Any]:
    """A product as it was bought; its price without tax."""
    return {
        "line_item_id": str(line["item_id"]),
        "product_id": str(line["product_id"]) if line.get("product_id") else None,
        "variant_id": str(line["product_id"]) if line.get("product_id") else None,
        "sku": line.get("sku"),
        "name": line.get("name"),
        "price": meanings.amount(line["price"]),
        "quantity": line["qty_ordered"],
        "discount": meanings.amount(line.get("discount_amount")) or Decimal(0),
        "tax": meanings.amount(line.get("tax_amount")),
    }


def customer(row: Raw, context: Context) -> Told:
    at, id = needed(row["updated_at"], "updated_at"), f"customers:{row['id']}"
    addresses = meanings.listed(row.get("addresses"))
    address = next(
        (entry for entry in addresses if entry.get("default_billing")), addresses[0] if addresses else {}
    )
    who = Who(meanings.customer_id(context, row["id"]), row["email"], address.get("telephone") or "")
    traits = {
        "first_name": row.get("firstname"),
        "last_name": row.get("lastname"),
        "city": address.get("city"),
        "country": address.get("country_id"),
        "postal_code": address.get("postcode"),
        "created_at": needed(row["created_at"], "created_at").isoformat(),
    }
    calls = [identified(f"{id}:{at.isoformat()}", at, who, **traits)]
    choice = (row.get("extension_attributes") or {}).get("is_subscribed")
    if choice is True:  # that there is none says nothing of who was never asked
        calls += meanings.consent(context, who, channel="email", granted=True, id=f"{id}:email", at=at)
    return Told(calls)


def product(row: Raw, context: Context) -> Told:
    """Each simple product by itself, also those that a configurable one is made of."""
    if row.get("type_id") not in {"simple", "virtual", "downloadable"}:
        return Told()
    values = {
        entry["attribute_code"]: entry.get("value") for entry in meanings.listed(row.get("custom_attributes"))
    }
    price, sale = meanings.amount(row["price"]) or Decimal(0), meanings.amount(values.get("special_price"))
    stock = row.get("stock") or {}
    offer = PriceIn(
        amount=price, currency=str(context.details.get("currency") or ""),
        sale_amount=sale if sale and sale < price else None, sale_from=moment(values.get("special_from_date")),
        sale_until=moment(values.get("special_to_date")),
    )  # fmt: skip
    media, image = context.details.get("media"), values.get("image")
    root, path = context.details.get("url"), values.get("url_key")
    is_counted = stock.get("manage_stock", True) and "qty" in stock
    available = (
        int(Decimal(str(stock["qty"])))
        if is_counted and stock.get("is_in_stock")
        else 0
        if is_counted
        else None
    )
    item = Item(
        product=str(row["id"]), variant=str(row["id"]), title=row.get("name"), sku=row.get("sku") or None,
        description=meanings.plain(values.get("short_description") or values.get("description")),
        url=f"{root}{path}.html" if root and path else None,
        status="active" if row.get("status") == ENABLED else "draft",
        images=[{"url": f"{media}catalog/product{image}", "alt": ""}] if media and image else [],
        prices=[offer], stock=[StockIn(available=max(available, 0) if available is not None else None)],
    )  # fmt: skip
    return Told(items=[item])
