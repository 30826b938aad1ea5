"""The REST API of products, categories, prices and stock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router

from rapport.commerce.api.schemas import (
    CategoryOut,
    PriceOut,
    PricesIn,
    ProductIn,
    ProductOut,
    ProductsIn,
    StockOut,
    StocksIn,
    WrittenOut,
)
from rapport.commerce.feeds.mapping import reasons
from rapport.commerce.models import Variant
from rapport.commerce.queries import products as queries
from rapport.commerce.services import products, relations
from rapport.commerce.services.items import Item, PriceIn, StockIn, checked
from rapport.core.access import Actor, actor_of
from rapport.core.api import Limit, Page, cursor_page
from rapport.core.api.pages import Cursor

router = Router(tags=["products"])
# Entries that belong together, each of which must be good: (index, items).
Entry = tuple[int, Callable[[], list[Item]]]


@router.get("/products", response=Page[ProductOut], summary="List or search products, newest change first")
def list_products(
    request: HttpRequest,
    limit: Limit,
    cursor: Cursor = None,
    q: str | None = None,
    external_id: str | None = None,
    category: str | None = None,
    status: str | None = None,
) -> Any:
    rows = queries.products(actor_of(request)).prefetch_related("variants", "relations")
    given = {"external_id": external_id, "category__path": category, "status": status}
    rows = rows.filter(**{name: value for name, value in given.items() if value})
    if q:
        rows = queries.search(rows, q)
    data, following = cursor_page(
        rows, scope="products", sort=("-changed_at", "id"), cursor=cursor, limit=limit
    )
    return {"data": data, "next_cursor": following}


@router.post("/products", response=WrittenOut, summary="Make or change products by their external ids")
def put_products(request: HttpRequest, body: ProductsIn) -> Any:
    ids = [product.external_id.strip() for product in body.products if not product.variants]
    rows = Variant.objects.filter(catalogue__store=body.store, product__external_id__in=ids)
    sold = set(rows.values_list("product__external_id", flat=True))
    sold -= set(rows.filter(external_id__in=ids).values_list("external_id", flat=True))
    entries = [(index, _maker(product, sold)) for index, product in enumerate(body.products)]
    return _put(actor_of(request), body.store, entries)


@router.get("/products/{int:product_id}", response=ProductOut, summary="Read a product")
def get_product(request: HttpRequest, product_id: int) -> Any:
    return queries.product_for(actor_of(request), product_id)


@router.get("/categories", response=Page[CategoryOut], summary="List categories by their paths")
def list_categories(request: HttpRequest, limit: Limit, cursor: Cursor = None) -> Any:
    rows = queries.categories(actor_of(request))
    data, following = cursor_page(rows, scope="categories", sort=("path", "id"), cursor=cursor, limit=limit)
    return {"data": data, "next_cursor": following}


@router.get("/prices", response=Page[PriceOut], summary="List prices with their history, newest first")
def list_prices(
    request: HttpRequest,
    limit: Limit,
    cursor: Cursor = None,
    variant: str | None = None,
    current: bool = False,
) -> Any:
    rows = _versions(queries.prices(actor_of(request)), variant, current)
    data, following = cursor_page(
        rows, scope="prices", sort=("-valid_from", "id"), cursor=cursor, limit=limit
    )
    return {"data": data, "next_cursor": following}


@router.post("/prices", response=WrittenOut, summary="Change prices of variants")
def put_prices(request: HttpRequest, body: PricesIn) -> Any:
    actor = actor_of(request)
    owners = _owners(actor, body.store, [price.variant for price in body.prices])
    entries = [
        (index, _offer(owners, price.variant, prices=[PriceIn(**price.model_dump(exclude={"variant"}))]))
        for index, price in enumerate(body.prices)
    ]
    return _put(actor, body.store, entries)


@router.get("/stock", response=Page[StockOut], summary="List stock with its history, newest first")
def list_stock(
    request: HttpRequest,
    limit: Limit,
    cursor: Cursor = None,
    variant: str | None = None,
    current: bool = False,
) -> Any:
    rows = _versions(queries.stock(actor_of(request)), variant, current)
    data, following = cursor_page(rows, scope="stock", sort=("-valid_from", "id"), cursor=cursor, limit=limit)
    return {"data": data, "next_cursor": following}


@router.post("/stock", response=WrittenOut, summary="Change stock of variants")
def put_stock(request: HttpRequest, body: StocksIn) -> Any:
    actor = actor_of(request)
    owners = _owners(actor, body.store, [stock.variant for stock in body.stock])
    entries = [
        (index, _offer(owners, stock.variant, stock=[StockIn(**stock.model_dump(exclude={"variant"}))]))
        for index, stock in enumerate(body.stock)
    ]
    return _put(actor, body.store, entries)


def _versions(rows: Any, variant: str | None, current: bool) -> Any:
    rows = rows.filter(variant__external_id=variant) if variant else rows
    return rows.filter(valid_until=None) if current else rows


def _owners(actor: Actor, store: str, variants: Sequence[str]) -> dict[str, str]:
    """{variant: its product}, by external ids."""
    actor.require("products.edit")
    rows = Variant.objects.filter(catalogue=products.catalogue(store), external_id__in=set(variants))
    return dict(rows.values_list("external_id", "product__external_id"))


def _offer(owners: dict[str, str], variant: str, **offers: Any) -> Callable[[], list[Item]]:
    def build() -> list[Item]:
        if variant not in owners:
            raise ValidationError({"variant": _("There is no such variant.")})
        return [checked(Item(product=owners[variant], variant=variant, **offers))]

    return build


def _maker(product: ProductIn, sold: set[str]) -> Callable[[], list[Item]]:
    """`sold` are the products that have variants, none of them under the product's own id."""

    def build() -> list[Item]:
        shown = product.model_dump(exclude={"external_id", "variants"})
        if product.relations is not None:
            shown["relations"] = relations.checked(shown["relations"])
        variants = product.variants
        if not variants:
            only = "" if product.external_id.strip() in sold else product.external_id
            return [checked(Item(product=product.external_id, variant=only, **shown))]
        return [
            checked(
                Item(
                    product=product.external_id,
                    variant=variant.external_id,
                    prices=[PriceIn(**price.model_dump()) for price in variant.prices],
                    stock=[StockIn(**stock.model_dump()) for stock in variant.stock],
                    **variant.model_dump(exclude={"external_id", "prices", "stock"}),
                    **shown,
                )
            )
            for variant in variants
        ]

    return build


def _put(actor: Actor, store: str, entries: Iterable[Entry]) -> dict[str, Any]:
    """Writes what is good, and names what is not."""
    actor.require("products.edit")
    items: list[Item] = []
    refused = []
    for index, build in entries:
        try:
            items += build()
        except ValidationError as error:
            refused.append({"index": index, "reason": reasons(error)})
    written = products.put(actor=actor, shop=products.catalogue(store), items=items)
    return {"added": written.added, "changed": written.changed, "refused": refused}
