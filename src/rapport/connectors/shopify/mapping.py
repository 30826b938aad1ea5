"""What Shopify's records mean. Webhooks bring the same records as the REST API: there is one reading of both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from rapport.commerce.services.items import Item, PriceIn, StockIn
from rapport.connectors import meanings
from rapport.connectors.registry import Context, Raw, Told
from rapport.connectors.telling import Call, Who, identified, moment, needed

PAID = frozenset({"paid", "partially_paid", "partially_refunded", "refunded"})
STATUS = {"active": "active", "draft": "draft", "archived": "gone", "deleted": "gone"}


def changed(row: Raw) -> dt.datetime | None:
    return moment(row.get("updated_at"))


def who_of(row: Raw, context: Context) -> Who:
    customer = row.get("customer") or {}
    email = row.get("email") or row.get("contact_email")
    own_email = meanings.text(customer.get("email"))
    return meanings.buyer(context, customer.get("id"), email, row.get("phone"), own_email=own_email)


def order(row: Raw, context: Context) -> Told:
    """The order as it stands, and each thing that became of it, at its own time."""
    if row.get("test"):
        return Told()
    return Told(list(_order(row, context)))


def _order(row: Raw, context: Context) -> Iterator[Call]:
    who, placed = who_of(row, context), needed(row["created_at"], "created_at")
    id, version = f"orders:{row['id']}", needed(row["updated_at"], "updated_at")
    whole, otherwise = _whole(row, context), f"{context.kind}-{context.store}-order-{row['id']}"
    customer = row.get("customer") or {}
    names = {name: customer.get(name) for name in ("first_name", "last_name")}
    if who.identifiers:
        yield identified(f"{id}:who", placed, who, **names)

    def call(event: str, name: str, at: dt.datetime, **properties: Any) -> Call:
        base = {"order_id": whole["order_id"], "store": context.store, "currency": whole["currency"]}
        return Call(event, f"{id}:{name}", at, who, base | properties, otherwise)

    state = row.get("financial_status")
    yield call("Order Completed", "placed", placed, **whole, financial_status=state)
    if state in PAID:
        paid = Decimal(str(row["total_price"])) - Decimal(str(row.get("total_outstanding") or 0))
        at = moment(row.get("processed_at")) or placed
        methods = ", ".join(row.get("payment_gateway_names") or [])
        yield call(
            "Order Paid",
            f"paid:{paid:015.2f}",
            at,
            payment_id=str(row["id"]),
            amount=paid,
            payment_method=methods,
        )
    for parcel in meanings.listed(row.get("fulfillments")):
        yield from _parcel(parcel, call)
    for refund in meanings.listed(row.get("refunds")):
        yield _refund(refund, call)
    if cancelled := moment(row.get("cancelled_at")):
        yield call("Order Cancelled", "cancelled", cancelled, reason=row.get("cancel_reason"))
    if version != placed:
        state = "cancelled" if cancelled else state
        yield call(
            "Order Updated", f"updated:{version.isoformat()}", version, **whole, financial_status=state
        )


def _whole(row: Raw, context: Context) -> dict[str, Any]:
    address = row.get("shipping_address") or row.get("billing_address") or {}
    return {
        "order_id": str(row.get("name") or row["id"]),
        "store": context.store,
        "placed_at": row["created_at"],
        "currency": row["currency"],
        "total": meanings.amount(row["total_price"]),
        "subtotal": meanings.amount(row.get("subtotal_price")),
        "tax": meanings.amount(row.get("total_tax")),
        "discount": meanings.amount(row.get("total_discounts")),
        "shipping": meanings.total(line.get("price") for line in meanings.listed(row.get("shipping_lines"))),
        "discount_codes": row.get("discount_codes"),
        "products": [_line(line) for line in meanings.listed(row.get("line_items"))],
        "cart_id": row.get("checkout_token") or row.get("cart_token"),
        "channel": row.get("source_name"),
        "country": address.get("country_code"),
        "tags": meanings.tags(row.get("tags")),
    }


def _line(line: Any) -> dict[str, Any]:
    """A product as it was bought. Shipping discounts are not a line's."""
    return {
        "line_item_id": str(line["id"]),
        "product_id": str(line["product_id"]) if line.get("product_id") else None,
        "variant_id": str(line["variant_id"]) if line.get("variant_id") else None,
        "sku": line.get("sku"),
        "name": line.get("title") or line.get("name"),
        "brand": line.get("vendor"),
        "price": meanings.amount(line["price"]),
        "quantity": line["quantity"],
        "discount": meanings.total(
            part["amount"] for part in meanings.listed(line.get("discount_allocations"))
        ),
        "tax": meanings.total(part["price"] for part in meanings.listed(line.get("tax_lines"))),
    }


def _parcel(row: Any, call: Any) -> Iterator[Call]:
    if row.get("status") in {"cancelled", "error", "failure"}:
        return
    at, version = needed(row["created_at"], "created_at"), row.get("updated_at") or ""
    parcel = {
        "shipment_id": str(row["id"]),
        "tracking_number": row.get("tracking_number"),
        "tracking_url": row.get("tracking_url"),
        "carrier": row.get("tracking_company"),
        "products": [_line(line) for line in meanings.listed(row.get("line_items"))],
    }
    yield call("Order Shipped", f"parcel:{row['id']}:{version}", at, **parcel)
    if row.get("shipment_status") == "delivered":
        arrived = moment(row.get("updated_at")) or at
        yield call(
            "Order Delivered", f"parcel:{row['id']}:delivered", arrived, shipment_id=parcel["shipment_id"]
        )


def _refund(row: Any, call: Any) -> Call:
    lines = meanings.listed(row.get("refund_line_items"))
    paid_back = [
        part.get("amount")
        for part in meanings.listed(row.get("transactions"))
        if part.get("kind") == "refund" and part.get("status") == "success"
    ]
    worth = [part for line in lines for part in (line.get("subtotal"), line.get("total_tax"))]
    products = [
        _line(line["line_item"]) | {"quantity": line["quantity"]} for line in lines if line.get("line_item")
    ]
    restocks = not lines or any(line.get("restock_type") != "no_restock" for line in lines)
    refunded: Call = call(
        "Order Refunded", f"refund:{row['id']}", needed(row["created_at"], "created_at"), refund_id=str(row["id"]),
        amount=meanings.total(paid_back or worth), products=products, reason=row.get("note"), restock=restocks,
    )  # fmt: skip
    return refunded


def customer(row: Raw, context: Context) -> Told:
    """Who they are, and what they said in the shop about being written to."""
    if not row.get("updated_at"):
        return Told()  # a call about one that was deleted
    at, id = needed(row["updated_at"], "updated_at"), f"customers:{row['id']}"
    who = Who(meanings.customer_id(context, row["id"]), row.get("email") or "", row.get("phone") or "")
    address = row.get("default_address") or {}
    traits = {
        "first_name": row.get("first_name"),
        "last_name": row.get("last_name"),
        "city": address.get("city"),
        "country": address.get("country_code"),
        "postal_code": address.get("zip"),
        "created_at": row.get("created_at"),
        "shop_tags": meanings.tags(row.get("tags")),
        "shop_note": row.get("note"),
    }
    calls = [identified(f"{id}:{at.isoformat()}", at, who, **traits)]
    for channel in ("email", "sms"):
        choice = row.get(f"{channel}_marketing_consent") or {}
        if choice.get("state") in {"subscribed", "unsubscribed"}:
            calls += meanings.consent(
                context, who, channel=channel, granted=choice["state"] == "subscribed", id=f"{id}:{channel}",
                at=moment(choice.get("consent_updated_at")) or at, opt_in=choice.get("opt_in_level"),
                from_=choice.get("consent_collected_from"),
            )  # fmt: skip
    return Told(calls)


def product(row: Raw, context: Context) -> Told:
    """A row of the catalogue for each variant."""
    if row.get("status") == "deleted":
        return Told(items=[Item(product=str(row["id"]), variant="", status="gone")])
    shared: dict[str, Any] = {
        "product": str(row["id"]),
        "title": row.get("title"),
        "description": meanings.plain(row.get("body_html")),
        "brand": row.get("vendor"),
        "category": row.get("product_type") or None,
        "status": STATUS.get(str(row.get("status")), "active"),
        "images": [
            {"url": str(image["src"]), "alt": image.get("alt") or ""}
            for image in meanings.listed(row.get("images"))
        ],
    }
    if (domain := context.details.get("domain")) and row.get("handle"):
        shared["url"] = f"https://{domain}/products/{row['handle']}"
    names = [str(option.get("name")) for option in meanings.listed(row.get("options"))]
    return Told(
        items=[_variant(shared, names, variant, context) for variant in meanings.listed(row.get("variants"))]
    )


def _variant(shared: dict[str, Any], names: list[str], row: Any, context: Context) -> Item:
    price, before = Decimal(str(row["price"])), meanings.amount(row.get("compare_at_price"))
    is_sale = before is not None and before > price
    currency = str(context.details.get("currency") or "")
    stock = max(int(row.get("inventory_quantity") or 0), 0) if row.get("inventory_management") else None
    chosen = {name: str(row.get(f"option{n}")) for n, name in enumerate(names, 1) if row.get(f"option{n}")}
    is_only = row.get("title") == "Default Title"
    return Item(
        **shared, variant=str(row["id"]), sku=row.get("sku") or None, gtin=meanings.code(row.get("barcode")),
        label=None if is_only else row.get("title"), options=None if is_only else chosen,
        prices=[PriceIn(amount=before if is_sale and before else price, currency=currency,
                        sale_amount=price if is_sale else None)],
        stock=[StockIn(available=stock)],
    )  # fmt: skip


def checkout(row: Raw, context: Context) -> Told:
    """A checkout that was begun; what becomes of it the order tells."""
    if row.get("completed_at"):
        return Told()
    who, at = who_of(row, context), needed(row["created_at"], "created_at")
    version = needed(row["updated_at"], "updated_at")
    cart = {
        "store": context.store,
        "cart_id": row.get("token"),
        "currency": row.get("currency"),
        "total": meanings.amount(row.get("total_price")),
        "products": [
            _line({"id": f"{row['token']}-{n}", **line})
            for n, line in enumerate(meanings.listed(row.get("line_items")))
        ],
    }
    otherwise = f"{context.kind}-{context.store}-checkout-{row['token']}"
    calls = [Call("Checkout Started", f"checkouts:{row['token']}", at, who, cart, otherwise)]
    if version != at:
        calls.append(
            Call(
                "Cart Updated",
                f"checkouts:{row['token']}:{version.isoformat()}",
                version,
                who,
                cart,
                otherwise,
            )
        )
    if who.identifiers:
        calls.insert(0, identified(f"checkouts:{row['token']}:who:{version.isoformat()}", version, who))
    return Told(calls)
