"""Training and scoring on DuckDB, in memory, in whichever process calls it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb

from rapport.quality.matching.engine import blocking, learning, weighing
from rapport.quality.matching.engine.company import COMPANY
from rapport.quality.matching.engine.person import PERSON
from rapport.quality.matching.engine.spec import Model

MODELS = {"person": PERSON, "company": COMPANY}
FEW_RECORDS = 300
FILLED = 0.005

Report = Callable[[float, str], None]


@dataclass(slots=True)
class Scored:
    """What a run found: how many pairs the table `scored` holds, and how many blocks were too large to look into."""

    parameters: dict[str, Any]
    trained: bool
    pairs: int
    compared: int
    skipped_blocks: int


def connect(*, memory_gb: float, threads: int, spill: str) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that spills into the folder `spill` rather than growing beyond `memory_gb`."""
    con = duckdb.connect(":memory:")
    con.execute(f"SET memory_limit = '{memory_gb}GB'")
    con.execute(f"SET threads = {threads}")
    con.execute(f"SET temp_directory = '{spill}'")
    con.execute("SET preserve_insertion_order = false")
    con.execute("SET enable_progress_bar = false")
    return con


def score(
    con: duckdb.DuckDBPyConnection,
    kind: str,
    *,
    floor: float,
    stored: dict[str, Any] | None = None,
    train: bool = True,
    report: Report = lambda share, step: None,
) -> Scored:
    """Scores the pairs of `records` into the view `pairs` (unique_id_l, unique_id_r, match_probability, match_weight,
    and gamma_ and weight_ of each comparison). `floor`: probability below which a pair is dropped.

    With `stored` parameters nothing is trained; otherwise they are learned from the data at hand without labels,
    or taken from the model itself where the data are too few.
    """
    model = MODELS[kind]
    blocking.number(con)
    count = con.execute("SELECT count(*) FROM records").fetchall()[0][0]
    # With hardly any records every field counts, so that there is something to compare by.
    filled = _filled(con, model) or set(_columns(model))
    weighing.make_comparable(con, model, model.used(filled))
    report(0.15, "block")
    skipped = blocking.block(con, model)
    trained = not stored and train and count >= FEW_RECORDS
    if trained:
        report(0.3, "learn")
        parameters = learning.learn(con, model, filled, report)
    else:
        parameters = model.shipped(filled, 1 / max(count, 1000))
        if stored:
            parameters = learning.with_parameters(parameters, stored)
    report(0.5, "compare")
    pairs = weighing.compare(con, model, filled, parameters, floor=floor)
    con.execute(
        "CREATE OR REPLACE VIEW pairs AS SELECT l.unique_id AS unique_id_l, r.unique_id AS unique_id_r,"
        " 1 / (1 + pow(2, -match_weight)) AS match_probability, s.* FROM scored s"
        " JOIN records l ON l.rid = s.rid_l JOIN records r ON r.rid = s.rid_r"
    )
    blocked = con.execute("SELECT count(*) FROM blocked").fetchall()[0][0]
    return Scored(parameters, trained, pairs, blocked, skipped)


def _columns(model: Model) -> list[str]:
    return sorted({column for comparison in model.comparisons for column in comparison.columns})


def _filled(con: duckdb.DuckDBPyConnection, model: Model) -> set[str]:
    """Columns that hold enough values to be evidence."""
    columns = _columns(model)
    counted = ", ".join(f"count({column})" for column in columns)
    total, *counts = con.execute(f"SELECT count(*), {counted} FROM records").fetchall()[0]
    return {column for column, number in zip(columns, counts, strict=True) if number > max(1, FILLED * total)}
