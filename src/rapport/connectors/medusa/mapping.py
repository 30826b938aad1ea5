"""What Medusa's records mean. Amounts are decimal, in the currency's main unit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from rapport.commerce.services.items import Item, PriceIn, StockIn
from rapport.connectors import meanings
from rapport.connectors.registry import Context, Raw, Told
from rapport.connectors.telling import Call, Who, identified, moment, needed

STATUS = {"published": "active", "draft": "draft", "proposed": "draft", "rejected": "gone", "deleted": "gone"}


def changed(row: Raw) -> dt.datetime | None:
    return moment(row.get("updated_at"))


def order(row: Raw, context: Context) -> Told:
    """The order as it stands, and each thing that became of it, at its own time."""
    return Told([] if row.get("status") == "draft" else list(_order(row, context)))


def _order(row: Raw, context: Context) -> Iterator[Call]:
    placed, version = needed(row["created_at"], "created_at"), needed(row["updated_at"], "updated_at")
    address, customer = row.get("shipping_address") or {}, row.get("customer") or {}
    email = customer.get("email")
    who = meanings.buyer(
        context, row.get("customer_id"), row.get("email") or email, address.get("phone"), own_email=email
    )
    id, whole = f"orders:{row['id']}", _whole(row, context, address, placed)
    otherwise = f"{context.kind}-{context.store}-order-{row['id']}"
    if who.identifiers:
        yield identified(f"{id}:who", placed, who, **meanings.guest_names(who, address))

    def call(event: str, name: str, at: dt.datetime, **properties: Any) -> Call:
        base = {"order_id": whole["order_id"], "store": context.store, "currency": whole["currency"]}
        return Call(event, f"{id}:{name}", at, who, base | properties, otherwise)

    yield call("Order Completed", "placed", placed, **whole, status="pending")
    for collection in meanings.listed(row.get("payment_collections")):
        for payment in meanings.listed(collection.get("payments")):
            yield from _payment(payment, call)
    for parcel in meanings.listed(row.get("fulfillments")):
        yield from _parcel(parcel, row, call)
    for back in meanings.listed(row.get("returns")):
        yield from _return(back, row, call)
    if cancelled := moment(row.get("canceled_at")):
        yield call("Order Cancelled", "cancelled", cancelled)
    if version != placed:
        yield call("Order Updated", f"updated:{version.isoformat()}", version, **whole)


def _payment(payment: Any, call: Any) -> Iterator[Call]:
    """What was captured counts, not what was only authorised."""
    for capture in meanings.listed(payment.get("captures")):
        at, amount = needed(capture["created_at"], "created_at"), Decimal(str(capture["amount"]))
        method = str(payment.get("provider_id") or "").removeprefix("pp_")
        yield call(
            "Order Paid",
            f"paid:{capture['id']}",
            at,
            payment_id=capture["id"],
            amount=amount,
            payment_method=method,
        )
    for refund in meanings.listed(payment.get("refunds")):
        at, amount = needed(refund["created_at"], "created_at"), Decimal(str(refund["amount"]))
        yield call(
            "Order Refunded", f"refund:{refund['id']}", at, refund_id=refund["id"], amount=amount,
            reason=refund.get("note"),
        )  # fmt: skip


def _return(back: Any, row: Raw, call: Any) -> Iterator[Call]:
    """One that is still being written down is none yet. What was given back for it, the payments say."""
    requested, state = moment(back.get("requested_at")), str(back.get("status"))
    if requested is None:
        return
    lines = {line["id"]: line for line in meanings.listed(row.get("items"))}

    def products(name: str) -> list[dict[str, Any]]:
        return [
            _line({**lines[item["item_id"]], "quantity": count}) | {"line_total": None}
            for item in meanings.listed(back.get("items"))
            if item.get("item_id") in lines and (count := item.get(name))
        ]

    agreed, id = products("quantity"), back["id"]
    yield call("Return Requested", f"return:{id}", requested, return_id=id, products=agreed)
    if state in {"received", "partially_received"}:
        at = moment(back.get("received_at")) or needed(back.get("updated_at"), "updated_at")
        here = products("received_quantity") or (agreed if state == "received" else [])
        version = f"return:{id}:{state}:{sum(line['quantity'] for line in here)}"
        yield call("Return Received", version, max(at, requested), return_id=id, products=here)
    if gone := moment(back.get("canceled_at")):
        yield call("Return Cancelled", f"return:{id}:cancelled", gone, return_id=id)


def _parcel(parcel: Any, row: Raw, call: Any) -> Iterator[Call]:
    sent = moment(parcel.get("shipped_at"))
    if parcel.get("canceled_at") or sent is None:
        return
    label = next(iter(meanings.listed(parcel.get("labels"))), {})
    lines = {line["id"]: line for line in meanings.listed(row.get("items"))}
    products = [
        _line({**lines[item["line_item_id"]], "quantity": item["quantity"]}) | {"line_total": None}
        for item in meanings.listed(parcel.get("items"))
        if item.get("line_item_id") in lines
    ]
    yield call(
        "Order Shipped", f"parcel:{parcel['id']}", sent, shipment_id=parcel["id"], products=products,
        tracking_number=label.get("tracking_number"), tracking_url=label.get("tracking_url"),
    )  # fmt: skip
    if arrived := moment(parcel.get("delivered_at")):
        yield call("Order Delivered", f"parcel:{parcel['id']}:delivered", arrived, shipment_id=parcel["id"])


def _whole(row: Raw, context: Context, address: Any, placed: dt.datetime) -> dict[str, Any]:
    """The total is that of the lines and the postage: Medusa's own becomes less with each refund."""
    items = meanings.listed(row.get("items"))
    shipping = Decimal(str(row.get("shipping_total") or 0))
    return {
        "order_id": meanings.own(row["display_id"], "display_id"),
        "store": context.store,
        "placed_at": placed.isoformat(),
        "currency": str(row["currency_code"]).upper(),
        "total": meanings.total(line.get("total") for line in items) + shipping,
        "tax": meanings.amount(row.get("tax_total")),
        "shipping": shipping,
        "discount": meanings.total(line.get("discount_total") for line in items),
        "coupons": [
            {"code": entry["code"]} for entry in meanings.listed(row.get("promotions")) if entry.get("code")
        ],
        "products": [_line(line) for line in items],
        "country": str(address.get("country_code") or "").upper() or None,
    }


def _line(line: Any) -> dict[str, Any]:
    """A product as it was bought; its total is without tax."""
    total, tax = meanings.amount(line.get("total")), meanings.amount(line.get("tax_total")) or Decimal(0)
    return {
        "line_item_id": line["id"],
        "product_id": line.get("product_id"),
        "variant_id": line.get("variant_id"),
        "sku": line.get("variant_sku"),
        "name": line.get("product_title") or line.get("title"),
        "price": meanings.amount(line.get("unit_price")),
        "quantity": line["quantity"],
        "discount": meanings.amount(line.get("discount_total")),
        "line_total": None if total is None else total - tax,
        "tax": tax,
    }


def customer(row: Raw, context: Context) -> Told:
    """Somebody with an account, or a guest of an order."""
    if not row.get("updated_at"):
        return Told()  # a call about one that was deleted
    at = needed(row["updated_at"], "updated_at")
    who = Who(meanings.customer_id(context, row["id"]), row.get("email") or "", row.get("phone") or "")
    place = next(iter(meanings.listed(row.get("addresses"))), {})
    traits = {
        "first_name": row.get("first_name"),
        "last_name": row.get("last_name"),
        "company": row.get("company_name"),
        "city": place.get("city"),
        "postal_code": place.get("postal_code"),
        "country": str(place.get("country_code") or "").upper() or None,
        "created_at": row.get("created_at"),
        "shop_tags": [entry["name"] for entry in meanings.listed(row.get("groups"))],
    }
    calls = [identified(f"customers:{row['id']}:{at.isoformat()}", at, who, **traits)]
    choice = (row.get("metadata") or {}).get("rapport_email_consent")
    if choice in {"subscribed", "unsubscribed"}:
        calls += meanings.consent(
            context,
            who,
            channel="email",
            granted=choice == "subscribed",
            id=f"customers:{row['id']}:email",
            at=at,
        )
    return Told(calls)


def product(row: Raw, context: Context) -> Told:
    """A row of the catalogue for each variant."""
    if row.get("status") == "deleted" or "title" not in row:
        return Told(items=[Item(product=str(row["id"]), variant="", status="gone")])
    shared: dict[str, Any] = {
        "product": str(row["id"]),
        "title": row["title"],
        "description": meanings.plain(row.get("description")),
        "category": next((entry.get("name") for entry in meanings.listed(row.get("categories"))), None),
        "status": STATUS.get(str(row.get("status")), "active"),
        "images": [{"url": str(entry["url"]), "alt": ""} for entry in meanings.listed(row.get("images"))],
    }
    return Told(items=[_variant(shared, entry) for entry in meanings.listed(row.get("variants"))])


def _variant(shared: dict[str, Any], row: Any) -> Item:
    options = {
        str((entry.get("option") or {}).get("title")): str(entry["value"])
        for entry in meanings.listed(row.get("options"))
    }
    # Prices with rules hold for a region, a group or a number of pieces.
    prices = [
        PriceIn(amount=Decimal(str(entry["amount"])), currency=str(entry["currency_code"]).upper())
        for entry in meanings.listed(row.get("prices"))
        if not entry.get("rules") and not entry.get("min_quantity")
    ]
    stock = [StockIn(available=_left(row))]
    return Item(
        **shared, variant=str(row["id"]), sku=row.get("sku") or None, label=row.get("title"), options=options or None,
        gtin=meanings.code(row.get("ean") or row.get("upc") or row.get("barcode")), prices=prices, stock=stock,
    )  # fmt: skip


def _left(row: Any) -> int | None:
    """How many can be made of what is at all places; None where nobody counts them."""
    if not row.get("manage_inventory"):
        return None
    counts = []
    for entry in meanings.listed(row.get("inventory_items")):
        levels = meanings.listed((entry.get("inventory") or {}).get("location_levels"))
        here = meanings.total(level.get("available_quantity") for level in levels)
        counts.append(int(here / (entry.get("required_quantity") or 1)))
    return max(min(counts, default=0), 0)
