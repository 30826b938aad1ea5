"""Event names of shops and trackers, and the kind of fact each stands for.

The first name of each kind is that of Segment's and RudderStack's e-commerce specification, or ours where it has
none. Names are compared by their words, so `order_completed`, `orderCompleted` and `orders/completed` need no entry
of their own beside what their words say.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

ORDER, CART, SUBSCRIPTION = "order", "cart", "subscription"


class Meaning(NamedTuple):
    """What a fact is about and what it says of it."""

    about: str
    kind: str


_ORDER = {
    "placed": (
        "Order Completed, Order Placed, Placed Order, Completed Order, Order Created, New Order, Order Imported,"
        " Purchase, Purchased, Checkout Completed, orders/create, woocommerce_new_order, Transaction Completed"
    ),
    "updated": (
        "Order Updated, Updated Order, Order Edited, Order Changed, orders/updated, orders/edited,"
        " woocommerce_update_order, Order Status Updated"
    ),
    "paid": (
        "Order Paid, Paid Order, orders/paid, orders/partially_paid, Payment Received, Payment Completed,"
        " Payment Succeeded, Payment Captured, Invoice Paid"
    ),
    "payment_failed": "Payment Failed, Payment Declined, Order Payment Failed",
    "shipped": (
        "Order Shipped, Order Fulfilled, Fulfilled Order, Shipped Order, Order Partially Fulfilled,"
        " Order Partially Shipped, orders/fulfilled, orders/partially_fulfilled, fulfillments/create,"
        " fulfillments/update, Fulfillment Created, Fulfilment Created, Shipment Created, Shipment Updated,"
        " Shipment Shipped, Shipped Shipment, Confirmed Shipment, Shipment Out for Delivery, Shipment Delayed"
    ),
    "delivered": "Order Delivered, Delivered Order, Shipment Delivered, Delivered Shipment, Parcel Delivered",
    "refunded": (
        "Order Refunded, Refunded Order, Order Partially Refunded, Refund, refunds/create, Refund Issued,"
        " Refund Created, Payment Refunded, Order Fully Refunded"
    ),
    "cancelled": (
        "Order Cancelled, Order Canceled, Cancelled Order, Canceled Order, orders/cancelled, Order Voided,"
        " orders/delete, Order Deleted"
    ),
    "reopened": "Order Reopened, Order Restored, Order Uncancelled",
    "return_requested": "Return Requested, Return Created, Return Opened, returns/request, Requested Return",
    "return_approved": "Return Approved, Return Authorized, Return Authorised, returns/approve",
    "return_received": (
        "Return Received, Order Returned, Returned Order, Product Returned, Return Completed, Return Closed,"
        " returns/close, Received Return"
    ),
    "return_rejected": "Return Rejected, Return Declined, Return Cancelled, Return Canceled, returns/decline",
    "withdrawn": "Order Withdrawn",
    "reassigned": "Order Reassigned, Reassigned Order, Order Customer Changed, Order Transferred",
    "exchanged": "Order Exchanged, Exchange Requested, Exchange Created, Exchange Completed, Product Exchanged",
}
_CART = {
    "added": (
        "Product Added, Added Product, Product Added to Cart, Added to Cart, Add to Cart, Item Added to Cart,"
        " Wishlist Product Added to Cart"
    ),
    "removed": (
        "Product Removed, Removed Product, Product Removed from Cart, Removed from Cart, Remove from Cart,"
        " Item Removed from Cart"
    ),
    "viewed": "Cart Viewed, Viewed Cart, View Cart",
    "shared": "Cart Shared, Shared Cart",
    "set": "Cart Updated, Updated Cart, Cart Created, carts/create, carts/update",
    "emptied": "Cart Emptied, Cart Cleared, Cart Deleted",
    "checkout_started": (
        "Checkout Started, Started Checkout, Begin Checkout, Initiate Checkout, Checkout Initiated,"
        " checkouts/create, checkouts/update, Checkout Created"
    ),
    "checkout_viewed": "Checkout Step Viewed, Viewed Checkout Step",
    "checkout_done": "Checkout Step Completed, Completed Checkout Step, Add Shipping Info, Shipping Info Entered",
    "payment_entered": "Payment Info Entered, Add Payment Info, Payment Info Submitted, Payment Info Added",
    "coupon_entered": "Coupon Entered, Entered Coupon",
    "coupon_applied": "Coupon Applied, Applied Coupon",
    "coupon_denied": "Coupon Denied, Denied Coupon",
    "coupon_removed": "Coupon Removed, Removed Coupon",
}
_SUBSCRIPTION = {
    "started": "Subscription Started, Subscription Created, Started Subscription, subscription_contracts/create",
    "renewed": "Subscription Renewed, Renewed Subscription, Subscription Charged, Subscription Payment Succeeded",
    "changed": "Subscription Updated, Subscription Changed, Subscription Upgraded, Subscription Downgraded",
    "paused": "Subscription Paused, Subscription Skipped",
    "resumed": "Subscription Resumed, Subscription Reactivated",
    "failed": "Subscription Payment Failed, Subscription Renewal Failed",
    "cancelled": "Subscription Cancelled, Subscription Canceled, Cancelled Subscription, Canceled Subscription",
    "expired": "Subscription Expired, Subscription Ended",
}
KINDS = {ORDER: _ORDER, CART: _CART, SUBSCRIPTION: _SUBSCRIPTION}


def words(name: str) -> str:
    """`add_to_cart`, `AddToCart` and `Add to Cart` are the same words."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return " ".join(re.split(r"[^a-z0-9]+", apart.lower())).strip()


_MEANINGS = {
    words(name): Meaning(about, kind)
    for about, kinds in KINDS.items()
    for kind, names in kinds.items()
    for name in names.split(",")
}


@lru_cache(maxsize=10_000)
def meaning_of(event: str) -> Meaning | None:
    """What the event of this name says, or None where it is about something else."""
    return _MEANINGS.get(words(event))


def names_of(about: str) -> list[str]:
    """Every event name that is known to be about these, for the documentation and a rebuild."""
    return sorted({name.strip() for names in KINDS[about].values() for name in names.split(",")})


def leading_name(meaning: Meaning) -> str:
    """The name of the specification for this kind of fact."""
    return KINDS[meaning.about][meaning.kind].split(",")[0]
