"""`python -m rapport.quality.matching.engine.child FOLDER`: one search in a process of its own.

All memory goes back when it ends. Reads job.json, records.csv and apart.csv; writes result.json and pairs.parquet;
says how far it is as JSON lines on standard output.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import duckdb

from rapport.quality.matching.engine import cleaning, grouping, scoring
from rapport.quality.matching.engine.clusters import Clusters
from rapport.quality.matching.engine.evidence import evidence

BATCH = 20_000


def main(folder: Path) -> None:
    """Does the job that the folder describes. Whatever goes wrong ends the process with a traceback."""
    job = json.loads((folder / "job.json").read_text())
    stages = Stages()
    con = scoring.connect(memory_gb=job["memory_gb"], threads=job["threads"], spill=str(folder / "spill"))
    stages.begin(0.0, "read")
    con.execute(
        "CREATE TABLE raw AS SELECT * FROM read_csv(?, all_varchar = true, header = true)",
        [str(folder / "records.csv")],
    )
    stages.begin(0.05, "prepare")
    cleaning.prepare(con, job["kind"])
    scored = scoring.score(
        con, job["kind"], floor=job["floor"], stored=job.get("parameters"), report=stages.begin
    )
    stages.begin(0.85, "group")
    rows = con.execute(
        "SELECT one, other, stands FROM read_csv(?, all_varchar = true, header = true,"
        " columns = {'one': 'VARCHAR', 'other': 'VARCHAR', 'stands': 'VARCHAR'})",
        [str(folder / "apart.csv")],
    ).fetchall()
    apart = [(first, other) for first, other, _ in rows]
    never = {frozenset((first, other)) for first, other, stands in rows if stands in ("t", "true")}
    groups = grouping.groups(con, job["kind"], auto=job["auto"], review=job["review"], apart=apart)
    stages.begin(0.9, "write")
    proposed = _write(con, folder, job, groups, never)
    result: dict[str, Any] = {
        "parameters": scored.parameters,
        "trained": scored.trained or bool(job.get("parameters")),
        "records": con.execute("SELECT count(*) FROM records").fetchall()[0][0],
        "pairs": scored.pairs,
        "compared": scored.compared,
        "proposed": proposed,
        "held_back": len(groups.held_back),
        "skipped_blocks": scored.skipped_blocks,
        "share": scored.parameters["share"],
        **stages.end(),
    }
    (folder / "result.json").write_text(json.dumps(result))


class Stages:
    """How far the search is, and what each of its steps cost."""

    def __init__(self) -> None:
        self.costs: dict[str, dict[str, float]] = {}
        self.began = self.since = time.monotonic()
        self.used, self.step = time.process_time(), ""

    def begin(self, share: float, step: str) -> None:
        """Says the share done so far and what comes now."""
        self._book()
        self.step = step
        sys.stdout.write(json.dumps({"progress": round(share, 3), "step": step}) + "\n")
        sys.stdout.flush()

    def end(self) -> dict[str, Any]:
        """Seconds, the greatest resident memory (MB), and per step seconds, seconds of processor time and the
        greatest resident memory until its end.
        """
        self.begin(1.0, "write")
        seconds = round(time.monotonic() - self.began, 1)
        stages = {
            step: {name: round(cost, 1) for name, cost in of.items()} for step, of in self.costs.items()
        }
        return {"seconds": seconds, "peak_mb": _peak(), "stages": stages}

    def _book(self) -> None:
        now, used = time.monotonic(), time.process_time()
        cost = self.costs.setdefault(self.step or "start", {"seconds": 0.0, "cpu_seconds": 0.0})
        cost["seconds"] += now - self.since
        cost["cpu_seconds"] += used - self.used
        cost["peak_mb"] = _peak()
        self.since, self.used = now, used


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _write(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    job: dict[str, Any],
    groups: Clusters,
    apart: set[frozenset[str]],
) -> int:
    """pairs.parquet: one, other, probability, weight, evidence (JSON), cluster (of an automatic merge, or null),
    held_back, contradicts.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    model = scoring.MODELS[job["kind"]]
    held_back = {frozenset(pair[:2]) for pair in groups.held_back}
    names = ("one", "other", "probability", "weight", "evidence", "cluster", "held_back", "contradicts")
    kinds = (
        pa.string(),
        pa.string(),
        pa.float64(),
        pa.float64(),
        pa.string(),
        pa.string(),
        pa.bool_(),
        pa.bool_(),
    )
    schema = pa.schema(list(zip(names, kinds, strict=True)))
    reader = con.execute("SELECT * FROM pairs ORDER BY match_weight DESC").to_arrow_reader(BATCH)
    written = 0
    with pq.ParquetWriter(folder / "pairs.parquet", schema) as out:
        for batch in reader or ():
            rows = [
                _row(row, groups, held_back, evidence(row, model))
                for row in batch.to_pylist()
                if frozenset((row["unique_id_l"], row["unique_id_r"])) not in apart
            ]
            out.write_table(pa.Table.from_pylist(rows, schema=schema))
            written += len(rows)
    return written


def _row(
    row: dict[str, Any], groups: Clusters, held_back: set[frozenset[Any]], rows: list[dict[str, Any]]
) -> dict[str, Any]:
    first_id, other = sorted((row["unique_id_l"], row["unique_id_r"]))
    first, second = groups.of.get(first_id), groups.of.get(other)
    return {
        "one": first_id,
        "other": other,
        "probability": row["match_probability"],
        "weight": max(min(row["match_weight"], 999.0), -999.0),
        "evidence": json.dumps(rows),
        "cluster": first if first is not None and first == second else None,
        "held_back": frozenset((first_id, other)) in held_back,
        "contradicts": row["contradicts"],
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
