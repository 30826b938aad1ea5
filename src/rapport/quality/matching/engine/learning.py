"""What the levels are worth, learned from the data at hand without labels."""

from __future__ import annotations

import copy
import math
import random
from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np

from rapport.quality.matching.engine import em
from rapport.quality.matching.engine.spec import Comparison, Model
from rapport.quality.matching.engine.weighing import against, gamma, joined, rarity

TRAINING_PAIRS = 400_000
RANDOM_PAIRS = 2_000_000
# How many of all matches agree on a sure key, as Splink takes it (moj-analytical-services/splink#734).
SURE_RECALL = 0.7
SURE_BLOCK = 50
# The share of matches that agree on no sure key may be this many times larger or smaller than those keys say.
OTHER_STARTS = (0.1, 10.0, 100.0)
# A level that random pairs never reach is at most so likely among them, in pairs.
HALF = 0.5

Report = Callable[[float, str], None]
# {comparison: {level: m and u}}.
Levels = dict[str, dict[str, dict[str, float]]]


def learn(con: duckdb.DuckDBPyConnection, model: Model, filled: set[str], report: Report) -> dict[str, Any]:
    """The parameters: u from random pairs; m and the share of matches by expectation maximisation over all blocked
    pairs, from several shares to start with, of which what sure keys say is one.
    """
    used = model.used(filled)
    parameters = model.shipped(filled, share_by_sure_keys(con, model))
    report(0.35, "learn")
    _learn_u(con, used, parameters)
    report(0.4, "learn")
    shipped = model.shipped(filled, 0.0)["levels"]
    part = _take_training_pairs(con, model, used)
    random_pairs = copy.deepcopy(parameters["levels"])
    for _round in range(2):
        patterns = _patterns(con, model, used, parameters["levels"], part)
        _learn_m(used, patterns, parameters, shipped)
        _take_matches_out_of_u(used, parameters, random_pairs, shipped)
    con.execute("DROP TABLE training")
    return parameters


def _take_matches_out_of_u(
    used: tuple[Comparison, ...], parameters: dict[str, Any], random_pairs: Levels, shipped: Levels
) -> None:
    """Random pairs hold some matches (the share is known by now), which would make agreement seem common among
    strangers: their part, share · m, is taken out of u.
    """
    share = parameters["share"]
    for comparison in used:
        for name, level in parameters["levels"][comparison.name].items():
            if name not in comparison.fixed:
                seen = random_pairs[comparison.name][name]["u"]
                least = min(seen, shipped[comparison.name][name]["u"])
                level["u"] = _bounded(max((seen - share * level["m"]) / (1 - share), least))


def _learn_u(
    con: duckdb.DuckDBPyConnection, used: tuple[Comparison, ...], parameters: dict[str, Any]
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
    gammas = ", ".join(f"{gamma(comparison)} AS gamma_{comparison.name}" for comparison in used)
    con.execute(f"CREATE OR REPLACE TEMP TABLE met AS SELECT {gammas} FROM ({joined(con, 'strangers')})")
    for comparison in used:
        counts = dict(con.execute(f"SELECT gamma_{comparison.name}, count(*) FROM met GROUP BY 1").fetchall())
        seen = sum(number for level, number in counts.items() if level >= 0)
        levels = parameters["levels"][comparison.name]
        for place, name in enumerate(comparison.level_names):
            if seen and name not in comparison.fixed:
                number = counts.get(place, 0)
                shipped = levels[name]["u"]
                levels[name]["u"] = _bounded(number / seen if number else min(shipped, HALF / seen))
    con.execute("DROP TABLE strangers; DROP TABLE met")


def _learn_m(
    used: tuple[Comparison, ...],
    patterns: em.Patterns,
    parameters: dict[str, Any],
    shipped: Levels,
) -> None:
    weights = []
    for comparison in used:
        levels = parameters["levels"][comparison.name]
        prior = np.array([shipped[comparison.name][name]["m"] for name in comparison.level_names])
        off = against(comparison, levels)
        weights.append(
            em.Weights(
                prior=prior / prior.sum(),
                m=prior,
                against=np.array([off[name] for name in comparison.level_names]),
                learned=np.array([name not in comparison.fixed for name in comparison.level_names]),
                most=np.array(comparison.most()),
                group=comparison.group,
            )
        )
    start = parameters["share"]
    fitted = em.fit(patterns, weights, [start, *(min(start * factor, 0.2) for factor in OTHER_STARTS)])
    parameters["share"] = fitted.share
    for comparison, values in zip(used, fitted.m, strict=True):
        levels = parameters["levels"][comparison.name]
        for name, value in zip(comparison.level_names, values, strict=True):
            levels[name]["m"] = _bounded(float(value))


def _take_training_pairs(con: duckdb.DuckDBPyConnection, model: Model, used: tuple[Comparison, ...]) -> int:
    """The blocked pairs, or one of so many as is returned, with their levels, into the table `training`."""
    blocked = con.execute("SELECT count(*) FROM blocked").fetchall()[0][0]
    part: int = max(1, round(blocked / TRAINING_PAIRS))
    pairs = f"(SELECT * FROM blocked WHERE hash(rid_l, rid_r) % {part} = 0)" if part > 1 else "blocked"
    gammas = ", ".join(f"{gamma(comparison)} AS gamma_{comparison.name}" for comparison in used)
    columns = ("rare_", "scarce_", *model.places)
    kept = [row[0] for row in con.execute("DESCRIBE compared").fetchall() if row[0].startswith(columns)]
    sides = "".join(f", {name}_{side}" for name in kept for side in "lr")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE training AS SELECT {gammas}{sides} FROM ({joined(con, pairs)})"
    )
    return part


def _patterns(
    con: duckdb.DuckDBPyConnection, model: Model, used: tuple[Comparison, ...], levels: Levels, part: int
) -> em.Patterns:
    """The training pairs by pattern of agreement; each stands for `part` pairs."""
    rare = {of.name: rarity(model, of, levels[of.name]) for of in used}
    names = ", ".join(f"gamma_{name}, round({bits}) AS rare_{name}" for name, bits in rare.items())
    rows = con.execute(f"SELECT {names}, count(*) AS n FROM training GROUP BY ALL").fetchnumpy()
    records = con.execute("SELECT count(*) FROM records").fetchall()[0][0]
    return em.Patterns(
        gammas=np.stack(
            [np.asarray(rows[f"gamma_{comparison.name}"], dtype=np.int64) for comparison in used], axis=1
        ),
        rare=np.stack(
            [np.asarray(rows[f"rare_{comparison.name}"], dtype=np.float64) for comparison in used], axis=1
        ),
        counts=np.asarray(rows["n"], dtype=np.float64) * part,
        total=max(records * (records - 1) / 2, 1.0),
    )


def share_by_sure_keys(con: duckdb.DuckDBPyConnection, model: Model) -> float:
    """How likely two random records are the same: pairs that agree on any sure key, over their recall. Where to start
    from, not what is believed: where every duplicate has a slip, no pair agrees on any.
    """
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


def _bounded(value: float) -> float:
    return min(max(value, 1e-7), 0.9999999)


def with_parameters(parameters: dict[str, Any], stored: dict[str, Any]) -> dict[str, Any]:
    """Parameters with those of an earlier training laid in, level by level."""
    for name, levels in parameters["levels"].items():
        for level, values in stored["levels"].get(name, {}).items():
            if level in levels:
                levels[level] |= values
    return parameters | {"share": stored["share"]}
