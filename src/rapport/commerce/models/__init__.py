"""What is sold, and who bought it: the catalogue, carts, orders and the facts they are folded from."""

from rapport.commerce.models.carts import Cart
from rapport.commerce.models.order_facts import CommerceFact, OrderSettings, StaleSubjects
from rapport.commerce.models.orders import (
    Order,
    OrderLine,
    Parcel,
    Payment,
    Refund,
    Return,
    Subscription,
)

__all__ = [
    "Cart",
    "CommerceFact",
    "Order",
    "OrderLine",
    "OrderSettings",
    "Parcel",
    "Payment",
    "Refund",
    "Return",
    "StaleSubjects",
    "Subscription",
]
