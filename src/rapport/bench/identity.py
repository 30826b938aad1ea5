"""`bench identity`: made-up people de-duplicated from a file, and the public sets when their folder is given."""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import psutil

from rapport.bench import identity_sets
from rapport.quality.matching.engine import process, synthetic
from rapport.quality.matching.engine.defaults import AUTO, REVIEW
from rapport.quality.matching.engine.measure import pairwise

PEOPLE = 1_000_000
MEMORY_GB = 3.0
SEED = 7


def measure(people: int, folder: Path | None) -> dict[str, Any]:
    """Seconds and peak memory (GB, resident) of one full search as the worker runs it: from the file that COPY
    writes to scored, grouped and explained pairs; precision, recall and F1 over all pairs of records, merged at the
    shipped threshold. With `folder`, also the public sets it holds.
    """
    with tempfile.TemporaryDirectory(prefix="rapport-bench-identity-") as name:
        work = Path(name)
        truth = synthetic.write(work / "records.csv", people, seed=SEED)
        (work / "apart.csv").write_text("one,other,stands\n")
        (work / "job.json").write_text(json.dumps(_job()))
        seconds, peak = _search(work)
        result = json.loads((work / "result.json").read_text())
        scores = pairwise(_clusters(work / "pairs.parquet"), dict[Hashable, Hashable](truth.items()))
    figures: dict[str, Any] = {
        "seconds": round(seconds, 1),
        "peak_gb": round(peak / 2**30, 2),
        **scores.figures(),
        "pairs_compared": result["compared"],
        "pairs_kept": result["pairs"],
        "skipped_blocks": result["skipped_blocks"],
        "cpu_seconds": round(sum(stage["cpu_seconds"] for stage in result["stages"].values()), 1),
        "stages": result["stages"],
    }
    if folder is not None:
        figures["sets"] = identity_sets.evaluate(folder)
    return {
        "figures": figures,
        "sizes": {"people": people, "seed": SEED, "auto_at": AUTO, "review_at": REVIEW},
    }


def _job() -> dict[str, Any]:
    threads = os.cpu_count() or 1
    limits = {"auto": AUTO, "review": REVIEW, "floor": 0.2}
    return {"kind": "person", "memory_gb": MEMORY_GB, "threads": threads, **limits}


def _search(work: Path) -> tuple[float, int]:
    """(seconds, greatest resident memory in bytes) of the child process."""
    peak, done = 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.2):
            for child in psutil.Process().children():
                try:
                    peak = max(peak, child.memory_info().rss)
                except psutil.NoSuchProcess:
                    continue

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    began = time.monotonic()
    process.search(work, lambda progress, step: None)
    seconds = time.monotonic() - began
    done.set()
    watcher.join()
    return seconds, peak


def _clusters(path: Path) -> dict[Hashable, Hashable]:
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=["one", "other", "cluster"]).to_pylist()
    return {row[side]: row["cluster"] for row in table if row["cluster"] for side in ("one", "other")}
