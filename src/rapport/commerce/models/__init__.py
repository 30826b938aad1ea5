from rapport.commerce.models.catalogue import (
    Catalogue,
    Category,
    Product,
    ProductRelation,
    SearchWord,
    Variant,
)
from rapport.commerce.models.feeds import FeedItem, FeedRowError, FeedRun, ProductFeed
from rapport.commerce.models.offers import Price, ProductSignal, Stock

__all__ = [
    "Catalogue",
    "Category",
    "FeedItem",
    "FeedRowError",
    "FeedRun",
    "Price",
    "Product",
    "ProductFeed",
    "ProductRelation",
    "ProductSignal",
    "SearchWord",
    "Stock",
    "Variant",
]
