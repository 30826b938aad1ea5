"""What Tryton's records mean. Days without a time begin at midnight, UTC; amounts of lines are without tax."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from rapport.commerce.services.items import Item, PriceIn, StockIn
from rapport.connectors import meanings
from rapport.connectors.registry import Context, Raw, Told
from rapport.connectors.telling import Call, Unfit, Who, identified, moment, needed

ORDERED = frozenset({"confirmed", "processing", "done", "cancelled"})
BILLED = frozenset({"posted", "paid"})
RECEIVED = frozenset({"received", "done"})


def changed(row: Raw) -> dt.datetime | None:
    """The last change of it or of what hangs on it."""
    names = ("template", "addresses", "contact_mechanisms", "shipments", "shipment_returns", "invoices")
    values = [row.get(f"{name}.") for name in names]
    related = [
        entry for value in values for entry in meanings.listed(value if isinstance(value, list) else [value])
    ]
    times = [moment(entry.get("write_date") or entry.get("create_date")) for entry in (row, *related)]
    return max((at for at in times if at), default=None)


def order(row: Raw, context: Context) -> Told:
    """A sale from when it was confirmed on, and what became of it. Quotations are no orders yet."""
    if row.get("state") not in ORDERED or not row.get("sale_date") or not row.get("number"):
        return Told()
    amount = Decimal(row["total_amount"])
    pieces = [line["quantity"] for line in _lines(row)]
    takes_back = amount < 0 or (bool(pieces) and max(pieces) < 0)  # also what cost nothing
    return Told(list(_return(row, context, -amount) if takes_back else _order(row, context, amount)))


def _who(row: Raw, context: Context) -> Who:
    party = row["party."]
    return Who(
        meanings.customer_id(context, row["party"]), party.get("email") or "", party.get("phone") or ""
    )


def _order(row: Raw, context: Context, amount: Decimal) -> Iterator[Call]:
    id, who, placed = f"orders:{row['id']}", _who(row, context), _placed(row)
    version = changed(row) or placed
    otherwise = f"{context.kind}-{context.store}-order-{row['id']}"
    whole = {
        "order_id": str(row["number"]), "store": context.store, "placed_at": placed.isoformat(),
        "currency": row["currency."]["code"], "total": amount, "tax": meanings.amount(row.get("tax_amount")),
        "products": _lines(row), "country": _country(row.get("shipment_address.")), "reference": row.get("reference"),
    }  # fmt: skip

    def call(event: str, name: str, at: dt.datetime, **properties: Any) -> Call:
        base = {"order_id": whole["order_id"], "store": context.store, "currency": whole["currency"]}
        return Call(event, f"{id}:{name}", at, who, base | properties, otherwise)

    if row["state"] == "cancelled":
        # Mostly a quotation that nobody took: it was never an order, so nothing else is said of it.
        yield call("Order Cancelled", "cancelled", version)
        return
    yield identified(f"{id}:who", placed, who, name=row["party."].get("name"))
    yield call("Order Completed", "placed", placed, **whole, status="pending")
    yield from _payments(row, call, version)
    for parcel in meanings.listed(row.get("shipments.")):
        if parcel.get("state") == "done" and (sent := moment(parcel.get("effective_date"))):
            pieces = _sent(row, parcel)
            yield call(
                "Order Shipped", f"parcel:{parcel['id']}", max(sent, placed), shipment_id=str(parcel["number"]),
                products=pieces,
            )  # fmt: skip
    yield call("Order Updated", f"updated:{version.isoformat()}", version, **whole)


def _placed(row: Raw) -> dt.datetime:
    """Its day; with the time at which it was entered, if that was the same day."""
    day, entered = needed(row["sale_date"], "sale_date"), needed(row["create_date"], "create_date")
    return entered if entered.date() == day.date() else day


def _payments(row: Raw, call: Any, version: dt.datetime) -> Iterator[Call]:
    for invoice in meanings.listed(row.get("invoices.")):
        if invoice.get("state") not in BILLED:
            continue
        worth, left = Decimal(invoice["total_amount"]), Decimal(invoice.get("amount_to_pay") or 0)
        if worth > 0 and (paid := worth - left) > 0:
            at = moment(invoice.get("write_date")) or version
            number = str(invoice.get("number") or invoice["id"])
            yield call("Order Paid", f"paid:{invoice['id']}:{paid}", at, payment_id=number, amount=paid)


def _return(row: Raw, context: Context, amount: Decimal) -> Iterator[Call]:
    """A sale of less than nothing takes another back, which it names as its origin: agreed upon when it is confirmed,
    come back when its shipment has been received, and given back by its credit notes, where there are invoices at all.
    """
    if row["state"] == "cancelled":
        return
    origin = (row.get("origin.") or {}).get("rec_name") or ""
    if not str(row.get("origin") or "").startswith("sale.sale,") or not origin:
        raise Unfit(_("It takes goods back, but names no sale that they are of."))
    at = _placed(row)
    products = [  # the numbers of its lines are its own
        line | {"quantity": -line["quantity"], "line_total": -line["line_total"], "line_item_id": None}
        for line in _lines(row)
    ]
    base = {
        "order_id": origin.partition(" ")[0],
        "store": context.store,
        "currency": row["currency."]["code"],
    }
    back = {"return_id": str(row["number"]), "products": products}
    who, otherwise = _who(row, context), f"{context.kind}-{context.store}-order-{row['origin']}"

    def call(event: str, name: str, when: dt.datetime, **properties: Any) -> Call:
        return Call(event, f"orders:{row['id']}:{name}", when, who, base | properties, otherwise)

    yield call("Return Approved", "return", at, **back)
    parcels = [
        entry for entry in meanings.listed(row.get("shipment_returns.")) if entry.get("state") in RECEIVED
    ]
    if arrived := [when for entry in parcels if (when := moment(entry.get("effective_date")))]:
        yield call("Return Received", "received", max(at, *arrived), **back)
    if "invoices." not in row:
        yield call("Order Refunded", "refund", at, refund_id=str(row["number"]), amount=amount)
    for note in meanings.listed(row.get("invoices.")):
        worth = Decimal(note["total_amount"])
        if note.get("state") in BILLED and worth < 0:
            when, number = moment(note.get("write_date")) or at, str(note.get("number") or note["id"])
            yield call(
                "Order Refunded", f"refund:{note['id']}", max(at, when), refund_id=number, amount=-worth
            )


def _lines(row: Raw) -> list[dict[str, Any]]:
    """Titles and remarks are lines as well; these are left out."""
    return [_line(line) for line in meanings.listed(row.get("lines.")) if line.get("type") == "line"]


def _line(line: Any) -> dict[str, Any]:
    product = line.get("product.") or {}
    return {
        "line_item_id": str(line["id"]),
        "product_id": str(product["template"]) if product.get("template") else None,
        "variant_id": str(line["product"]) if line.get("product") else None,
        "sku": product.get("code"),
        "name": product.get("name") or (line.get("description") or "")[:200],
        "price": meanings.amount(line.get("unit_price")),
        "quantity": Decimal(str(line["quantity"])),
        "line_total": meanings.amount(line.get("amount")),
    }


def _sent(row: Raw, parcel: Any) -> list[dict[str, Any]]:
    """The lines in a parcel, each with as many as are in it."""
    lines = {f"sale.line,{line['id']}": line for line in meanings.listed(row.get("lines."))}
    return [
        _line({**lines[move["origin"]], "quantity": move["quantity"], "amount": None})
        for move in meanings.listed(parcel.get("outgoing_moves."))
        if move.get("origin") in lines
    ]


def _country(address: Any) -> str | None:
    country = (address or {}).get("country.") or {}
    return country.get("code")


def customer(row: Raw, context: Context) -> Told:
    """A party, be it a person or a firm. One that another replaces is told by that one."""
    if row.get("replaced_by"):
        return Told()
    at = changed(row) or needed(row["create_date"], "create_date")
    who = Who(
        meanings.customer_id(context, row["id"]),
        row.get("email") or "",
        row.get("phone") or row.get("mobile") or "",
    )
    place = next(iter(meanings.listed(row.get("addresses."))), {})
    vat = (row.get("tax_identifier.") or {}).get("code")
    traits = {
        "name": row.get("name"),
        "company": row.get("name") if vat else None,
        "vat_number": vat,
        "customer_number": row.get("code"),
        "city": place.get("city"),
        "postal_code": place.get("postal_code"),
        "country": _country(place),
        "created_at": row.get("create_date"),
        "shop_tags": [entry["name"] for entry in meanings.listed(row.get("categories."))],
    }
    return Told([identified(f"customers:{row['id']}:{at.isoformat()}", at, who, **traits)])


def product(row: Raw, context: Context) -> Told:
    """A variant; its template is the product."""
    price, currency = meanings.amount(row.get("list_price_used")), str(context.details.get("currency") or "")
    is_shown = row.get("active") and (row.get("template.") or {}).get("active", True)
    codes = [
        entry["code"] for entry in meanings.listed(row.get("identifiers.")) if entry.get("type") == "ean"
    ]
    item = Item(
        product=str(row["template"]), variant=str(row["id"]), title=row["name"],
        description=row.get("description") or None, sku=row.get("code") or None,
        status="gone" if not is_shown else "active" if row.get("salable", True) else "draft",
        category=next((entry["rec_name"] for entry in meanings.listed(row.get("categories."))), None),
        gtin=meanings.code(codes[0]) if codes else None,
    )  # fmt: skip
    if price is not None and currency:
        item.prices = [PriceIn(amount=price, currency=currency)]
    if row.get("type") == "goods" and row.get("forecast_quantity") is not None:
        item.stock = [StockIn(available=max(int(row["forecast_quantity"]), 0))]
    return Told(items=[item])
