"""What pages say of the facts about orders and carts, and of what was wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from django.utils.translation import gettext_lazy, pgettext_lazy

if TYPE_CHECKING:
    from rapport.commerce.models import CommerceFact

TONES = {
    "open": "accent", "part_shipped": "accent", "shipped": "accent", "delivered": "good", "cancelled": "bad",
    "part_returned": "warn", "returned": "warn", "incomplete": "", "refund_only": "warn",
    "paid": "good", "part_paid": "warn",
    "failed": "bad", "pending": "", "refunded": "warn", "part_refunded": "warn", "received": "good",
    "requested": "accent", "approved": "accent", "rejected": "bad", "checkout": "accent", "abandoned": "warn",
    "ordered": "good", "active": "good", "paused": "", "failing": "bad", "expired": "", "": "",
}  # fmt: skip
SENTENCES = {
    "placed": gettext_lazy("Ordered"),
    "updated": gettext_lazy("The order was changed"),
    "paid": gettext_lazy("Paid"),
    "payment_failed": gettext_lazy("A payment failed"),
    "shipped": gettext_lazy("Sent"),
    "delivered": gettext_lazy("Delivered"),
    "refunded": gettext_lazy("Refunded"),
    "cancelled": pgettext_lazy("order", "Cancelled"),
    "reopened": gettext_lazy("Taken up again"),
    "return_requested": gettext_lazy("Return requested"),
    "return_approved": gettext_lazy("Return approved"),
    "return_received": gettext_lazy("Return received"),
    "return_rejected": gettext_lazy("Return declined"),
    "exchanged": gettext_lazy("Exchanged"),
    "withdrawn": gettext_lazy("Something that was told of it was taken back"),
    "reassigned": gettext_lazy("The order was given to another customer"),
    "cart_abandoned": gettext_lazy("Left a cart behind"),
    "checkout_abandoned": gettext_lazy("Left a checkout behind"),
    "started": gettext_lazy("Started a subscription"),
    "renewed": gettext_lazy("Renewed a subscription"),
    "ended": gettext_lazy("Cancelled a subscription"),
    "added": gettext_lazy("Added a product"),
    "removed": gettext_lazy("Removed a product"),
    "viewed": gettext_lazy("Looked at the cart"),
    "shared": gettext_lazy("Shared the cart"),
    "set": gettext_lazy("The cart was changed"),
    "emptied": gettext_lazy("Emptied the cart"),
    "checkout_started": gettext_lazy("Started checkout"),
    "checkout_viewed": gettext_lazy("Viewed a step of the checkout"),
    "checkout_done": gettext_lazy("Completed a step of the checkout"),
    "payment_entered": gettext_lazy("Entered payment details"),
    "coupon_entered": gettext_lazy("Entered a coupon"),
    "coupon_applied": gettext_lazy("Used a coupon"),
    "coupon_denied": gettext_lazy("A coupon was refused"),
    "coupon_removed": gettext_lazy("Removed a coupon"),
}
ICONS = {
    "placed": "package", "updated": "pencil", "paid": "credit-card", "payment_failed": "circle-alert",
    "shipped": "send", "delivered": "house", "refunded": "undo-2", "cancelled": "circle-x",
    "return_requested": "undo-2", "return_approved": "check", "return_received": "undo-2", "return_rejected": "x",
    "exchanged": "refresh-cw", "reassigned": "user-round", "checkout_started": "credit-card",
    "coupon_applied": "ticket",
    "started": "refresh-cw", "renewed": "refresh-cw", "ended": "circle-x",
}  # fmt: skip
# Events that no other app describes, by what they say.
DESCRIBED = {
    "Cart Abandoned": "cart_abandoned", "Checkout Abandoned": "checkout_abandoned", "Order Paid": "paid",
    "Order Reassigned": "reassigned",
    "Payment Failed": "payment_failed", "Order Shipped": "shipped", "Order Delivered": "delivered",
    "Return Requested": "return_requested", "Return Received": "return_received", "Order Exchanged": "exchanged",
    "Subscription Started": "started", "Subscription Renewed": "renewed", "Subscription Cancelled": "ended",
}  # fmt: skip
_PROBLEMS = {
    "no_currency": gettext_lazy("There is no currency; the business's own was taken."),
    "unknown_currency": gettext_lazy("The currency is no code of ISO 4217; the business's own was taken."),
    "other_currency": gettext_lazy("The amount is in another currency than the order and was left out."),
    "no_order_id": gettext_lazy("There is no order number; the event's own id stands for it."),
    "no_content": gettext_lazy("There are neither products nor a total."),
    "perhaps_twice": gettext_lazy(
        "A refund just like this one came shortly before, and neither has a number:"
        " if it is the same, leave this one out."
    ),
    "refunded_too_much": gettext_lazy("More was refunded than the order's total."),
    "too_large": gettext_lazy(
        "The amounts add up to more than can be kept; the largest there can be stands for it."
    ),
    "products_no_list": gettext_lazy("The products are no list; none was read."),
    "too_many_products": gettext_lazy("There are more than 10,000 products; the first are kept."),
    "product_no_object": gettext_lazy("A product is no object; it was left out."),
    "product_unnamed": gettext_lazy("A product has neither number nor name."),
    "no_price": gettext_lazy("A product has no price."),
    "negative_quantity": gettext_lazy("A quantity is below zero; it was taken as it is."),
    "not_a_number": gettext_lazy("“%(field)s” is no number and was left out."),
    "comma": gettext_lazy("“%(field)s” is written with a comma, which was read as the decimal point."),
    "more_than_a_number": gettext_lazy("“%(field)s” holds more than a number; the number was taken."),
    "no_time": gettext_lazy("“%(field)s” is no time and was left out."),
    "unreadable": gettext_lazy("It could not be read at all; the event is kept."),
}


def problem_in_words(reason: str) -> str:
    """A reason as it is kept (`not_a_number:total`), in the reader's language."""
    code, _colon, field = reason.partition(":")
    words = _PROBLEMS.get(code)
    return str(words) % {"field": field} if words and field else str(words or code)


def sentence_of(fact: CommerceFact) -> str:
    """What an event says of an order or a cart, without what it carries."""
    kind = msgspec.json.decode(fact.content).get("kind", "")
    return str(SENTENCES.get(kind, fact.event))
