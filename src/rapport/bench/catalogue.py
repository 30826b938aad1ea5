"""`bench catalogue`: a feed of products through the feed's job, beside a bare COPY of the same rows."""

from __future__ import annotations

import csv
import time
from pathlib import Path
from typing import Any

import psycopg

from rapport.bench import rig

ROWS = 100_000
HEADER = (
    "id", "item_group_id", "title", "description", "link", "image_link", "price", "availability", "quantity", "brand",
    "product_type", "size",
)  # fmt: skip


def measure(folder: Path, rows: int) -> dict[str, Any]:
    """A first file, the same again under another name, and one in which every hundredth price fell."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "bench-products.csv"
    with rig.engines(folder):
        feed, actor = _feed()
        _write(path, rows)
        bare = _bare_copy(path)
        first = _taken(feed, actor, path)
        again = _taken(feed, actor, path)
        _write(path, rows, lower=100)
        changed = _taken(feed, actor, path)
        fell = _signals()
    figures = {
        "rows_per_second": round(rows / first[0]),
        "rows_per_second_unchanged": round(rows / again[0]),
        "rows_per_second_with_one_in_hundred_changed": round(rows / changed[0]),
        "bare_copy_rows_per_second": round(rows / bare),
        "ratio_to_bare_copy": round(bare / first[0], 3),
        "importer_cpu_us_per_row": round(first[1] / rows * 1e6, 1),
        "prices_that_fell": fell,
    }
    return {"figures": figures, "sizes": {"rows": rows, "columns": len(HEADER)}}


def _feed() -> tuple[Any, Any]:
    from rapport.commerce.feeds import taking
    from rapport.commerce.services import products
    from rapport.core import access

    actor = access.system("bench")
    return taking.create_feed(actor=actor, shop=products.catalogue(), name="Bench"), actor


def _write(path: Path, rows: int, lower: int = 0) -> None:
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADER)
        for n in range(rows):
            price = n % 90 + (9 if lower and n % lower == 0 else 10)
            words = (
                f"Lantern {n % 977} thistle mug {n % 499}",
                "A fine thing for kitchen and garden, made by hand",
            )
            urls = f"https://shop.example/p/{n}", f"https://shop.example/i/{n}.jpg"
            shelf = f"Brand {n % 40}", f"Home > Shelf {n % 100}", "M"
            writer.writerow([f"V{n}", f"P{n}", *words, *urls, f"{price}.50 GBP", "in_stock", n % 50, *shelf])


def _taken(feed: Any, actor: Any, path: Path) -> tuple[float, float]:
    """(seconds, processor seconds of this process) from the file's being there to the end of its run."""
    from rapport.commerce.feeds import taking
    from rapport.core import jobs
    from rapport.core.clock import SYSTEM

    with path.open("rb") as stream:
        run = taking.upload(actor=actor, feed=feed, stream=stream, name=path.name)
    began, cpu = time.monotonic(), time.process_time()
    jobs.run_once(SYSTEM, "imports")
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    run.refresh_from_db()
    if run.state != "done" or run.errors:
        raise RuntimeError(f"the run ended as {run.state}: {run.trouble}, {run.errors} errors")
    return seconds, cpu


def _signals() -> int:
    from rapport.commerce.models import ProductAlert

    return ProductAlert.objects.filter(kind=ProductAlert.PRICE_DROPPED).count()


def _bare_copy(path: Path) -> float:
    """Seconds for the same file by COPY into a table of texts with the same two unique ids, in the same database."""
    from rapport.core import sql

    columns = ", ".join(f'"{name}" text' for name in HEADER)
    with psycopg.connect(sql.dsn()) as link, path.open("rb") as file:
        link.execute(f"CREATE TABLE bare_copy ({columns})".encode())
        for name in HEADER[:2]:
            link.execute(f'CREATE UNIQUE INDEX ON bare_copy ("{name}")'.encode())
        link.commit()
        began = time.monotonic()
        with link.cursor() as cursor, cursor.copy("COPY bare_copy FROM STDIN (FORMAT csv, HEADER)") as copy:
            while block := file.read(1 << 20):
                copy.write(block)
        link.commit()
        seconds = time.monotonic() - began
        link.execute("DROP TABLE bare_copy")
    return seconds
