"""Training and scoring with Splink on DuckDB, in memory, in whichever process calls it."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import duckdb

from rapport.people.matching.engine.company import COMPANY
from rapport.people.matching.engine.person import PERSON
from rapport.people.matching.engine.spec import Model

MODELS = {"person": PERSON, "company": COMPANY}
# A block of more records than this says little and costs its square; the other keys still see its records.
LARGEST_BLOCK = 250
# So many pairs a record may bring to one key, before its largest blocks are left out.
PAIRS_PER_RECORD = 4
TRAINING_PAIRS = 400_000
RANDOM_PAIRS = 2_000_000
FEW_RECORDS = 300
# How common a value is cannot be told from fewer records.
FEW_TERMS = 1000
SURE_RECALL = 0.7
SURE_BLOCK = 50
# Share of the shipped parameters in the trained ones, so that a level never seen is not impossible.
PRIOR_WEIGHT = 0.05
FILLED = 0.005

Report = Callable[[float, str], None]


@dataclass(slots=True)
class Scored:
    """What a run found: `pairs` is the name of a DuckDB table of (one, other, probability, weight, gammas…)."""

    parameters: dict[str, Any]
    trained: bool
    pairs: int
    skipped_blocks: int
    notes: list[str] = field(default_factory=list)


def connect(*, memory_gb: float, threads: int, spill: str) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that spills into the folder `spill` rather than growing beyond `memory_gb`."""
    con = duckdb.connect(":memory:")
    con.execute(f"SET memory_limit = '{memory_gb}GB'")
    con.execute(f"SET threads = {threads}")
    con.execute(f"SET temp_directory = '{spill}'")
    con.execute("SET preserve_insertion_order = false")
    con.execute("SET enable_progress_bar = false")
    return con


def add_keys(con: duckdb.DuckDBPyConnection, model: Model) -> int:
    """Adds the blocking keys k_… to `records`, without the blocks that are too large; returns how many those are."""
    columns = ", ".join(
        f"hash({sql}) AS h_{name}, ({sql}) IS NULL AS n_{name}" for name, sql in model.keys.items()
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE hashed AS SELECT unique_id, {columns} FROM records")
    records = con.execute("SELECT count(*) FROM records").fetchall()[0][0]
    skipped, joins, chosen = 0, [], []
    for name in model.keys:
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE block_{name} AS SELECT h_{name} AS h, count(*) AS size FROM hashed"
            f" WHERE NOT n_{name} GROUP BY 1 HAVING count(*) > 1"
        )
        cap = _cap(con, f"block_{name}", records)
        skipped += con.execute(f"SELECT count(*) FROM block_{name} WHERE size > {cap}").fetchall()[0][0]
        con.execute(f"DELETE FROM block_{name} WHERE size > {cap}")
        joins.append(f"LEFT JOIN block_{name} ON h_{name} = block_{name}.h AND NOT n_{name}")
        chosen.append(f"block_{name}.h AS k_{name}")
    con.execute(
        f"CREATE OR REPLACE TABLE records AS SELECT r.*, {_freshness(con)} AS fresh, {', '.join(chosen)}"
        f" FROM records r JOIN raw USING (unique_id) JOIN hashed USING (unique_id) {' '.join(joins)}"
    )
    for name in ("hashed", *(f"block_{name}" for name in model.keys)):
        con.execute(f"DROP TABLE {name}")
    return skipped


def _freshness(con: duckdb.DuckDBPyConnection) -> str:
    """Only pairs with a fresh record are compared; without that column, all are fresh."""
    columns = {row[0] for row in con.execute("DESCRIBE raw").fetchall()}
    return "coalesce(raw.fresh, 't') IN ('t', 'true')" if "fresh" in columns else "true"


def _cap(con: duckdb.DuckDBPyConnection, blocks: str, records: int) -> int:
    """The largest block size at which a key stays within its budget of pairs."""
    cap = LARGEST_BLOCK
    while cap > 5:
        pairs = con.execute(
            f"SELECT coalesce(sum(size * (size - 1) / 2), 0) FROM {blocks} WHERE size <= {cap}"
        )
        if pairs.fetchall()[0][0] <= max(1_000_000, PAIRS_PER_RECORD * records):
            break
        cap = int(cap * 0.7)
    return cap


def score(
    con: duckdb.DuckDBPyConnection,
    kind: str,
    *,
    floor: float,
    stored: dict[str, Any] | None = None,
    train: bool = True,
    report: Report = lambda share, step: None,
) -> Scored:
    """Scores the pairs of `records` into the table `pairs`. `floor`: probability below which a pair is dropped.

    With `stored` parameters nothing is trained; otherwise they are learned from the data at hand without labels,
    or taken from the model itself where the data are too few.
    """
    warnings.filterwarnings("ignore")
    logging.getLogger("splink").setLevel(logging.ERROR)
    from splink import DuckDBAPI, Linker

    model = MODELS[kind]
    skipped = add_keys(con, model)
    # With hardly any records every field counts, so that there is something to compare by.
    filled = _filled(con, model) or {column for one in model.comparisons for column in one.columns}
    count, settings = con.execute("SELECT count(*) FROM records").fetchall()[0][0], model.settings(filled)
    if stored:
        settings = with_parameters(settings, stored)
    linker = Linker(DuckDBAPI(connection=con).register("records"), settings, log_level=None)
    count_terms(con, linker, count)
    notes: list[str] = []
    trained = not stored and train and count >= FEW_RECORDS
    if trained:
        _learn(con, linker, model, filled, notes, report)
    elif not stored:
        linker._settings_obj._probability_two_random_records_match = 1 / max(count, 1000)
    parameters = linker.misc.save_model_to_json()
    if trained:
        parameters = sound(parameters, settings)
        linker = Linker(DuckDBAPI(connection=con).register("records"), parameters, log_level=None)
        count_terms(con, linker, count)
    report(0.5, "compare")
    return Scored(parameters, trained, _compare(con, linker, floor), skipped, notes)


def _compare(con: duckdb.DuckDBPyConnection, linker: Any, floor: float) -> int:
    """Leaves the pairs in the view `pairs`; returns how many."""
    found = linker.inference.predict(threshold_match_probability=floor, warning_mode="never")
    con.execute(f"CREATE OR REPLACE VIEW pairs AS SELECT * FROM {found.physical_name}")
    return int(con.execute("SELECT count(*) FROM pairs").fetchall()[0][0])


def count_terms(con: duckdb.DuckDBPyConnection, linker: Any, records: int) -> None:
    """Tells Splink how common each value is among the *other* records: a duplicate makes no name common."""
    for column in sorted({term.name.strip('"') for term in linker._settings_obj._term_frequency_columns}):
        con.execute(
            f"CREATE OR REPLACE TABLE terms_{column} AS SELECT {column},"
            f" greatest(count(*) - 1, 0.5) / {max(records, FEW_TERMS)}::DOUBLE AS tf_{column}"
            f" FROM records WHERE {column} IS NOT NULL GROUP BY {column}"
        )
        terms = linker._db_api.register(f"terms_{column}")
        linker.table_management.register_term_frequency_lookup(terms, column)


def _filled(con: duckdb.DuckDBPyConnection, model: Model) -> set[str]:
    """Columns that hold enough values to be evidence."""
    columns = sorted({column for one in model.comparisons for column in one.columns})
    counted = ", ".join(f"count({column})" for column in columns)
    total, *counts = con.execute(f"SELECT count(*), {counted} FROM records").fetchall()[0]
    return {column for column, number in zip(columns, counts, strict=True) if number > max(1, FILLED * total)}


def _learn(
    con: duckdb.DuckDBPyConnection,
    linker: Any,
    model: Model,
    filled: set[str],
    notes: list[str],
    report: Report,
) -> None:
    """u from random pairs, the share of matches from sure pairs, m by expectation maximisation per block."""
    report(0.15, "learn")
    records = con.execute("SELECT count(*) FROM records").fetchall()[0][0]
    pairs = min(RANDOM_PAIRS, max(400_000, 100 * records))
    linker._settings_obj._probability_two_random_records_match = _share_of_matches(con, model)
    linker.training.estimate_u_using_random_sampling(max_pairs=pairs, seed=1, num_chunks=1)
    blocks = [block for block in model.training if all(_trainable(con, column) for column in block)]
    for number, block in enumerate(blocks):
        report(0.2 + 0.3 * number / len(blocks), "learn")
        rule = " AND ".join(f"l.{column} = r.{column}" for column in block)
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(
                rule,
                estimate_without_term_frequencies=True,
                max_pairs=TRAINING_PAIRS,
                record_sample_proportion=1.0,
            )
        except Exception as error:  # Splink raises several kinds when a block has no pairs to learn from
            notes.append(f"{'+'.join(block)}: {type(error).__name__}")


def _trainable(con: duckdb.DuckDBPyConnection, column: str) -> bool:
    pairs = con.execute(
        f"SELECT coalesce(sum(n * (n - 1) / 2), 0) FROM"
        f" (SELECT count(*) AS n FROM records WHERE {column} IS NOT NULL GROUP BY {column})"
    ).fetchall()[0][0]
    return bool(pairs >= 100)


def _share_of_matches(con: duckdb.DuckDBPyConnection, model: Model) -> float:
    """How likely two random records are the same: pairs that agree on any sure key, over their recall."""
    rules = []
    for columns in model.sure:
        name = ", ".join(columns)
        present = " AND ".join(f"{column} IS NOT NULL" for column in columns)
        rules.append(
            f"SELECT l.unique_id AS a, r.unique_id AS b FROM (SELECT * FROM records WHERE {present}) l"
            f" JOIN (SELECT * FROM records WHERE {present}) r USING ({name}) JOIN"
            f" (SELECT {name} FROM records WHERE {present} GROUP BY {name} HAVING count(*) BETWEEN 2 AND {SURE_BLOCK})"
            f" USING ({name}) WHERE l.unique_id < r.unique_id"
        )
    pairs = con.execute(f"SELECT count(*) FROM ({' UNION '.join(rules)})").fetchall()[0][0]
    count = con.execute("SELECT count(*) FROM records").fetchall()[0][0]
    total = max(count * (count - 1) / 2, 1)
    return float(min(max(pairs / SURE_RECALL, 1.0) / total, 0.2))


def sound(parameters: dict[str, Any], prior: dict[str, Any]) -> dict[str, Any]:
    """Trained parameters mixed with a little of the shipped ones, and in place of what could not be learned.

    Random pairs hold some matches (the share is known), which would make agreement seem common among strangers:
    their part, share · m, is taken out of u.
    """
    share = parameters["probability_two_random_records_match"]
    priors = {one["output_column_name"]: one["comparison_levels"] for one in prior["comparisons"]}
    for comparison in parameters["comparisons"]:
        before = {level["label_for_charts"]: level for level in priors[comparison["output_column_name"]]}
        for level in comparison["comparison_levels"]:
            if level.get("is_null_level"):
                continue
            start = before[level["label_for_charts"]]
            if level.get("fix_u_probability"):
                continue
            m, u = (_number(level.get(name), start[name]) for name in ("m_probability", "u_probability"))
            m = (1 - PRIOR_WEIGHT) * m + PRIOR_WEIGHT * start["m_probability"]
            u = max((u - share * m) / (1 - share), min(u, start["u_probability"]))
            level["m_probability"], level["u_probability"] = _bounded(m), _bounded(u)
    return parameters


def _number(value: Any, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float) and not math.isnan(value) else otherwise


def _bounded(value: float) -> float:
    return min(max(value, 1e-7), 0.9999999)


def with_parameters(settings: dict[str, Any], stored: dict[str, Any]) -> dict[str, Any]:
    """Settings with the parameters of an earlier training laid in, level by level."""
    known = {one["output_column_name"]: one["comparison_levels"] for one in stored["comparisons"]}
    for comparison in settings["comparisons"]:
        learned = {
            level["label_for_charts"]: level for level in known.get(comparison["output_column_name"], [])
        }
        for level in comparison["comparison_levels"]:
            if level.get("is_null_level") or level["label_for_charts"] not in learned:
                continue
            for name in ("m_probability", "u_probability"):
                level[name] = learned[level["label_for_charts"]].get(name, level[name])
    settings["probability_two_random_records_match"] = stored["probability_two_random_records_match"]
    return settings
