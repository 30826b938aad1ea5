"""Reads of the catalogue, and a search that forgives what was mistyped."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.search import SearchQuery, TrigramSimilarity
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404

from rapport.commerce.models import (
    Catalogue,
    Category,
    Price,
    Product,
    ProductFeed,
    ProductRelation,
    SearchWord,
    Stock,
    Variant,
)
from rapport.core import sql
from rapport.core.access import Actor

MOST_WORDS = 8
# So alike is a word that was mistyped; trigrams of short ones differ more.
ALIKE = 0.3
_PLAIN = re.compile(r"[^\w]+")


def products(actor: Actor) -> QuerySet[Product]:
    """All products the actor may see, gone ones too."""
    return (
        Product.objects.select_related("category") if actor.may("products.view") else Product.objects.none()
    )


def product_for(actor: Actor, product_id: int) -> Product:
    """Raises Http404."""
    row = products(actor).select_related("catalogue").filter(pk=product_id).first()
    if row is None:
        raise Http404
    return row


def variants_of(product: Product) -> QuerySet[Variant]:
    """With their current prices and stock."""
    current = Price.objects.filter(valid_until=None).order_by("price_list", "customer_group", "currency")
    stock = Stock.objects.filter(valid_until=None).order_by("place")
    rows = Variant.objects.filter(product=product).order_by("pk")
    return rows.prefetch_related(Prefetch("prices", current), Prefetch("stock", stock))


def related(product: Product) -> list[tuple[ProductRelation, Product]]:
    """What goes with it and is there, in the order of the kinds; one is named by its id, a variant's, or a SKU."""
    rows = list(product.relations.order_by("kind", "position", "pk"))
    refs = {row.other_ref for row in rows}
    if not refs:
        return []
    ours = Variant.objects.filter(Q(external_id__in=refs) | Q(sku__in=refs), catalogue=product.catalogue_id)
    by_ref: dict[str, Product] = {}
    for variant in ours.select_related("product"):
        by_ref |= {variant.sku: variant.product, variant.external_id: variant.product}
    own = Product.objects.filter(external_id__in=refs, catalogue=product.catalogue_id)
    by_ref |= {other.external_id: other for other in own}
    named = ((row, by_ref[row.other_ref]) for row in rows if row.other_ref in by_ref)
    return [(row, other) for row, other in named if other.pk != product.pk]


def categories(actor: Actor) -> QuerySet[Category]:
    """All categories, in the order of their paths."""
    return Category.objects.order_by("path", "pk") if actor.may("products.view") else Category.objects.none()


def catalogues(actor: Actor) -> QuerySet[Catalogue]:
    return (
        Catalogue.objects.order_by("name", "pk") if actor.may("products.view") else Catalogue.objects.none()
    )


def feeds(actor: Actor) -> QuerySet[ProductFeed]:
    rows = ProductFeed.objects.select_related("catalogue").order_by("name", "pk")
    return rows if actor.may("products.view") else rows.none()


def feed_for(actor: Actor, feed_id: int) -> ProductFeed:
    """Raises Http404."""
    row = feeds(actor).filter(pk=feed_id).first()
    if row is None:
        raise Http404
    return row


def variants_named(catalogue_id: int, ids: Iterable[str]) -> dict[str, Variant]:
    """{id: variant} for ids of variants; else SKUs, else products with one variant: how orders name what was bought."""
    wanted = set(ids) - {""}
    named: dict[str, Variant] = {}
    rows = Variant.objects.filter(catalogue_id=catalogue_id).select_related("product").order_by("-pk")
    for variant in rows.filter(product__external_id__in=wanted):
        named[variant.product.external_id] = variant
    for variant in rows.filter(sku__in=wanted):
        named[variant.sku] = variant
    for variant in rows.filter(external_id__in=wanted):
        named[variant.external_id] = variant
    return named


def search(rows: QuerySet[Product], text: str) -> QuerySet[Product]:
    """Those that have every word of the text: its beginning, its stem, or what it was mistyped from; or that id,
    SKU or GTIN.
    """
    exact = text.strip()
    variants = Variant.objects.filter(Q(sku=exact) | Q(gtin=exact) | Q(external_id=exact))
    condition = Q(external_id=exact) | Q(pk__in=variants.values("product_id"))
    if words := _words(text):
        languages = Catalogue.objects.values_list("language", flat=True).distinct()
        configs = {
            config
            for code in languages
            for (config,) in sql.run("SELECT commerce_language(%b)::text", [code])
        }
        query: Any = None
        for word in words:
            one_of = SearchQuery(_spellings(word), config="simple", search_type="raw")
            for config in sorted(configs - {"simple"}):
                one_of |= SearchQuery(word, config=config)
            query = one_of if query is None else query & one_of
        condition |= Q(search=query)
    return rows.filter(condition)


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    letters = "".join(char for char in folded if not unicodedata.combining(char))
    return [word for word in _PLAIN.split(letters) if word][:MOST_WORDS]


def _spellings(word: str) -> str:
    """A tsquery for what the word may mean: words that begin with it, or, when there are none, those most like it."""
    if (
        len(word) < 3
        or any(char.isdigit() for char in word)
        or SearchWord.objects.filter(word__startswith=word).exists()
    ):
        return f"{word}:*"
    alike = SearchWord.objects.filter(word__trigram_similar=word).annotate(
        alike=TrigramSimilarity("word", word)
    )
    near = list(alike.filter(alike__gte=ALIKE).order_by("-alike", "word").values_list("word", flat=True)[:5])
    return " | ".join(f"'{other}'" for other in near if "'" not in other) or f"{word}:*"


def offers_of(products_shown: Iterable[Product]) -> tuple[dict[int, list[Price]], dict[int, int | None]]:
    """For a page of products: everybody's current prices, lowest first, and how many pieces there are over all variants
    and places; None means some. Two queries.
    """
    ids = [product.pk for product in products_shown]
    prices: dict[int, list[Price]] = defaultdict(list)
    current = Price.objects.filter(
        variant__product__in=ids, valid_until=None, price_list="", customer_group=""
    )
    for price in current.select_related("variant").order_by("amount", "pk"):
        prices[price.variant.product_id].append(price)
    stock: dict[int, int | None] = {}
    places = Stock.objects.filter(variant__product__in=ids, valid_until=None)
    for product, available in places.values_list("variant__product_id", "available"):
        counted = stock.get(product, 0)
        stock[product] = None if available is None or counted is None else counted + available
    return prices, stock


def prices(actor: Actor) -> QuerySet[Price]:
    """All versions of all prices."""
    rows = Price.objects.select_related("variant")
    return rows if actor.may("products.view") else rows.none()


def stock(actor: Actor) -> QuerySet[Stock]:
    """All versions of all stock."""
    rows = Stock.objects.select_related("variant")
    return rows if actor.may("products.view") else rows.none()
