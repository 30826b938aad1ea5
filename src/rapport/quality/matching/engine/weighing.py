"""How alike the records of a pair are, as SQL made from the model: levels of agreement and their weights."""

from __future__ import annotations

import math
from typing import Any

import duckdb

from rapport.quality.matching.engine.spec import Comparison, Model

# How common a value is cannot be told from fewer records.
FEW_TERMS = 1000
# No value counts as rarer than this.
RAREST = 1e-6


def make_comparable(con: duckdb.DuckDBPyConnection, comparisons: tuple[Comparison, ...]) -> None:
    """The table `compared`: of each record (by rid) the columns that are compared, and for each term its rarity in
    bits among the *other* records: a duplicate makes no name common.
    """
    total = max(con.execute("SELECT count(*) FROM records").fetchall()[0][0], FEW_TERMS)
    joins, terms = (
        [],
        sorted({level.term for comparison in comparisons for level in comparison.levels if level.term}),
    )
    columns = [f"r.{column}" for column in sorted(_columns(con, comparisons))]
    for term in terms:
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE terms_{term} AS SELECT {term}, count(*) AS n FROM records"
            f" WHERE {term} IS NOT NULL GROUP BY {term} HAVING n > 1"
        )
        joins.append(f"LEFT JOIN terms_{term} ON r.{term} = terms_{term}.{term}")
        share = f"coalesce(terms_{term}.n - 1, 0.5) / {total}::DOUBLE"
        columns.append(
            f"CASE WHEN r.{term} IS NOT NULL THEN -log2(greatest({share}, {RAREST})) END::FLOAT AS rare_{term}"
        )
    con.execute(
        f"CREATE OR REPLACE TABLE compared AS SELECT r.rid, {', '.join(columns)} FROM records r {' '.join(joins)}"
    )
    for term in terms:
        con.execute(f"DROP TABLE terms_{term}")


def _columns(con: duckdb.DuckDBPyConnection, comparisons: tuple[Comparison, ...]) -> set[str]:
    """The columns of `records` that the comparisons speak of."""
    text = " ".join(
        " ".join([*comparison.columns, *(level.sql for level in comparison.levels)])
        for comparison in comparisons
    )
    every = [row[0] for row in con.execute("DESCRIBE records").fetchall()]
    return {
        name
        for name in every
        if f"{name}_l" in text or any(name in comparison.columns for comparison in comparisons)
    }


def joined(con: duckdb.DuckDBPyConnection, pairs: str) -> str:
    """SQL of the pairs (rid_l, rid_r) with the columns of both records, x_l and x_r."""
    names = [row[0] for row in con.execute("DESCRIBE compared").fetchall()]
    both = ", ".join(f"{side}.{name} AS {name}_{side}" for name in names for side in "lr")
    return (
        f"SELECT {both} FROM {pairs} p JOIN compared l ON l.rid = p.rid_l JOIN compared r ON r.rid = p.rid_r"
    )


def gamma(comparison: Comparison) -> str:
    """SQL of the level on which a pair falls: -1 says nothing, 0 is "else", the highest is the best."""
    absent = " AND ".join(f"({column}_l IS NULL OR {column}_r IS NULL)" for column in comparison.columns)
    best = len(comparison.levels)
    whens = " ".join(f"WHEN {level.sql} THEN {best - place}" for place, level in enumerate(comparison.levels))
    return f"(CASE WHEN {absent} THEN -1 {whens} ELSE 0 END)::TINYINT"


def weight(comparison: Comparison, learned: dict[str, dict[str, Any]]) -> str:
    """SQL of what a level is worth in bits: the logarithm to base 2 of m/u.

    Where agreement on a value is part of a level, u is that of *any* common value; of it stays how often strangers who
    agree on a value reach this level, times how common the value at hand is.
    """
    best, whens = len(comparison.levels), []
    for place, level in enumerate(comparison.levels):
        bits = _bits(learned[level.name])
        if level.term:
            bits += math.log2(
                sum(learned[one.name]["u_probability"] for one in comparison.levels if one.term == level.term)
            )
            rare = f"coalesce(least(rare_{level.term}_l, rare_{level.term}_r), 0)"
            whens.append(f"WHEN {best - place} THEN {bits:.6f} + {rare}")
        else:
            whens.append(f"WHEN {best - place} THEN {bits:.6f}")
    name = f"gamma_{comparison.name}"
    return f"(CASE {name} {' '.join(whens)} WHEN 0 THEN {_bits(learned['else']):.6f} ELSE 0 END)::FLOAT"


def _bits(level: dict[str, Any]) -> float:
    return math.log2(level["m_probability"] / level["u_probability"])


def compare(con: duckdb.DuckDBPyConnection, model: Model, parameters: dict[str, Any], *, floor: float) -> int:
    """Leaves the pairs of `blocked` that are at least `floor` likely in the table `scored`, with level and weight of
    each comparison; returns how many.
    """
    learned = {
        parameter["output_column_name"]: {
            level["label_for_charts"]: level for level in parameter["comparison_levels"]
        }
        for parameter in parameters["comparisons"]
    }
    used = [comparison for comparison in model.comparisons if comparison.name in learned]
    gammas = ", ".join(f"{gamma(comparison)} AS gamma_{comparison.name}" for comparison in used)
    weights = ", ".join(
        f"{weight(comparison, learned[comparison.name])} AS weight_{comparison.name}" for comparison in used
    )
    share = parameters["probability_two_random_records_match"]
    total = " + ".join(
        [f"{math.log2(share / (1 - share)):.6f}", *(f"weight_{comparison.name}" for comparison in used)]
    )
    names = ", ".join(f"gamma_{comparison.name}, weight_{comparison.name}" for comparison in used)
    least = math.log2(floor / (1 - floor)) if 0 < floor < 1 else -1e9
    levels = f"SELECT *, {gammas} FROM ({joined(con, 'blocked')})"
    con.execute(
        f"CREATE OR REPLACE TABLE scored AS SELECT rid_l, rid_r, ({total})::DOUBLE AS match_weight, {names}"
        f" FROM (SELECT *, {weights} FROM ({levels})) WHERE match_weight >= {least}"
    )
    return int(con.execute("SELECT count(*) FROM scored").fetchall()[0][0])
