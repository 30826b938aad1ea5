"""What a file of a feed changes is noted block by block, so that the file can be taken back.

A price and the stock are versions: their new ones are noted, and the ones before them stand in the past already. Of
products and variants each column that changed is noted with its value before and after.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rapport.commerce.models import FeedBlock, FeedRun
from rapport.commerce.services.products import LOCK
from rapport.core import sql

# Of a feed so many files can be taken back, the newest first.
KEPT = 5
_BEFORE = """
    CREATE TEMP TABLE before_{0} ON COMMIT DROP AS
    SELECT * FROM commerce_{0} WHERE catalogue_id = %b AND external_id = ANY(%b)
"""
_MARKS = """
    SELECT COALESCE((SELECT max(id) FROM commerce_product), 0), COALESCE((SELECT max(id) FROM commerce_variant), 0),
           COALESCE((SELECT max(id) FROM commerce_price), 0), COALESCE((SELECT max(id) FROM commerce_stock), 0)
"""
_CHANGES = """
    (SELECT COALESCE(jsonb_object_agg(id, diff), '{{}}') FROM (
        SELECT b.id, (
            SELECT jsonb_object_agg(o.key, jsonb_build_array(o.value, to_jsonb(n) -> o.key))
            FROM jsonb_each(to_jsonb(b) - '{{search,changed_at}}'::text[]) o
            WHERE o.value IS DISTINCT FROM to_jsonb(n) -> o.key
        ) AS diff
        FROM before_{0} b JOIN commerce_{0} n ON n.id = b.id WHERE ROW(b.*) IS DISTINCT FROM ROW(n.*)
    ) changed WHERE diff IS NOT NULL)
"""
_ADDED = """
    ARRAY(SELECT id FROM commerce_{0}
          WHERE catalogue_id = %(shop)b AND external_id = ANY(%({0}s)b) AND id > %({0}_mark)b)
"""
_BEGUN = """
    ARRAY(SELECT o.id FROM commerce_{0} o JOIN commerce_variant v ON v.id = o.variant_id
          WHERE o.id > %({0}_mark)b AND v.catalogue_id = %(shop)b)
"""
_NOTE = f"""
    INSERT INTO commerce_feedblock (
        run_id, at, products, variants, added_products, added_variants, prices, stock, forgotten
    ) VALUES (
        %(run)b, %(now)b, {_CHANGES.format("product")}, {_CHANGES.format("variant")}, {_ADDED.format("product")},
        {_ADDED.format("variant")}, {_BEGUN.format("price")}, {_BEGUN.format("stock")}, %(forgotten)b
    )
"""


@contextmanager
def noted(
    run: FeedRun,
    products: Iterable[str],
    variants: Iterable[str],
    now: dt.datetime,
    forgotten: Iterable[str] = (),
) -> Iterator[None]:
    """Notes what happens in it to these, in the caller's transaction: under the catalogue's lock, so nobody else's."""
    shop = run.feed.catalogue_id
    names = {"product": sql.TextArray(sorted(set(products))), "variant": sql.TextArray(sorted(set(variants)))}
    sql.run(LOCK, [shop])
    for kind, listed in names.items():
        sql.run(f"DROP TABLE IF EXISTS before_{kind}")
        sql.run(_BEFORE.format(kind), [shop, listed])
    marks = zip(("product", "variant", "price", "stock"), sql.run(_MARKS)[0], strict=True)
    yield
    values = {f"{kind}s": listed for kind, listed in names.items()} | {
        f"{kind}_mark": mark for kind, mark in marks
    }
    lost = sql.TextArray(sorted(forgotten))
    sql.run(_NOTE, {**values, "run": run.pk, "now": now, "shop": shop, "forgotten": lost})


def forget_old(run: FeedRun) -> None:
    """Of older files nothing can be taken back any more."""
    FeedBlock.objects.filter(run__feed=run.feed_id, run__number__lte=run.number - KEPT).delete()
