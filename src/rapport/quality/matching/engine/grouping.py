"""Which groups may be merged without asking: never two records that contradict each other, nor through a third."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from rapport.quality.matching.engine import scoring, weighing
from rapport.quality.matching.engine.clusters import Clusters, cluster

Ids = tuple[str, str]


def groups(
    con: duckdb.DuckDBPyConnection, kind: str, *, auto: float, review: float, apart: Iterable[Ids]
) -> Clusters:
    """Groups along the pairs of at least `auto`, in which nobody contradicts another or is kept `apart` from them.

    Two members may contradict each other without having been compared (one record between them is poor), so every
    pair within a group is looked at, and what contradicts parts the group anew.
    """
    likely = min(review, auto)
    rows = con.execute(
        "SELECT unique_id_l, unique_id_r, match_probability FROM pairs WHERE match_probability >= ?", [likely]
    ).fetchall()
    contradicting = con.execute("SELECT unique_id_l, unique_id_r FROM pairs WHERE contradicts").fetchall()
    parted = {*apart, *contradicting}
    while True:
        clusters = cluster(rows, threshold=auto, likely=review, apart=parted)
        inside = _contradicting_members(con, kind, clusters) - parted
        if not inside:
            return clusters
        parted |= inside


def _contradicting_members(con: duckdb.DuckDBPyConnection, kind: str, clusters: Clusters) -> set[Ids]:
    if not clusters.of:
        return set()
    con.execute(
        "CREATE OR REPLACE TEMP TABLE grouped AS SELECT rid, g FROM (SELECT unnest(?::VARCHAR[]) AS unique_id,"
        " unnest(?::VARCHAR[]) AS g) JOIN records USING (unique_id)",
        [[str(member) for member in clusters.of], [str(group) for group in clusters.of.values()]],
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE within AS SELECT l.rid AS rid_l, r.rid AS rid_r FROM grouped l JOIN grouped r"
        " ON l.g = r.g AND l.rid < r.rid"
    )
    rows = con.execute(
        f"SELECT l.unique_id, r.unique_id FROM ({weighing.joined(con, 'within')}) p JOIN records l ON l.rid = p.rid_l"
        f" JOIN records r ON r.rid = p.rid_r WHERE {weighing.contradicts(scoring.MODELS[kind])}"
    ).fetchall()
    return {(first, second) for first, second in rows}
