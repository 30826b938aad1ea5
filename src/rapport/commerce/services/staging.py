"""Rows on their way into the catalogue: COPY into temporary tables, from which set-based statements take them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from rapport.commerce.services import relations
from rapport.commerce.services.items import Item
from rapport.core import sql

NULL = r"\N"
ITEM = """
    n int, product text, variant text, title text, description text, url text, brand text, category text, type text,
    status text, images jsonb, attributes jsonb, texts jsonb, sku text, gtin text, label text, options jsonb,
    image text, cost numeric, cost_currency text, low_stock_at int
"""
PRICE = """
    n int, variant text, currency text, price_list text, customer_group text, amount numeric, sale_amount numeric,
    sale_from timestamptz, sale_until timestamptz
"""
STOCK = "n int, variant text, place text, available int, incoming int, incoming_at timestamptz"
_JSON = msgspec.json.Encoder(decimal_format="number")


def stage(items: Sequence[Item]) -> tuple[bool, bool, bool]:
    """Fills the tables `stage_…` of this transaction; whether there are prices, stock, and relations."""
    _fill("stage_item", ITEM, map(_item, range(len(items)), items))
    prices = [
        (
            n,
            item.variant,
            p.currency,
            p.price_list,
            p.customer_group,
            p.amount,
            p.sale_amount,
            p.sale_from,
            p.sale_until,
        )
        for n, item in enumerate(items)
        for p in item.prices
    ]
    stock = [
        (n, item.variant, s.place, s.available, s.incoming, s.incoming_at)
        for n, item in enumerate(items)
        for s in item.stock
    ]
    if prices:
        _fill("stage_price", PRICE, prices)
    if stock:
        _fill("stage_stock", STOCK, stock)
    if related := relations.staged(items):
        _fill("stage_relation", relations.STAGE, related)
    return bool(prices), bool(stock), bool(related)


def _item(n: int, item: Item) -> tuple[Any, ...]:
    return (
        n, item.product, item.variant, item.title, item.description, item.url, item.brand, item.category, item.type,
        item.status, _json(item.images), _json(item.attributes), _json(item.texts), item.sku, item.gtin, item.label,
        _json(item.options), item.image, item.cost, item.cost_currency, item.low_stock_at,
    )  # fmt: skip


def _json(value: Any) -> str | None:
    return None if value is None else _JSON.encode(value).decode().replace("\\u0000", "")


def _fill(table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    sql.run(f"DROP TABLE IF EXISTS {table}")
    sql.run(f"CREATE TEMP TABLE {table} ({columns}) ON COMMIT DROP")
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(
        [NULL if cell is None else cell for cell in row] for row in rows
    )
    sql.copy(
        f"COPY {table} FROM STDIN (FORMAT csv, NULL '{NULL}')", text.getvalue().encode("utf-8", "replace")
    )
    sql.run(f"ANALYZE {table}")
