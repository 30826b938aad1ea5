"""Daily rollups in ClickHouse that dashboards read instead of the events themselves.

They are filled by materialized views as events are stored, so a page over a year of 100 million events reads
thousands of rows. They hold no personal data: only counts, sums and sketches of how many differed.
"""

from __future__ import annotations

from rapport.core.clickhouse import SCHEMA
from rapport.events.services.schema import table

_PRODUCT_COLUMNS = """day Date, product_id String, name SimpleAggregateFunction(anyLast, String),
    orders SimpleAggregateFunction(sum, UInt64), quantity SimpleAggregateFunction(sum, Float64),
    revenue SimpleAggregateFunction(sum, Decimal(38, 4))"""
_PRODUCT_ROWS = """
WITH
    coalesce(
        nullIf(toString(product.product_id), ''), nullIf(toString(product.sku), ''),
        nullIf(toString(product.name), '')
    ) AS id,
    ifNull(toFloat64OrNull(toString(product.quantity)), 1) AS stated_pieces,
    ifNull(toFloat64OrNull(toString(product.price)), 0) AS stated_price,
    -- What is no amount ("nan", 1e300) would refuse the whole block of events.
    if(abs(stated_pieces) < 1e9, stated_pieces, 0) AS pieces,
    if(abs(stated_price) < 1e12, stated_price, 0) AS price
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

_PAGE_COLUMNS = """day Date, path String, title SimpleAggregateFunction(anyLast, String),
    views SimpleAggregateFunction(sum, UInt64), visitors AggregateFunction(uniq, UUID)"""
# Addresses without query strings, and cut, so that campaign parameters and junk do not fill the table.
_PAGE_ROWS = """
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

_CAMPAIGN_COLUMNS = """day Date, campaign_id String, event LowCardinality(String),
    name SimpleAggregateFunction(anyLast, String), persons AggregateFunction(uniq, UUID),
    humans AggregateFunction(uniq, UUID)"""
# Of every channel, whose noun begins the name.
# Opens and clicks by privacy proxies and link scanners are stored with how likely a human did it.
_CAMPAIGN_ROWS = """
SELECT
    toDate(at) AS day,
    ifNull(toString(properties.campaign_id), '') AS campaign_id,
    event,
    anyLast(ifNull(toString(properties.campaign_name), '')) AS name,
    uniqState(person_id) AS persons,
    uniqStateIf(person_id, ifNull(toFloat64OrNull(toString(properties.human_probability)), 1) >= 0.5) AS humans
FROM events
WHERE (match(event, ' (Sent|Opened|Clicked|Bounced)$') OR event = 'Unsubscribed') AND campaign_id != ''
GROUP BY day, campaign_id, event
"""


def _register(name: str, columns: str, key: str, rows: str) -> None:
    tail = f"PARTITION BY toYear(day) ORDER BY ({key})"
    SCHEMA.register(table(name, columns, "AggregatingMergeTree", tail), name)
    fill = f"CREATE MATERIALIZED VIEW IF NOT EXISTS {name}_fill TO {name} AS {rows}"
    SCHEMA.register(fill, f"{name}_fill")


def register() -> None:
    """Adds the rollups to what `rapport migrate` creates, after the tables they read."""
    _register("product_days", _PRODUCT_COLUMNS, "day, product_id", _PRODUCT_ROWS)
    _register("page_days", _PAGE_COLUMNS, "day, path", _PAGE_ROWS)
    _register("campaign_days", _CAMPAIGN_COLUMNS, "day, campaign_id, event", _CAMPAIGN_ROWS)
