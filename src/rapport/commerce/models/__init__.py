"""What is sold, and who bought it: the catalogue, carts, orders and the facts they are folded from."""

from rapport.commerce.models.carts import Cart
from rapport.commerce.models.catalogue import (
    MAIN_STORE,
    Catalogue,
    Category,
    Product,
    ProductRelation,
    SearchWord,
    Variant,
)
from rapport.commerce.models.feeds import FeedBlock, FeedItem, FeedRowError, FeedRun, ProductFeed
from rapport.commerce.models.offers import Price, ProductAlert, Stock
from rapport.commerce.models.order_facts import CommerceFact, OrderSettings, StaleSubjects
from rapport.commerce.models.order_files import OrderFile, OrderFileError, OrderFileRow, ToldOrder
from rapport.commerce.models.orders import (
    Order,
    OrderLine,
    Parcel,
    Payment,
    Refund,
    Return,
    Subscription,
)
from rapport.commerce.models.value import (
    BasketPair,
    CustomerValue,
    ExchangeRate,
    ProductInterval,
    ValueReport,
)

__all__ = [
    "MAIN_STORE",
    "BasketPair",
    "Cart",
    "Catalogue",
    "Category",
    "CommerceFact",
    "CustomerValue",
    "ExchangeRate",
    "FeedBlock",
    "FeedItem",
    "FeedRowError",
    "FeedRun",
    "Order",
    "OrderFile",
    "OrderFileError",
    "OrderFileRow",
    "OrderLine",
    "OrderSettings",
    "Parcel",
    "Payment",
    "Price",
    "Product",
    "ProductAlert",
    "ProductFeed",
    "ProductInterval",
    "ProductRelation",
    "Refund",
    "Return",
    "SearchWord",
    "StaleSubjects",
    "Stock",
    "Subscription",
    "ToldOrder",
    "ValueReport",
    "Variant",
]
