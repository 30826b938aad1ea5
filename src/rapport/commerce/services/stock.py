"""Stock by place: a change ends the current version and begins the next, and is told when it matters to customers."""

from __future__ import annotations

import datetime as dt

from rapport.core import sql

CHANGED = """
    CREATE TEMP TABLE changed_stock ON COMMIT DROP AS
    WITH given AS MATERIALIZED (
        SELECT v.id AS variant_id, s.* FROM stage_stock s
        JOIN commerce_variant v ON v.catalogue_id = %b AND v.external_id = s.variant
    )
    SELECT DISTINCT ON (s.variant_id, s.place) s.*, c.id AS old_id, c.available AS old_available,
           GREATEST(%b::timestamptz, c.valid_from + interval '1 microsecond') AS since
    FROM given s
    LEFT JOIN commerce_stock c ON c.variant_id = s.variant_id AND c.place = s.place AND c.valid_until IS NULL
    WHERE c.id IS NULL OR (c.available, c.incoming, c.incoming_at)
        IS DISTINCT FROM (s.available, s.incoming, s.incoming_at)
    ORDER BY s.variant_id, s.place, s.n DESC
"""
ENDED = "UPDATE commerce_stock c SET valid_until = s.since FROM changed_stock s WHERE c.id = s.old_id"
BEGUN = """
    INSERT INTO commerce_stock (variant_id, place, available, incoming, incoming_at, valid_from)
    SELECT variant_id, place, available, incoming, incoming_at, since FROM changed_stock RETURNING 1
"""
# Over all places, before and after; what there is without a number is plenty. A variant whose stock nobody knew
# before is not back, and one that is sold out is not low.
TOLD = """
    WITH totals AS (
        SELECT c.variant_id, max(c.since) AS since, max(now.total) AS after,
               max(now.total) - sum(LEAST(COALESCE(c.available, 100000), 100000))
                 + COALESCE(
                     sum(LEAST(COALESCE(c.old_available, 100000), 100000)) FILTER (WHERE c.old_id IS NOT NULL), 0
                 ) AS before
        FROM changed_stock c
        CROSS JOIN LATERAL (
            SELECT sum(LEAST(COALESCE(s.available, 100000), 100000)) AS total FROM commerce_stock s
            WHERE s.variant_id = c.variant_id AND s.valid_until IS NULL
        ) now
        GROUP BY c.variant_id HAVING bool_or(c.old_id IS NOT NULL)
    ), judged AS (
        SELECT t.*, COALESCE(v.low_stock_at, k.low_stock_at) AS low
        FROM totals t JOIN commerce_variant v ON v.id = t.variant_id JOIN commerce_catalogue k ON k.id = v.catalogue_id
        WHERE v.status = 'active'
    )
    INSERT INTO commerce_productalert (kind, variant_id, properties, at)
    SELECT CASE WHEN before <= 0 THEN 'Back In Stock' ELSE 'Low Stock' END, variant_id,
           CASE WHEN after < 100000 THEN jsonb_build_object('available', after) ELSE '{}' END, since
    FROM judged WHERE (before <= 0 AND after > 0) OR (before > low AND after > 0 AND after <= low)
"""


def write(shop_id: int, *, announce: bool, now: dt.datetime) -> int:
    """Takes `stage_stock` over, in the caller's transaction; returns how many are new or changed."""
    sql.run("DROP TABLE IF EXISTS changed_stock")
    sql.run(CHANGED, [shop_id, now])
    sql.run(ENDED)
    count = len(sql.run(BEGUN))
    if announce and count:
        sql.run(TOLD)
    return count
