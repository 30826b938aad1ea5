"""`bench import`: a CSV of people with identifiers, traits and consents through `rapport import`, and its memory."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg

from rapport.bench import rig

ROWS_PER_SECOND_MEANT = 20_000
HEADER = [
    "email", "customer_id", "first_name", "last_name", "country", "city", "created_at",
    "consent.newsletter.email.state", "consent.newsletter.email.at", "consent.newsletter.email.wording",
]  # fmt: skip


def measure(folder: Path, seconds: float) -> dict[str, Any]:
    """As many rows as the goal takes in so many seconds, beside idle engines; once more, which must change nothing.

    A file of a fifth of the rows shows by its peak that memory does not grow with the file. Then the whole program
    is started: how long until everybody is in ClickHouse too, and how fast a file goes in beside its workers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = int(ROWS_PER_SECOND_MEANT * seconds)
    small, large, later = (folder / f"bench-import-{name}.csv" for name in ("small", "large", "later"))
    write(small, rows // 5, first=rows)
    write(large, rows)
    write(later, rows // 5, first=2 * rows)
    with rig.engines(folder):
        bare = _bare_copy(large)
        warm, first, again = (_import(folder, path) for path in (small, large, large))
    with rig.running(folder) as server:
        stored = server.drain(timeout=1200)
        beside = _import(folder, later)
    return {
        "figures": {
            "rows_per_second": round(rows / first.seconds),
            "bare_copy_rows_per_second": round(rows / bare),
            "ratio_to_bare_copy": round(bare / first.seconds, 3),
            "rows_per_second_unchanged": round(rows / again.seconds),
            "rows_per_second_beside_workers": round(rows / 5 / beside.seconds),
            "importer_cpu_us_per_row": round(first.importer_cpu / rows * 1e6, 1),
            "postgres_cpu_us_per_row": round(first.postgres_cpu / rows * 1e6, 1),
            "seconds_until_stored": round(stored, 1),
            "peak_memory_mb": first.peak_mb,
            "peak_memory_mb_of_a_fifth": warm.peak_mb,
            "created": first.counts["created"],
            "changed_by_the_second_import": again.counts["created"] + again.counts["updated"],
        },
        "sizes": {"rows": rows, "bytes": large.stat().st_size, "columns": len(HEADER)},
    }


@dataclass(frozen=True, slots=True)
class Run:
    """What one `rapport import` took: `importer_cpu` in seconds of its processes, `peak_mb` of the largest of them."""

    counts: dict[str, Any]
    seconds: float
    importer_cpu: float
    postgres_cpu: float
    peak_mb: int


def write(path: Path, rows: int, first: int = 0) -> None:
    """A file of invented people, numbered from `first`; every second one has agreed to the newsletter."""
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADER)
        for n in range(first, first + rows):
            consent = ["granted", "2026-01-05T10:00:00Z", "Yes, write to me."] if n % 2 else ["", "", ""]
            name = f"First{n % 977}", f"Last{n % 7919}"
            writer.writerow(
                [f"p{n}@example.org", f"C{n}", *name, "GB", f"City {n % 499}", "2025-03-01", *consent]
            )


def _import(folder: Path, path: Path) -> Run:
    command = [sys.executable, "-m", "rapport.config.cli", "import", str(path), "--data", str(folder)]
    before, began = _postgres_cpu(folder), time.monotonic()
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - began
        out.seek(0)
        printed = out.read()
    if process.returncode:
        raise RuntimeError(f"the import ended with status {process.returncode}: {printed[-1000:]}")
    figures: dict[str, Any] = json.loads(re.findall(r"^\{.*\}$", printed, re.M)[-1])
    cpu = used.ru_utime + used.ru_stime
    return Run(figures["counts"], seconds, cpu, _postgres_cpu(folder) - before, round(used.ru_maxrss / 1024))


def _bare_copy(path: Path) -> float:
    """Seconds for the same file by COPY into a table of texts with the same two indexes, in the same database."""
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


def _postgres_cpu(folder: Path) -> float:
    """Seconds that the server of this folder and its backends, gone ones too, have used."""
    main = psutil.Process(int((folder / "postgres" / "postmaster.pid").read_text().split()[0]))
    total = sum(main.cpu_times()[:4])
    for backend in main.children():
        with contextlib.suppress(psutil.NoSuchProcess):
            total += sum(backend.cpu_times()[:2])
    return float(total)
