"""What the levels are worth, learned from the data at hand without labels."""

from __future__ import annotations

import logging
import math
import random
import warnings
from collections.abc import Callable
from typing import Any

import duckdb

from rapport.quality.matching.engine.spec import Model
from rapport.quality.matching.engine.weighing import gamma, joined

TRAINING_PAIRS = 400_000
RANDOM_PAIRS = 2_000_000
SURE_RECALL = 0.7
SURE_BLOCK = 50
# Share of the shipped parameters in the trained ones, so that a level never seen is not impossible.
PRIOR_WEIGHT = 0.05

Report = Callable[[float, str], None]


def learn(
    con: duckdb.DuckDBPyConnection, model: Model, filled: set[str], notes: list[str], report: Report
) -> dict[str, Any]:
    """Splink's parameters: u from random pairs, the share of matches from sure pairs, m by expectation maximisation
    per block. What could not be learned from a block is put into `notes`.
    """
    warnings.filterwarnings("ignore")
    logging.getLogger("splink").setLevel(logging.ERROR)
    from splink import DuckDBAPI, Linker

    report(0.15, "learn")
    settings = model.settings(filled)
    _learn_u(con, model, filled, settings)
    settings["probability_two_random_records_match"] = share_of_matches(con, model)
    linker = Linker(DuckDBAPI(connection=con).register("compared"), settings, log_level=None)
    records = con.execute("SELECT count(*) FROM records").fetchall()[0][0]
    blocks = [block for block in model.training if all(_trainable(con, column) for column in block)]
    for number, block in enumerate(blocks):
        report(0.2 + 0.3 * number / len(blocks), "learn")
        rule = " AND ".join(f"l.{column} = r.{column}" for column in block)
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(
                rule,
                estimate_without_term_frequencies=True,
                max_pairs=TRAINING_PAIRS,
                record_sample_proportion=min(1.0, 100_000 / records),
            )
        except Exception as error:  # Splink raises several kinds when a block has no pairs to learn from
            notes.append(f"{'+'.join(block)}: {type(error).__name__}")
    return sound(linker.misc.save_model_to_json(), model.settings(filled))


def _learn_u(
    con: duckdb.DuckDBPyConnection, model: Model, filled: set[str], settings: dict[str, Any]
) -> None:
    """How often strangers agree, from pairs taken at random: each record beside those at a few random distances."""
    records = con.execute("SELECT count(*) FROM records").fetchall()[0][0]
    wanted = min(RANDOM_PAIRS, max(400_000, 100 * records))
    far = range(1, (records + 1) // 2)
    distances = random.Random(1).sample(far, min(len(far), math.ceil(wanted / records)))  # noqa: S311 - no secret
    con.execute(
        "CREATE OR REPLACE TEMP TABLE strangers AS SELECT rid AS rid_l, ((rid + far) % ?)::INTEGER AS rid_r"
        " FROM compared, unnest(?::INTEGER[]) AS d (far)",
        [records, distances],
    )
    used = model.used(filled)
    gammas = ", ".join(f"{gamma(comparison)} AS gamma_{comparison.name}" for comparison in used)
    con.execute(f"CREATE OR REPLACE TEMP TABLE met AS SELECT {gammas} FROM ({joined(con, 'strangers')})")
    for comparison, written in zip(used, settings["comparisons"], strict=True):
        counts = dict(con.execute(f"SELECT gamma_{comparison.name}, count(*) FROM met GROUP BY 1").fetchall())
        seen = sum(number for level, number in counts.items() if level >= 0)
        value = {name: counts.get(place, 0) for place, name in enumerate(comparison.level_names)}
        for level in written["comparison_levels"]:
            if not level.get("is_null_level") and not level.get("fix_u_probability") and seen:
                number = value[level["label_for_charts"]]
                level["u_probability"] = number / seen if number else min(level["u_probability"], 0.5 / seen)
    con.execute("DROP TABLE strangers; DROP TABLE met")


def _trainable(con: duckdb.DuckDBPyConnection, column: str) -> bool:
    pairs = con.execute(
        f"SELECT coalesce(sum(n * (n - 1) / 2), 0) FROM"
        f" (SELECT count(*) AS n FROM records WHERE {column} IS NOT NULL GROUP BY {column})"
    ).fetchall()[0][0]
    return bool(pairs >= 100)


def share_of_matches(con: duckdb.DuckDBPyConnection, model: Model) -> float:
    """How likely two random records are the same: pairs that agree on any sure key, over their recall."""
    con.execute("CREATE OR REPLACE TEMP TABLE sure (pair BIGINT)")
    for columns in model.sure:
        name, present = ", ".join(columns), " AND ".join(f"{column} IS NOT NULL" for column in columns)
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE alike AS SELECT hash({name}) AS h, rid, count(*) OVER (PARTITION BY h) AS n"
            f" FROM records WHERE {present} QUALIFY n BETWEEN 2 AND {SURE_BLOCK}"
        )
        con.execute(
            "INSERT INTO sure SELECT (l.rid::BIGINT << 32) | r.rid FROM alike l JOIN alike r"
            " ON l.h = r.h AND l.rid < r.rid"
        )
    pairs = con.execute("SELECT count(DISTINCT pair) FROM sure").fetchall()[0][0]
    con.execute("DROP TABLE sure; DROP TABLE alike")
    count = con.execute("SELECT count(*) FROM records").fetchall()[0][0]
    total = max(count * (count - 1) / 2, 1)
    return float(min(max(pairs / SURE_RECALL, 1.0) / total, 0.2))


def sound(parameters: dict[str, Any], prior: dict[str, Any]) -> dict[str, Any]:
    """Trained parameters mixed with a little of the shipped ones, and in place of what could not be learned.

    Random pairs hold some matches (the share is known), which would make agreement seem common among strangers:
    their part, share · m, is taken out of u.
    """
    share = parameters["probability_two_random_records_match"]
    priors = {
        comparison["output_column_name"]: comparison["comparison_levels"]
        for comparison in prior["comparisons"]
    }
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
    levels = {
        comparison["output_column_name"]: comparison["comparison_levels"]
        for comparison in stored["comparisons"]
    }
    for comparison in settings["comparisons"]:
        learned = {
            level["label_for_charts"]: level for level in levels.get(comparison["output_column_name"], [])
        }
        for level in comparison["comparison_levels"]:
            if level.get("is_null_level") or level["label_for_charts"] not in learned:
                continue
            for name in ("m_probability", "u_probability"):
                level[name] = learned[level["label_for_charts"]].get(name, level[name])
    settings["probability_two_random_records_match"] = stored["probability_two_random_records_match"]
    return settings
