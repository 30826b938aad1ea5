"""The one way products, variants, prices and stock are written: many at a time, by their external ids."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from rapport.commerce.models import MAIN_STORE, Catalogue, Category
from rapport.commerce.services import prices, relations, stock
from rapport.commerce.services.items import Item
from rapport.commerce.services.staging import stage
from rapport.core import sql
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.queries import workspace
from rapport.core.services import audit
from rapport.core.services.wake import wake

LOOP = "commerce.product_alerts"
# Columns of the product and of the variant, each taken over where the row has it.
OF_PRODUCT = ("title", "description", "url", "brand", "type", "status", "images", "attributes", "texts")
OF_VARIANT = ("sku", "gtin", "label", "options", "image", "cost", "cost_currency", "low_stock_at")
# A block is looked up row by row, also while the planner still takes a table that is being filled for an empty one.
BY_INDEX = "SET LOCAL enable_seqscan = off"
# Two writers of one catalogue take turns: each sees what the other made, and versions do not overlap.
LOCK = "SELECT pg_advisory_xact_lock(hashtext('commerce_catalogue'), %b)"


@dataclass(slots=True)
class Written:
    """How many variants came new and how many rows of any kind were changed."""

    added: int = 0
    changed: int = 0


def catalogue(store: str = MAIN_STORE) -> Catalogue:
    """The catalogue of a store; it is made when it is first asked for."""
    ours = workspace()
    defaults = {"name": ours.name if store == MAIN_STORE else store, "currency": ours.currency}
    return Catalogue.objects.get_or_create(store=store, defaults=defaults)[0]


@transaction.atomic
def put(
    *, actor: Actor, shop: Catalogue, items: Sequence[Item], announce: bool = True, clock: Clock = SYSTEM
) -> Written:
    """Makes or changes the variants and their products, in one set-based step. Items are `checked`.

    With `announce`, what customers should hear of (a lower price, stock that is back) is queued for them.
    """
    actor.require("products.edit")
    written = write(shop=shop, items=items, announce=announce, now=clock.now())
    data = {"rows": len(items), "added": written.added, "changed": written.changed}
    audit.record(actor=actor, action="products.put", object_type="catalogue", object_id=shop.pk, data=data)
    return written


def write(*, shop: Catalogue, items: Sequence[Item], announce: bool, now: dt.datetime) -> Written:
    """`put` without audit, in the caller's transaction: a feed leaves one line for all of its blocks."""
    sql.run(LOCK, [shop.pk])
    sql.run(BY_INDEX)
    has_prices, has_stock, has_relations = stage(items)
    _make_categories(shop, {item.category for item in items if item.category})
    written = _write_products(shop, now)
    variants = _write_variants(shop)
    written.added, written.changed = variants.added, written.changed + variants.changed
    if announce and variants.added:
        sql.run(ARRIVALS, [now, shop.pk])
    if has_prices:
        written.changed += prices.write(shop.pk, announce=announce, now=now)
    if has_stock:
        written.changed += stock.write(shop.pk, announce=announce, now=now)
    if has_relations:
        written.changed += relations.write(shop.pk)
    if announce:
        wake(LOOP)
    return written


ARRIVALS = """
    INSERT INTO commerce_productalert (kind, variant_id, properties, at)
    SELECT 'New Arrival', min(v.id), '{}', %b
    FROM commerce_product p JOIN commerce_variant v ON v.product_id = p.id
    WHERE p.catalogue_id = %b AND p.status = 'active'
      AND p.external_id IN (SELECT product FROM stage_product WHERE product_id IS NULL)
    GROUP BY p.id
"""


def _make_categories(shop: Catalogue, paths: Iterable[str]) -> None:
    """Makes those categories that are not there yet, parents first."""
    wanted = {
        " > ".join(names[: depth + 1])
        for names in (path.split(" > ") for path in paths)
        for depth in range(len(names))
    }
    ids = dict(Category.objects.filter(catalogue=shop, path__in=wanted).values_list("path", "pk"))
    for path in sorted(wanted - ids.keys(), key=lambda path: path.count(" > ")):
        above, _sign, name = path.rpartition(" > ")
        category = Category.objects.create(catalogue=shop, path=path, name=name, parent_id=ids.get(above))
        ids[path] = category.pk


# Rows of one product agree as a rule; where they do not, the first one that says something is believed.
STAGED = """
    CREATE TEMP TABLE stage_product ON COMMIT DROP AS
    SELECT DISTINCT ON (s.product) s.*, c.id AS category_id, p.id AS product_id
    FROM stage_item s LEFT JOIN commerce_category c ON c.catalogue_id = %b AND c.path = s.category
    LEFT JOIN commerce_product p ON p.catalogue_id = %b AND p.external_id = s.product
    ORDER BY s.product, (s.variant <> ''), (s.title IS NULL), s.n
"""
SEARCH = "commerce_search(%b::regconfig, title, brand, description, texts)"
DEFAULTS = {
    "type": "'physical'",
    "status": "'active'",
    "images": "'[]'",
    "attributes": "'{}'",
    "texts": "'{}'",
}


def _write_products(shop: Catalogue, now: dt.datetime) -> Written:
    language = sql.run("SELECT commerce_language(%b)::text", [shop.language])[0][0]
    sql.run("DROP TABLE IF EXISTS stage_product")
    sql.run(STAGED, [shop.pk, shop.pk])
    names = (*OF_PRODUCT, "category_id")
    kept = ", ".join(f"{name} = COALESCE(s.{name}, p.{name})" for name in names)
    differs = " OR ".join(f"(s.{name} IS NOT NULL AND s.{name} IS DISTINCT FROM p.{name})" for name in names)
    changed = sql.run(
        f"UPDATE commerce_product p SET {kept}, changed_at = %b FROM stage_product s"
        f" WHERE s.product_id = p.id AND ({differs}) RETURNING p.id",
        [now],
    )
    if changed:
        ids = [product for (product,) in changed]
        sql.run(f"UPDATE commerce_product SET search = {SEARCH} WHERE id = ANY(%b)", [language, ids])
    values = ", ".join(f"COALESCE({name}, {DEFAULTS.get(name, repr(''))}) AS {name}" for name in OF_PRODUCT)
    columns = f"category_id, {', '.join(OF_PRODUCT)}"
    sql.run(
        f"INSERT INTO commerce_product (catalogue_id, external_id, {columns}, added_at, changed_at, search)"
        f" SELECT %b, product, {columns}, %b, %b, {SEARCH}"
        f" FROM (SELECT product, category_id, {values} FROM stage_product WHERE product_id IS NULL) new",
        [shop.pk, now, now, language],
    )
    sql.run(WORDS, [shop.pk])
    return Written(changed=len(changed))


WORDS = """
    INSERT INTO commerce_searchword (word)
    SELECT DISTINCT word FROM commerce_product p, unnest(tsvector_to_array(ts_filter(p.search, '{a}'))) word
    WHERE p.catalogue_id = %b AND p.external_id IN (
        SELECT product FROM stage_product s WHERE s.product_id IS NULL OR s.title IS NOT NULL
    ) AND length(word) BETWEEN 3 AND 40 AND word !~ '[0-9]'
    ON CONFLICT DO NOTHING
"""


def _write_variants(shop: Catalogue) -> Written:
    differs = " OR ".join(
        f"(s.{name} IS NOT NULL AND s.{name} IS DISTINCT FROM v.{name})" for name in OF_VARIANT
    )
    kept = ", ".join(f"{name} = COALESCE(s.{name}, v.{name})" for name in OF_VARIANT)
    changed = sql.run(
        f"UPDATE commerce_variant v SET {kept}, product_id = p.id, status = COALESCE(s.status, v.status)"
        " FROM stage_item s JOIN commerce_product p ON p.catalogue_id = %b AND p.external_id = s.product"
        f" WHERE v.catalogue_id = %b AND v.external_id = s.variant AND ({differs} OR v.product_id <> p.id"
        " OR s.status <> v.status) RETURNING 1",
        [shop.pk, shop.pk],
    )
    numbers = {"cost", "low_stock_at"}
    values = ", ".join(
        f"s.{name}"
        if name in numbers
        else f"COALESCE(s.{name}, {repr('{}') if name == 'options' else repr('')})"
        for name in OF_VARIANT
    )
    added = sql.run(
        f"INSERT INTO commerce_variant (catalogue_id, product_id, external_id, status, {', '.join(OF_VARIANT)})"
        f" SELECT DISTINCT ON (s.variant) p.catalogue_id, p.id, s.variant, COALESCE(s.status, 'active'), {values}"
        " FROM stage_item s JOIN commerce_product p ON p.catalogue_id = %b AND p.external_id = s.product"
        " WHERE s.variant <> ''"
        " AND NOT EXISTS (SELECT FROM commerce_variant v WHERE v.catalogue_id = %b AND v.external_id = s.variant)"
        " ORDER BY s.variant, s.n RETURNING 1",
        [shop.pk, shop.pk],
    )
    return Written(len(added), len(changed))
