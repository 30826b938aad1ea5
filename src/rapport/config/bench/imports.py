"""`bench import`: a CSV of people with identifiers, traits and consents through `rapport import`, and its memory."""

from __future__ import annotations

import csv
import json
import re
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from rapport.config.bench.rig import Rig

ROWS_PER_SECOND_MEANT = 20_000
HEADER = [
    "email", "customer_id", "first_name", "last_name", "country", "city", "created_at",
    "consent.newsletter.email.state", "consent.newsletter.email.at", "consent.newsletter.email.wording",
]  # fmt: skip


def measure(rig: Rig, seconds: float) -> dict[str, Any]:
    """As many rows as the goal takes in so many seconds; then the same file once more, which must change nothing."""
    rows = int(ROWS_PER_SECOND_MEANT * seconds)
    path = rig.data / "bench-import.csv"
    write(path, rows)
    first, took = _import(rig, path)
    again, took_again = _import(rig, path)
    return {
        "figures": {
            "rows_per_second": round(rows / took),
            "rows_per_second_unchanged": round(rows / took_again),
            "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
            "created": first["counts"]["created"],
            "changed_by_the_second_import": again["counts"]["created"] + again["counts"]["updated"],
        },
        "sizes": {"rows": rows, "bytes": path.stat().st_size, "columns": len(HEADER)},
    }


def write(path: Path, rows: int) -> None:
    """A file of invented people; every second one has agreed to the newsletter."""
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADER)
        for n in range(rows):
            said = ["granted", "2026-01-05T10:00:00Z", "Yes, write to me."] if n % 2 else ["", "", ""]
            name = f"First{n % 977}", f"Last{n % 7919}"
            writer.writerow(
                [f"p{n}@example.org", f"C{n}", *name, "GB", f"City {n % 499}", "2025-03-01", *said]
            )


def _import(rig: Rig, path: Path) -> tuple[dict[str, Any], float]:
    began = time.monotonic()
    command = [sys.executable, "-m", "rapport.config.cli", "import", str(path), "--data", str(rig.data)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(re.findall(r"^\{.*\}$", done.stdout, re.M)[-1])
    return found, time.monotonic() - began
