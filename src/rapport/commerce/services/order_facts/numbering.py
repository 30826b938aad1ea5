"""What an order is called: its id in the shop, and the number that people see."""

from __future__ import annotations

from rapport.commerce.services.order_facts import values
from rapport.commerce.services.order_facts.values import Data

Names = tuple[str, ...]
ORDER_ID: Names = (
    "order_id",
    "orderId",
    "OrderId",
    "transaction_id",
    "order_number",
    "orderNumber",
    "number",
    "$event_id",
)
# What customers see of an order whose id is another: Shopify's "#1001", WooCommerce's own count.
NUMBER: Names = ("order_name", "order_number", "orderNumber", "number", "display_id", "increment_id")


def order_id(properties: Data) -> str:
    """The order's number; webhooks of Shopify and WooCommerce have it as `id` beside their `line_items`."""
    # Their refunds and parcels name this id, not the number that customers see.
    own = values.text(properties, ("id",)) if is_whole(properties) else ""
    return own or values.text(properties, ORDER_ID)


def number(properties: Data) -> str:
    """The order's number for people; Shopify's webhooks have it as `name`."""
    names = ("name", *NUMBER) if is_whole(properties) else NUMBER
    return values.text(properties, names)


def is_whole(properties: Data) -> bool:
    return "line_items" in properties and "order_id" not in properties
