"""Prices: a change ends the current version and begins the next, in one step."""

from __future__ import annotations

import datetime as dt

from rapport.core import sql

# The last row that names a price decides. The new version begins when the old one ends, at the earliest a moment
# after that one began: no clock that is set back makes them overlap.
CHANGED = """
    CREATE TEMP TABLE changed_price ON COMMIT DROP AS
    WITH given AS MATERIALIZED (
        SELECT v.id AS variant_id, s.* FROM stage_price s
        JOIN commerce_variant v ON v.catalogue_id = %b AND v.external_id = s.variant
    )
    SELECT DISTINCT ON (s.variant_id, s.currency, s.price_list, s.customer_group) s.*, p.id AS old_id,
           GREATEST(%b::timestamptz, p.valid_from + interval '1 microsecond') AS since,
           CASE WHEN p.sale_amount IS NOT NULL AND COALESCE(p.sale_from, '-infinity') <= %b
                 AND %b < COALESCE(p.sale_until, 'infinity') THEN p.sale_amount ELSE p.amount END AS asked_before,
           CASE WHEN s.sale_amount IS NOT NULL AND COALESCE(s.sale_from, '-infinity') <= %b
                 AND %b < COALESCE(s.sale_until, 'infinity') THEN s.sale_amount ELSE s.amount END AS asked_now
    FROM given s
    LEFT JOIN commerce_price p ON p.variant_id = s.variant_id AND p.currency = s.currency
     AND p.price_list = s.price_list AND p.customer_group = s.customer_group AND p.valid_until IS NULL
    WHERE p.id IS NULL OR (p.amount, p.sale_amount, p.sale_from, p.sale_until)
        IS DISTINCT FROM (s.amount, s.sale_amount, s.sale_from, s.sale_until)
    ORDER BY s.variant_id, s.currency, s.price_list, s.customer_group, s.n DESC
"""
ENDED = "UPDATE commerce_price p SET valid_until = c.since FROM changed_price c WHERE p.id = c.old_id"
BEGUN = """
    INSERT INTO commerce_price (
        variant_id, currency, price_list, customer_group, amount, sale_amount, sale_from, sale_until, valid_from
    ) SELECT variant_id, currency, price_list, customer_group, amount, sale_amount, sale_from, sale_until, since
    FROM changed_price RETURNING 1
"""
# Prices of a group or a list are nobody else's news, and one of nothing is more often a mistake than a gift.
DROPPED = """
    INSERT INTO commerce_productalert (kind, variant_id, properties, at)
    SELECT 'Price Dropped', variant_id,
           jsonb_build_object(
               'price', asked_now::float, 'previous_price', asked_before::float, 'currency', currency
           ), since
    FROM changed_price WHERE asked_now < asked_before AND asked_now > 0 AND price_list = '' AND customer_group = ''
"""
# A sale whose time has come since this was last looked at, and which nobody heard of.
SALES = """
    INSERT INTO commerce_productalert (kind, variant_id, properties, at)
    SELECT 'Price Dropped', variant_id,
           jsonb_build_object(
               'price', sale_amount::float, 'previous_price', amount::float, 'currency', currency
           ), sale_from
    FROM commerce_price
    WHERE valid_until IS NULL AND sale_from > %b AND sale_from <= %b AND valid_from < sale_from AND sale_amount > 0
      AND price_list = '' AND customer_group = ''
    RETURNING 1
"""


def write(shop_id: int, *, announce: bool, now: dt.datetime) -> int:
    """Takes `stage_price` over, in the caller's transaction; returns how many prices are new or changed."""
    sql.run("DROP TABLE IF EXISTS changed_price")
    sql.run(CHANGED, [shop_id, now, now, now, now, now])
    sql.run(ENDED)
    count = len(sql.run(BEGUN))
    if announce and count:
        sql.run(DROPPED)
    return count


def begin_sales(after: dt.datetime, until: dt.datetime) -> int:
    """Queues the news of sales that began in between."""
    return len(sql.run(SALES, [after, until]))
