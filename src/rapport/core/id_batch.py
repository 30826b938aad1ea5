"""Batches of person ids for queries to ClickHouse that are about thousands of persons: rows beside the query.

Thousands of ids inside a query are copied at every step of planning it: with 50 segments and 5,000 ids the
plan alone took 1.4 s; with the ids in a table, 0.3 s.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping, Sequence

from rapport.core import clickhouse

TABLE = "id_batch"
# The newest so many rows are kept, in memory; the queries of older ones have long been answered.
KEPT = 1_000_000


def register() -> None:
    """Registers the table with `core.clickhouse`."""
    clickhouse.SCHEMA.register(
        f"CREATE TABLE IF NOT EXISTS {TABLE} (batch UInt64, person_id UUID) ENGINE = Memory"
        f" SETTINGS min_rows_to_keep = {KEPT // 2}, max_rows_to_keep = {KEPT}",
        TABLE,
    )


def insert(person_ids: Sequence[uuid.UUID]) -> int:
    """Stores the ids for the query to come; returns the number of the batch for `subquery`."""
    batch = secrets.randbits(63)
    lines = "\n".join(f"{batch}\t{person_id}" for person_id in person_ids)
    clickhouse.client().raw_insert(TABLE, insert_block=lines.encode(), fmt="TSV")
    return batch


class BatchLost(Exception):
    """The engine was restarted between insert and query, so the answer is about nobody. Query again."""


def confirm(batches: Mapping[int, int]) -> None:
    """Makes sure that these batches {number: persons} were there while a query just answered read them.

    Raises BatchLost. Rows never come back, so what is there afterwards was there before.
    """
    for batch, size in batches.items():
        if clickhouse.scalar(f"SELECT count() FROM {TABLE} WHERE batch = {{b:UInt64}}", {"b": batch}) != size:
            raise BatchLost(f"batch {batch} of {size} persons is no longer in ClickHouse")


def subquery(batch: str) -> str:
    """A SELECT of `person_id`; `batch` is a placeholder of type UInt64."""
    return f"SELECT person_id FROM {TABLE} WHERE batch = {batch}"
