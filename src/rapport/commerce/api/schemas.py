"""Bodies of the REST API of the catalogue."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from rapport.core.api import InputSchema, Schema

Status = Literal["active", "draft", "gone"]
RelationKind = Literal["accessory", "similar", "bundle", "upgrade", "replacement", "variant"]
MOST = 1_000


class PriceOut(Schema):
    """A version of a price; the current one has no `valid_until`."""

    variant: str
    currency: str
    amount: Decimal
    sale_amount: Decimal | None
    sale_from: dt.datetime | None
    sale_until: dt.datetime | None
    price_list: str
    customer_group: str
    valid_from: dt.datetime
    valid_until: dt.datetime | None

    @staticmethod
    def resolve_variant(price: Any) -> str:
        return str(price.variant.external_id)


class StockOut(Schema):
    """A version of a stock; `available` null: there are some, and nobody counts."""

    variant: str
    place: str
    available: int | None
    incoming: int
    incoming_at: dt.datetime | None
    valid_from: dt.datetime
    valid_until: dt.datetime | None

    @staticmethod
    def resolve_variant(stock: Any) -> str:
        return str(stock.variant.external_id)


class VariantOut(Schema):
    external_id: str
    sku: str
    gtin: str
    label: str
    options: dict[str, Any]
    image: str
    status: str
    cost: Decimal | None
    cost_currency: str


class ProductOut(Schema):
    """A product; prices and stock have addresses of their own."""

    id: int
    external_id: str
    title: str
    description: str
    url: str
    brand: str
    category: str
    type: str
    status: str
    images: list[dict[str, Any]]
    attributes: dict[str, Any]
    texts: dict[str, Any]
    relations: dict[str, list[str]] = Field(description="By kind, what the shop calls the others.")
    variants: list[VariantOut]
    added_at: dt.datetime
    changed_at: dt.datetime

    @staticmethod
    def resolve_category(product: Any) -> str:
        return product.category.path if product.category else ""

    @staticmethod
    def resolve_relations(product: Any) -> dict[str, list[str]]:
        by_kind: dict[str, list[str]] = {}
        for row in sorted(product.relations.all(), key=lambda row: (row.kind, row.position)):
            by_kind.setdefault(row.kind, []).append(row.other_ref)
        return by_kind

    @staticmethod
    def resolve_variants(product: Any) -> list[Any]:
        return list(product.variants.all())


class CategoryOut(Schema):
    id: int
    path: str
    name: str
    parent_id: int | None


class PriceValues(InputSchema):
    currency: str
    amount: Decimal
    sale_amount: Decimal | None = None
    sale_from: dt.datetime | None = None
    sale_until: dt.datetime | None = None
    price_list: str = ""
    customer_group: str = ""


class StockValues(InputSchema):
    available: int | None
    place: str = ""
    incoming: int = 0
    incoming_at: dt.datetime | None = None


class VariantIn(InputSchema):
    external_id: str
    sku: str | None = None
    gtin: str | None = None
    label: str | None = None
    options: dict[str, str] | None = None
    image: str | None = None
    cost: Decimal | None = None
    cost_currency: str | None = None
    low_stock_at: int | None = None
    prices: list[PriceValues] = []
    stock: list[StockValues] = []


class ProductIn(InputSchema):
    """A product by its external id; what is left out stays as it is. Without variants it has one of the same id."""

    external_id: str
    title: str | None = None
    description: str | None = None
    url: str | None = None
    brand: str | None = None
    category: str | None = None
    type: Literal["physical", "digital", "service", "bundle", "gift_card"] | None = None
    status: Status | None = None
    images: list[dict[str, str]] | None = None
    attributes: dict[str, Any] | None = None
    texts: dict[str, dict[str, str]] | None = None
    relations: dict[RelationKind, list[str]] | None = Field(
        None, description="By kind, ids or SKUs of others; a kind that is named is replaced."
    )
    variants: list[VariantIn] = []


class PriceIn(PriceValues):
    variant: str


class StockIn(StockValues):
    variant: str


class ProductsIn(InputSchema):
    store: str = Field("main", min_length=1, max_length=64)
    products: list[ProductIn] = Field(max_length=MOST)


class PricesIn(InputSchema):
    store: str = Field("main", min_length=1, max_length=64)
    prices: list[PriceIn] = Field(max_length=MOST)


class StocksIn(InputSchema):
    store: str = Field("main", min_length=1, max_length=64)
    stock: list[StockIn] = Field(max_length=MOST)


class Refusal(Schema):
    """Which entry was not taken, counted from 0, and why."""

    index: int
    reason: str


class WrittenOut(Schema):
    """What came of it: variants that are new, records that changed, and entries that were not taken."""

    added: int
    changed: int
    refused: list[Refusal]
