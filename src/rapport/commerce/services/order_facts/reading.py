"""Reads a fact out of an event's properties, by the names that Segment, GA4, Shopify, WooCommerce and Klaviyo use."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rapport.commerce.services.order_facts import numbering, values
from rapport.commerce.services.order_facts.structs import ZERO, Coupon, Fact, FactLine
from rapport.commerce.services.order_facts.values import Data, Reasons
from rapport.commerce.services.order_facts.vocabulary import CART, ORDER, Meaning

MAX_LINES = 10_000
Names = tuple[str, ...]
CART_ID: Names = ("cart_id", "cartId", "cart_token", "checkout_id", "checkoutId", "checkout_token", "token")
SUBSCRIPTION_ID: Names = ("subscription_id", "subscriptionId", "subscription")
LINES: Names = (
    "products",
    "items",
    "line_items",
    "lines",
    "Items",
    "contents",
    "refund_line_items",
    "return_line_items",
)
CURRENCY: Names = ("currency", "currency_code", "currencyCode", "presentment_currency")
CODES: Names = ("code", "coupon_code", "coupon_id", "coupon", "discount_code")
# What the products of an event would be worth nothing without.
_PRICED = frozenset({"placed", "updated"})
_MONEY_KINDS = _PRICED | {"paid", "refunded"}
_PARCEL: Names = (
    "fulfillment_id", "fulfilment_id", "shipment_id", "parcel_id", "tracking_number", "trackingNumber",
)  # fmt: skip
_REFERENCE: dict[str, Names] = {
    "paid": ("payment_id", "paymentId", "invoice_id", "charge_id"),
    "payment_failed": ("payment_id", "paymentId", "invoice_id", "charge_id"),
    "shipped": _PARCEL,
    "delivered": _PARCEL,
    "refunded": ("refund_id", "refundId", "credit_note", "credit_note_id"),
    "cancelled": ("refund_id", "refundId"),
    "exchanged": ("exchange_id", "return_id", "rma"),
} | dict.fromkeys(
    ("return_requested", "return_approved", "return_received", "return_rejected"),
    ("return_id", "returnId", "rma", "rma_number"),
)


def read(meaning: Meaning, properties: Data) -> Fact:
    """The fact in these properties. Never raises for what somebody sent: what cannot be read is named in `problems`."""
    reasons = Reasons()
    fact = Fact(meaning.kind, order=numbering.order_id(properties), cart=values.text(properties, CART_ID))
    fact.number = numbering.number(properties) if meaning.about == ORDER else ""
    fact.subscription = values.text(properties, SUBSCRIPTION_ID)
    fact.store = values.text(properties, ("store", "store_id", "shop_id"), 64)
    needs_currency = meaning.about == ORDER and meaning.kind in _MONEY_KINDS
    fact.currency = values.currency(properties, CURRENCY, reasons, needed=needs_currency)
    fact.lines = _lines(meaning, properties, reasons)
    fact.coupons = _coupons(properties, reasons)
    _amounts(fact, properties, reasons)
    _details(fact, properties, reasons)
    is_note = fact.kind == "refunded" and fact.reference  # a credit note has a number of its own
    if meaning.about == ORDER and not fact.order and not is_note:
        reasons.note("no_order_id")
    if (
        meaning.about != CART
        and meaning.kind == "placed"
        and not fact.lines
        and not fact.total
        and not fact.revenue
    ):
        reasons.note("no_content")
    fact.problems = list(reasons)
    return fact


def _amounts(fact: Fact, properties: Data, reasons: Reasons) -> None:
    number = values.number
    fact.total = number(
        properties, ("total", "total_price", "order_total", "grand_total", "current_total_price"), reasons
    )
    fact.revenue = number(properties, ("revenue", "value", "$value", "OrderTotal", "total_revenue"), reasons)
    fact.subtotal = number(properties, ("subtotal", "subtotal_price", "sub_total"), reasons)
    fact.tax = number(properties, ("tax", "total_tax", "taxes"), reasons)
    fact.shipping = number(
        properties,
        ("shipping", "shipping_total", "shipping_cost", "total_shipping_price_set", "shippingCost"),
        reasons,
    )
    fact.discount = number(
        properties, ("discount", "total_discounts", "discount_total", "discount_value"), reasons
    )
    if fact.discount is not None:
        fact.discount = abs(fact.discount)
    if fact.kind in _REFERENCE or fact.subscription:
        names = ("amount", "refund_amount", "refund", "amount_paid", "total_refunded", "refunded_amount")
        fact.amount = number(properties, names, reasons)
        if fact.amount is not None and fact.kind in {"refunded", "cancelled"}:
            fact.amount = abs(fact.amount)
    if (
        fact.kind == "refunded"
        and fact.amount is None
        and isinstance(paid := properties.get("transactions"), list)
    ):
        amounts = [
            number(entry, ("amount",), reasons) for entry in paid if isinstance(entry, dict)
        ]  # Shopify
        fact.amount = sum((amount for amount in amounts if amount), ZERO) or None
    if fact.kind == "refunded":  # Woo and some tills write them below zero
        for name in ("total", "revenue", "tax", "shipping"):
            if (value := getattr(fact, name)) is not None and value < 0:
                setattr(fact, name, -value)


def _state(kind: str, properties: Data) -> str:
    """How far it is; Shopify says of the money of a cancelled order."""
    if kind in _PRICED and values.text(properties, ("cancelled_at", "canceled_at")):
        return "cancelled"
    return values.text(properties, ("financial_status", "payment_status", "status", "state"), 40).lower()[:40]


def _reference(kind: str, properties: Data) -> str:
    """Which payment, parcel, return or refund; webhooks about one have its `id` beside the `order_id`."""
    names = _REFERENCE.get(kind, ())
    return values.text(properties, (*names, "id") if names and "order_id" in properties else names)


def _details(fact: Fact, properties: Data, reasons: Reasons) -> None:
    text = values.text
    fact.reference = _reference(fact.kind, properties)
    fact.method = text(
        properties, ("payment_method", "paymentMethod", "payment_type", "gateway", "shipping_method"), 80
    )
    fact.state = _state(fact.kind, properties)
    fact.reason = text(
        properties, ("reason", "cancel_reason", "cancellation_reason", "note", "coupon_reason")
    )
    fact.tracking = text(
        properties, ("tracking_number", "trackingNumber", "tracking_code", "tracking_id"), 100
    )
    fact.tracking_url = _link(text(properties, ("tracking_url", "trackingUrl", "tracking_link"), 1000))
    fact.carrier = text(properties, ("carrier", "tracking_company", "shipping_carrier", "courier"), 80)
    fact.expected = values.moment(
        properties,
        ("expected_delivery", "estimated_delivery", "expected_at", "delivery_date", "eta"),
        reasons,
    )
    fact.placed_at = values.moment(
        properties, ("placed_at", "ordered_at", "order_date", "processed_at"), reasons
    )
    fact.replaced_by = text(properties, ("exchange_order_id", "new_order_id", "replacement_order_id"))
    fact.restocks = properties.get("restock") is not False and properties.get("restock_type") != "no_restock"
    fact.reassigns = fact.kind == "reassigned" or properties.get("names_customer") is True
    if fact.kind == "refunded":
        fact.given_back_at = values.moment(
            properties, ("refunded_at", "refund_date", "refund_created_at"), reasons
        )
    _repetition(fact, properties, reasons)
    fact.channel = text(properties, ("affiliation", "channel", "sales_channel", "source_name"), 120)
    fact.country = text(properties, ("country", "country_code", "shipping_country"), 2).upper()[:2]
    fact.company = text(properties, ("company_id", "group_id", "groupId", "account_id"))
    fact.step = text(properties, ("step",), 20)
    if fact.kind == "withdrawn":
        listed = properties.get("withdraws")
        fact.withdraws = (
            [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []
        )


def _repetition(fact: Fact, properties: Data, reasons: Reasons) -> None:
    """What it says of a subscription."""
    text = values.text
    fact.plan = text(properties, ("plan", "plan_name", "plan_id", "product_name", "name"), 120)
    fact.interval = text(properties, ("interval", "billing_interval", "frequency"), 40)
    fact.renews_at = values.moment(
        properties, ("renews_at", "next_billing_date", "next_billing_at", "period_end"), reasons
    )


def _link(url: str) -> str:
    return url if url.startswith(("https://", "http://")) else ""


def _coupons(properties: Data, reasons: Reasons) -> list[Coupon]:
    listed = values.first(properties, ("discount_codes", "coupons", "coupon_lines", "discounts"))
    entries = [entry for entry in listed if isinstance(entry, dict | str)] if isinstance(listed, list) else []
    if not entries and values.text(properties, CODES):
        entries = [properties]
    coupons = []
    for entry in entries[:100]:
        data = {"code": entry} if isinstance(entry, str) else entry
        amount = values.number(data, ("amount", "discount", "discount_amount"), reasons, "discount")
        name = values.text(data, ("coupon_name", "promotion", "title"), 120)
        if code := values.text(data, CODES, 120):
            coupons.append(Coupon(code, name, abs(amount) if amount is not None else None))
    return coupons


def _lines(meaning: Meaning, properties: Data, reasons: Reasons) -> list[FactLine] | None:
    listed = values.first(properties, LINES)
    if isinstance(listed, dict):  # PHP writes a list with gaps as an object
        listed = list(listed.values())
    if not isinstance(listed, list):
        if listed is not None and not isinstance(listed, int | float):  # `items` is often how many there are
            reasons.note("products_no_list")
        one_product = meaning.about == CART and meaning.kind in {"added", "removed"}
        return [_line(properties, reasons, priced=False)] if one_product else None
    if len(listed) > MAX_LINES:
        reasons.note("too_many_products")
    lines = []
    for entry in listed[:MAX_LINES]:
        if not isinstance(entry, dict):
            reasons.note("product_no_object")
            continue
        inner = entry.get("line_item")  # Shopify's refunds
        data = {**inner, **entry} if isinstance(inner, dict) else entry
        lines.append(_line(data, reasons, priced=meaning.kind in _PRICED and meaning.about == ORDER))
    return lines


def _line(data: Data, reasons: Reasons, *, priced: bool) -> FactLine:
    text, number = values.text, values.number
    line = FactLine(
        text(data, ("product_id", "productId", "ProductID", "item_id", "id"), 120),
        text(data, ("sku", "SKU"), 120),
        text(data, ("variant_id", "variantId", "variation_id", "variant", "item_variant"), 120),
        text(data, ("name", "item_name", "title", "product_name", "ProductName"), 254),
        price=number(data, ("price", "item_price", "unit_price", "ItemPrice"), reasons, "price"),
        discount=number(data, ("discount", "total_discount", "discount_amount"), reasons, "discount"),
        tax=number(data, ("tax", "total_tax"), reasons, "tax"),
        total=number(data, ("line_total", "total", "row_total", "RowTotal"), reasons, "total"),
        line_id=text(data, ("line_item_id", "line_id", "order_item_id"), 64),
        category=text(data, ("category", "item_category"), 254),
        brand=text(data, ("brand", "item_brand", "vendor"), 120),
        url=_link(text(data, ("url", "product_url", "ProductURL"), 1000)),
        image=_link(text(data, ("image_url", "imageUrl", "ImageURL"), 1000)),
    )
    if not line.line_id and (own := text(data, ("id",), 64)) != line.product:
        line.line_id = own
    line.quantity = _quantity(data, reasons)
    _discounted(line, data, reasons)
    if not line.key:
        reasons.note("product_unnamed")
    if priced and line.price is None:
        if line.total is None:
            reasons.note("no_price")
        elif line.quantity:
            line.price = (line.total / line.quantity).quantize(Decimal("0.0001"))
    return line


def _discounted(line: FactLine, data: Data, reasons: Reasons) -> None:
    """Lines whose price is the one after the discount, as it would be taken off twice: WooCommerce's and GA4's."""
    before = values.number(data, ("subtotal", "line_subtotal"), reasons, "subtotal")
    if (
        line.discount is None
        and before is not None
        and line.total is not None
        and before > line.total >= ZERO
    ):
        line.discount = before - line.total
        if line.quantity:
            line.price = (before / line.quantity).quantize(Decimal("0.0001"))
    elif line.discount and line.price is not None and "item_id" in data:
        line.price, line.discount = line.price + line.discount, line.discount * line.quantity


def _quantity(data: Data, reasons: Reasons) -> Decimal:
    quantity = values.number(data, ("quantity", "qty", "Quantity", "count"), reasons, "quantity")
    if quantity is None:
        return Decimal(1)
    if quantity < ZERO:
        reasons.note("negative_quantity")
    return quantity


def properties_of(decoded: Any) -> Data:
    """Klaviyo's and Shopify's senders wrap what they tell once more."""
    data: Data = decoded if isinstance(decoded, dict) else {}
    for wrapper in ("order", "checkout", "ecommerce", "data"):
        inner = data.get(wrapper)
        if isinstance(inner, dict) and not (
            numbering.ORDER_ID[0] in data or any(name in data for name in LINES)
        ):
            return {**data, **inner}
    return data
