"""Daily rollups in ClickHouse that dashboards read instead of the events themselves.

They are filled by materialized views as events are stored, so a page over a year of 100 million events reads
thousands of rows. They hold no personal data: only counts, sums and sketches of how many differed.
"""

from __future__ import annotations

from rapport.core.clickhouse import register_schema

PRODUCT_DAYS = """
CREATE TABLE IF NOT EXISTS product_days (
    day Date,
    product_id String,
    name SimpleAggregateFunction(anyLast, String),
    orders SimpleAggregateFunction(sum, UInt64),
    quantity SimpleAggregateFunction(sum, Float64),
    revenue SimpleAggregateFunction(sum, Decimal(38, 4))
) ENGINE = AggregatingMergeTree PARTITION BY toYear(day) ORDER BY (day, product_id)
"""

PRODUCT_DAYS_FILL = """
CREATE MATERIALIZED VIEW IF NOT EXISTS product_days_fill TO product_days AS
WITH
    coalesce(
        nullIf(toString(product.product_id), ''), nullIf(toString(product.sku), ''),
        nullIf(toString(product.name), '')
    ) AS id,
    ifNull(toFloat64OrNull(toString(product.quantity)), 1) AS pieces,
    ifNull(toFloat64OrNull(toString(product.price)), 0) AS price
SELECT
    toDate(at) AS day,
    ifNull(id, '') AS product_id,
    anyLast(ifNull(toString(product.name), '')) AS name,
    count() AS orders,
    sum(pieces) AS quantity,
    sum(toDecimal128(price * pieces, 4)) AS revenue
FROM events ARRAY JOIN properties.products[] AS product
WHERE event = 'Order Completed'
GROUP BY day, product_id
"""

PAGE_DAYS = """
CREATE TABLE IF NOT EXISTS page_days (
    day Date,
    path String,
    title SimpleAggregateFunction(anyLast, String),
    views SimpleAggregateFunction(sum, UInt64),
    visitors AggregateFunction(uniq, UUID)
) ENGINE = AggregatingMergeTree PARTITION BY toYear(day) ORDER BY (day, path)
"""

# Addresses without query strings, and cut, so that campaign parameters and junk do not fill the table.
PAGE_DAYS_FILL = """
CREATE MATERIALIZED VIEW IF NOT EXISTS page_days_fill TO page_days AS
WITH
    coalesce(
        nullIf(toString(properties.path), ''), nullIf(toString(context.page.path), ''),
        nullIf(path(toString(properties.url)), ''), nullIf(toString(properties.name), ''), '/'
    ) AS address
SELECT
    toDate(at) AS day,
    substringUTF8(cutQueryString(ifNull(address, '/')), 1, 200) AS path,
    anyLast(ifNull(coalesce(toString(properties.title), toString(context.page.title)), '')) AS title,
    count() AS views,
    uniqState(person_id) AS visitors
FROM events
WHERE event IN ('Page Viewed', 'Screen Viewed')
GROUP BY day, path
"""


def register() -> None:
    """Adds the rollups to what `rapport migrate` creates, after the tables they read."""
    register_schema("product_days", PRODUCT_DAYS)
    register_schema("product_days_fill", PRODUCT_DAYS_FILL)
    register_schema("page_days", PAGE_DAYS)
    register_schema("page_days_fill", PAGE_DAYS_FILL)
