"""How alike the records of a pair are, as SQL made from the model: levels of agreement and their weights."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

import duckdb

from rapport.quality.matching.engine.spec import Comparison, Model

# How common a value is cannot be told from fewer records.
FEW_TERMS = 1000
# No value counts as rarer than this.
RAREST = 1e-6
# As how many people of a place the share in the wider place counts.
BELIEF = 100
# {level: m and u} of a comparison.
Levels = Mapping[str, Mapping[str, float]]


def make_comparable(con: duckdb.DuckDBPyConnection, model: Model, used: tuple[Comparison, ...]) -> None:
    """The table `compared`: of each record (by rid) the columns that are compared, and for each term its rarity in
    bits among the *other* people: a duplicate makes no name common. Names also have their rarity in their place.
    """
    terms = sorted({level.term for comparison in used for level in comparison.levels if level.term})
    joins: list[str] = []
    columns = [f"r.{column}" for column in sorted(_columns(con, model, used))]
    for term in terms:
        if term in model.scarce:
            columns.append(f"coalesce(terms_{term}.n - 1 <= {model.scarce[term]}, false) AS scarce_{term}")
        shares = _shares(con, model, term)
        for name, table, share, keys in shares:
            joins.append(f"LEFT JOIN {table} ON {' AND '.join(f'r.{key} = {table}.{key}' for key in keys)}")
            columns.append(
                f"CASE WHEN r.{term} IS NOT NULL THEN -log2(greatest({share}, {RAREST})) END::FLOAT AS {name}"
            )
    con.execute(
        f"CREATE OR REPLACE TABLE compared AS SELECT r.rid, {', '.join(columns)} FROM records r {' '.join(joins)}"
    )


def _shares(
    con: duckdb.DuckDBPyConnection, model: Model, term: str
) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """[(column of the rarity, table to join, SQL of the share of people with the same value, columns to join on)].

    Everywhere first, then in each place from wide to narrow, where the wider one's share counts as `BELIEF` people:
    P(surname | town) is near P(surname | country) until the town says otherwise.
    """
    who = model.distinct.get(term, model.distinct.get("", "rid"))
    total = f"greatest({_people(con, model)}, {FEW_TERMS})::DOUBLE"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE terms_{term} AS SELECT {term}, count(DISTINCT {who}) AS n FROM records"
        f" WHERE {term} IS NOT NULL GROUP BY {term}"
    )
    share = f"greatest(terms_{term}.n - 1, 0.5) / {total}"
    shares: list[tuple[str, str, str, tuple[str, ...]]] = [(f"rare_{term}", f"terms_{term}", share, (term,))]
    everyone = model.distinct.get("", "rid")
    for place in model.places if term in model.local else ():
        table = f"terms_{term}_{place}"
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS WITH whole AS (SELECT {place}, count(DISTINCT {everyone}) AS size"
            f" FROM records WHERE {place} IS NOT NULL GROUP BY {place}) SELECT {place}, {term},"
            f" count(DISTINCT {who}) AS n, any_value(size) AS size FROM records JOIN whole USING ({place})"
            f" WHERE {term} IS NOT NULL GROUP BY {place}, {term}"
        )
        local = f"((greatest({table}.n - 1, 0) + {BELIEF} * ({share})) / ({table}.size + {BELIEF}))"
        share = f"coalesce(greatest({share}, {local}), {share})"
        shares.append((f"rare_{term}_{place}", table, share, (place, term)))
    return shares


def _people(con: duckdb.DuckDBPyConnection, model: Model) -> int:
    who = model.distinct.get("", "rid")
    return int(con.execute(f"SELECT count(DISTINCT {who}) FROM records").fetchall()[0][0])


def _columns(con: duckdb.DuckDBPyConnection, model: Model, comparisons: tuple[Comparison, ...]) -> set[str]:
    """The columns of `records` that the comparisons and contradictions speak of."""
    levels = [level.sql for comparison in comparisons for level in comparison.levels]
    text = " ".join([*levels, *model.contradictions, *(f"{place}_l" for place in model.places)])
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


def rarity(model: Model, comparison: Comparison, levels: Levels) -> str:
    """SQL of the bits that the rarity of a shared value adds: nothing on levels that share none. Of names, what is
    rarer in the narrowest place that both share counts. A value that hardly anybody has is as rare as the values of
    its column are on the whole, at least: of a birthday that nobody else has among a thousand people is known more than
    that it is rarer than one in a thousand.
    """
    best, whens = len(comparison.levels), []
    for place, level in enumerate(comparison.levels):
        if level.term:
            bits = _rare(model, level.term)
            if level.term in model.scarce:
                whole = -math.log2(max(_sharing(comparison, levels, level.term), RAREST))
                bits = f"CASE WHEN scarce_{level.term}_l THEN greatest({bits}, {whole:.6f}) ELSE {bits} END"
            whens.append(f"WHEN {best - place} THEN {bits}")
    return f"(CASE gamma_{comparison.name} {' '.join(whens)} ELSE 0 END)" if whens else "0"


def _rare(model: Model, term: str) -> str:
    if term in model.products:
        sum_of_bits = " + ".join(_rare(model, part) for part in model.products[term])
        return f"least({_local(model, term)}, {sum_of_bits})"
    return _local(model, term)


def _local(model: Model, term: str) -> str:
    def both(name: str) -> str:
        return f"coalesce(least(rare_{name}_l, rare_{name}_r), 0)"

    if term not in model.local:
        return both(term)
    whens = " ".join(
        f"WHEN {place}_l = {place}_r THEN {both(f'{term}_{place}')}" for place in reversed(model.places)
    )
    return f"(CASE {whens} ELSE {both(term)} END)"


def _sharing(comparison: Comparison, levels: Levels, term: str) -> float:
    """How often strangers share a value of the term."""
    return sum(levels[level.name]["u"] for level in comparison.levels if level.term == term)


def against(comparison: Comparison, levels: Levels) -> dict[str, float]:
    """{level: bits that its m has against it, the rarity of a shared value left out}.

    Where agreement on a value is part of a level, u is that of *any* common value; of it stays how often strangers who
    agree on a value reach this level.
    """
    bits = {name: math.log2(values["u"]) for name, values in levels.items()}
    for level in comparison.levels:
        if level.term:
            bits[level.name] -= math.log2(_sharing(comparison, levels, level.term))
    return bits


def weight(model: Model, comparison: Comparison, levels: Levels) -> str:
    """SQL of what a level is worth in bits: the logarithm to base 2 of m/u, u with how common the value at hand is."""
    off = against(comparison, levels)
    whens = " ".join(
        f"WHEN {gamma} THEN {math.log2(levels[name]['m']) - off[name]:.6f}"
        for gamma, name in enumerate(comparison.level_names)
    )
    return f"(CASE gamma_{comparison.name} {whens} ELSE 0 END + {rarity(model, comparison, levels)})::FLOAT"


def contradicts(model: Model) -> str:
    """SQL of whether two records say of themselves that they are two people."""
    return " OR ".join([f"coalesce({sql}, false)" for sql in model.contradictions] or ["false"])


def compare(
    con: duckdb.DuckDBPyConnection,
    model: Model,
    filled: Collection[str],
    parameters: dict[str, Any],
    *,
    floor: float,
) -> int:
    """Leaves the pairs of `blocked` that are at least `floor` likely in the table `scored`, with level and weight of
    each comparison and whether they contradict each other; returns how many.
    """
    levels = parameters["levels"]
    used = [comparison for comparison in model.used(filled) if comparison.name in levels]
    gammas = ", ".join(f"{gamma(comparison)} AS gamma_{comparison.name}" for comparison in used)
    weights = ", ".join(
        f"{weight(model, comparison, levels[comparison.name])} AS alone_{comparison.name}"
        for comparison in used
    )
    counted = ", ".join(f"{_counted(comparison, used)} AS weight_{comparison.name}" for comparison in used)
    total = " + ".join(
        [f"{log_odds(parameters['share']):.6f}", *(f"weight_{comparison.name}" for comparison in used)]
    )
    names = ", ".join(f"gamma_{comparison.name}, weight_{comparison.name}" for comparison in used)
    least = log_odds(floor) if 0 < floor < 1 else -1e9
    pairs = f"SELECT *, {gammas} FROM ({joined(con, 'blocked')})"
    con.execute(
        f"CREATE OR REPLACE TABLE scored AS SELECT rid_l, rid_r, ({total})::DOUBLE AS match_weight, {names},"
        f" {contradicts(model)} AS contradicts"
        f" FROM (SELECT *, {counted} FROM (SELECT *, {weights} FROM ({pairs}))) WHERE match_weight >= {least}"
    )
    return int(con.execute("SELECT count(*) FROM scored").fetchall()[0][0])


def _counted(comparison: Comparison, used: list[Comparison]) -> str:
    """SQL of what a comparison adds: nothing where another of its group says more in the same direction."""
    name = f"alone_{comparison.name}"
    group = [other.name for other in used if other.group == comparison.group]
    if not comparison.group or len(group) == 1:
        return name
    place = group.index(comparison.name)
    # Of equally strong ones the first counts.
    stronger = " OR ".join(
        f"alone_{other} * sign({name}) {'>=' if number < place else '>'} abs({name})"
        for number, other in enumerate(group)
        if number != place
    )
    return f"(CASE WHEN {name} <> 0 AND ({stronger}) THEN 0 ELSE {name} END)"


def log_odds(probability: float) -> float:
    """In bits."""
    return math.log2(probability / (1 - probability))
