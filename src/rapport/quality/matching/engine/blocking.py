"""Which pairs are worth comparing: records that agree on a key, without the blocks that explode."""

from __future__ import annotations

import duckdb

from rapport.quality.matching.engine.spec import Key, Model

# A block of more records than this says little and costs its square.
LARGEST_BLOCK = 250
# So many pairs a record may bring to one key, before its largest blocks are split.
PAIRS_PER_RECORD = 2
FEWEST_PAIRS = 1_000_000


def number(con: duckdb.DuckDBPyConnection) -> None:
    """Numbers `records`: `rid` from 0 in the order of unique_id (text compares slowly, numbers do not), and whether
    each is fresh (only pairs with a fresh record are compared; without that column, all are).
    """
    columns = {row[0] for row in con.execute("DESCRIBE raw").fetchall()}
    fresh = "coalesce(raw.fresh, 't') IN ('t', 'true')" if "fresh" in columns else "true"
    con.execute(
        "CREATE OR REPLACE TABLE records AS SELECT (row_number() OVER (ORDER BY unique_id) - 1)::INTEGER AS rid,"
        f" {fresh} AS fresh, records.* FROM records JOIN raw USING (unique_id)"
    )


def block(con: duckdb.DuckDBPyConnection, model: Model) -> int:
    """Leaves the pairs to compare in the table `blocked` (rid_l, rid_r), each once; returns how many blocks were
    too large even when split.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE together (pair BIGINT)")
    budget = max(
        FEWEST_PAIRS, PAIRS_PER_RECORD * con.execute("SELECT count(*) FROM records").fetchall()[0][0]
    )
    skipped = sum(_add(con, key, budget) for key in model.keys.values())
    con.execute(
        "CREATE OR REPLACE TABLE blocked AS SELECT (pair >> 32)::INTEGER AS rid_l,"
        " (pair & 4294967295)::INTEGER AS rid_r FROM (SELECT DISTINCT pair FROM together)"
    )
    con.execute("DROP TABLE together")
    return skipped


def _add(con: duckdb.DuckDBPyConnection, key: Key, budget: int) -> int:
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE keyed AS SELECT hash({key.sql}) AS h, rid FROM records"
        f" WHERE ({key.sql}) IS NOT NULL"
    )
    left_out = _pair_up(con, budget)
    if not left_out:
        return 0
    # What explodes is cut smaller by each further column: common names by town, common towns by initial.
    selects = [
        f"SELECT hash(h, {place}, {sql}) AS h, rid FROM large JOIN records USING (rid) WHERE ({sql}) IS NOT NULL"
        for place, sql in enumerate(key.further)
    ]
    if not selects:
        return left_out
    con.execute(f"CREATE OR REPLACE TEMP TABLE keyed AS {' UNION ALL '.join(selects)}")
    return _pair_up(con, budget)


def _pair_up(con: duckdb.DuckDBPyConnection, budget: int) -> int:
    """Adds the pairs within the blocks of `keyed`, smallest blocks first, as long as the budget lasts; returns how
    many blocks are larger than that, and leaves their members in `large`.
    """
    con.execute(
        "CREATE OR REPLACE TEMP TABLE blocks AS SELECT h, count(*) AS size, count(*) FILTER (NOT fresh) AS old"
        " FROM keyed JOIN records USING (rid) GROUP BY h HAVING size > 1 AND old < size"
    )
    cap = _cap(con, budget)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE members AS SELECT keyed.h, rid, fresh FROM keyed JOIN records USING (rid)"
        f" WHERE h IN (SELECT h FROM blocks WHERE size <= {cap})"
    )
    con.execute(
        "INSERT INTO together SELECT (l.rid::BIGINT << 32) | r.rid FROM members l JOIN members r"
        " ON l.h = r.h AND l.rid < r.rid AND (l.fresh OR r.fresh)"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE large AS SELECT h, rid FROM keyed"
        f" WHERE h IN (SELECT h FROM blocks WHERE size > {cap})"
    )
    return int(con.execute(f"SELECT count(*) FROM blocks WHERE size > {cap}").fetchall()[0][0])


def _cap(con: duckdb.DuckDBPyConnection, budget: int) -> int:
    """The largest block size at which the blocks stay within the budget."""
    sizes = con.execute(
        "SELECT size, sum(size * (size - 1) / 2 - old * (old - 1) / 2) FROM blocks"
        f" WHERE size <= {LARGEST_BLOCK} GROUP BY size ORDER BY size"
    ).fetchall()
    for size, pairs in sizes:
        budget -= pairs
        if budget < 0:
            return int(size) - 1
    return LARGEST_BLOCK
