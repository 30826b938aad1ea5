"""`bench order-files`: real files of orders through the import's job, stream and fold, compared with what they hold.

`--data` is a folder with `online_retail*.parquet` (UCI's Online Retail II) and `cdnow_master.csv` with
`cdnow_customers_summary.csv`, also packed with gzip, or some of these.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from rapport.bench import rig

CALIBRATED = "1997-09-30"


def measure(data: Path | None) -> dict[str, Any]:
    """For each file there: rows a second, and how many orders differ from the file."""
    folder = data or Path()
    figures: dict[str, Any] = {}
    with (
        tempfile.TemporaryDirectory(prefix="rapport-bench-", ignore_cleanup_errors=True) as place,
        rig.engines(Path(place)),
    ):
        for path in sorted(folder.rglob("online_retail*.parquet")):
            figures |= _retail(path)
        for path in sorted(folder.rglob("cdnow_sample.csv*")):
            figures |= _cdnow(path, next(iter(folder.rglob("cdnow_customers_summary.csv*"))))
    return {"figures": figures, "sizes": {"folder": folder.name}}


def _retail(path: Path) -> dict[str, Any]:
    import pyarrow.parquet as pq

    from rapport.commerce.models import Order

    wanted: dict[str, Decimal] = defaultdict(Decimal)
    rows = pq.read_table(path).to_pylist()
    for row in rows:
        wanted[row["Invoice"]] += Decimal(repr(row["Price"])) * row["Quantity"]
    staged, whole = _imported(path.read_bytes(), path.name)
    nets = {
        number.removeprefix("refund "): net for number, net in Order.objects.values_list("external_id", "net")
    }
    wrong = [number for number, total in wanted.items() if nets.get(number, Decimal(0)) != round(total, 2)]
    return {
        "retail_rows": len(rows),
        "retail_rows_per_second_into_the_log": round(len(rows) / staged),
        "retail_rows_per_second_until_folded": round(len(rows) / whole),
        "retail_orders": len(nets),
        "retail_orders_that_differ": len(wrong),
        "retail_total": str(sum(nets.values())),
        "retail_total_of_the_file": str(round(sum(wanted.values()), 2)),
        "retail_value_seconds": valued(),
    }


def _cdnow(path: Path, summary: Path) -> dict[str, Any]:
    """The customers of the sample until the end of its calibration: their repeat purchases are published."""
    from rapport.commerce.models import CustomerValue

    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["customer_id", "date", "quantity", "total"])
    for row in csv.DictReader(io.StringIO(_text(path))):
        if row["date"] <= CALIBRATED:
            writer.writerow([f"cdnow-{int(row['customer_id'])}", row["date"], row["quantity"], row["amount"]])
    _imported(out.getvalue().encode(), "cdnow.csv")
    seconds = valued()
    repeats_of = {
        identifier.removeprefix("cdnow-"): days - 1
        for days, identifier in CustomerValue.objects.filter(
            person__identifiers__type="user_id", person__identifiers__value__startswith="cdnow-"
        ).values_list("days", "person__identifiers__value")
    }
    published = {row["ID"]: int(row["frequency"]) for row in csv.DictReader(io.StringIO(_text(summary)))}
    wrong = [number for number, repeats in published.items() if repeats_of.get(number) != repeats]
    return {
        "cdnow_customers": len(repeats_of),
        "cdnow_repeats_that_differ": len(wrong),
        "cdnow_value_seconds": seconds,
    }


def _text(path: Path) -> str:
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).decode()


def _imported(content: bytes, name: str) -> tuple[float, float]:
    """(seconds until all is in the event log, until all is folded)."""
    from rapport.commerce.order_files import running, taking
    from rapport.core import access, jobs
    from rapport.core.clock import SYSTEM
    from rapport.core.models import Job

    actor = access.system("bench")
    began = time.monotonic()
    run = taking.upload(actor=actor, stream=io.BytesIO(content), name=name)
    if run.state == run.State.MAPPING:
        taking.start(actor=actor, run=run)
    jobs.run_now(Job.objects.filter(kind=running.JOB).latest("created_at"), SYSTEM)
    staged = time.monotonic() - began
    for _round in _settled():
        pass
    return staged, time.monotonic() - began


def _settled() -> Iterator[int]:
    """Runs the stream and the folds until nothing is left to do."""
    from rapport.commerce.services.orders import projection
    from rapport.core.clock import SYSTEM
    from rapport.core.services import spool
    from rapport.events.services import stream

    while done := stream.run_once(SYSTEM) + spool.flush() + projection.run_once(SYSTEM):
        yield done


def valued() -> float:
    """Seconds in which the value of all customers is worked out."""
    from rapport.commerce.services.value import computing

    began = time.monotonic()
    computing.compute(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    return round(time.monotonic() - began, 2)
