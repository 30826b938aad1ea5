"""Makes the demo's compact data files from UCI's Online Retail II.

    python -m rapport.demo.seeding.compact online_retail_2009_2010.parquet

One row per invoice instead of one per line, product names once instead of on every line, and no stock
corrections. What is left out is counted and printed; quantities, prices and times are not changed.
"""

from __future__ import annotations

import datetime as dt
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
EPOCH = dt.datetime(2009, 12, 1)  # noqa: DTZ001 - the shop's local clock, as in the source
THOUSANDTHS = 1000
_SPACES = re.compile(r"\s+")


def compact(source: Path, folder: Path = DATA) -> dict[str, int]:
    """Writes `invoices.parquet` and `products.parquet` into `folder`; returns what was kept and left out."""
    import pyarrow.parquet as pq

    invoices: dict[str, dict[str, Any]] = {}
    names: dict[str, Counter[str]] = {}
    counts = Counter[str]()
    for row in pq.read_table(source).to_pylist():
        code, name = row["StockCode"].strip(), _SPACES.sub(" ", row["Description"] or "").strip()
        if row["Customer ID"] is None and (row["Price"] <= 0 or row["Quantity"] == 0):
            counts["stock corrections left out"] += 1  # no customer and no price: nothing was sold
            continue
        names.setdefault(code, Counter())[name] += 1
        _add_line(invoices, row, code)
        counts["lines kept"] += 1
    _write_invoices(list(invoices.values()), folder)
    _write_products(names, folder)
    return {**counts, "invoices": len(invoices), "products": len(names)}


def _add_line(invoices: dict[str, dict[str, Any]], row: dict[str, Any], code: str) -> None:
    number = row["Invoice"]
    at = dt.datetime.strptime(row["InvoiceDate"], "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
    customer = row["Customer ID"]
    invoice = invoices.setdefault(
        number,
        {
            "invoice": number,
            "at": int((at - EPOCH).total_seconds()),
            "customer": 0 if customer is None else int(customer),
            "country": row["Country"],
            "codes": [],
            "quantities": [],
            "prices": [],
        },
    )
    invoice["codes"].append(code)
    invoice["quantities"].append(row["Quantity"])
    invoice["prices"].append(round(row["Price"] * THOUSANDTHS))


def _write_invoices(rows: list[dict[str, Any]], folder: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        [
            ("invoice", pa.string()),
            ("at", pa.int32()),
            ("customer", pa.int16()),
            ("country", pa.string()),
            ("codes", pa.list_(pa.string())),
            ("quantities", pa.list_(pa.int32())),
            ("prices", pa.list_(pa.int32())),
        ]
    )
    rows.sort(key=lambda row: (row["at"], row["invoice"]))
    table = pa.Table.from_pylist(rows, schema=schema)
    pq.write_table(table, folder / "invoices.parquet", compression="zstd", compression_level=22)


def _write_products(names: dict[str, Counter[str]], folder: Path) -> None:
    """The most frequent description of each code stands for all of them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [
        {"code": code, "name": min(counts, key=lambda name: (not name, -counts[name], name))}
        for code, counts in sorted(names.items())
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "products.parquet", compression="zstd")


if __name__ == "__main__":
    for what, number in compact(Path(sys.argv[1])).items():
        sys.stdout.write(f"{number:>9,} {what}\n")
