"""ClickHouse's part: each table's parts are linked into a table beside it, which stands still and is read in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rapport.config.backup.archive import PIECE, Damaged
from rapport.core import clickhouse
from rapport.core.clickhouse_cluster import table_of

Progress = Callable[[str, int], None]
PREFIX = "backup_of_"
_COLUMNS = (
    "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {table:String}"
    " AND default_kind NOT IN ('ALIAS', 'MATERIALIZED') ORDER BY position"
)
_STORED_PARTS = (
    "SELECT name, rows, data_uncompressed_bytes AS size, partition_id FROM system.parts"
    " WHERE database = currentDatabase() AND table = {table:String} AND active"
    " ORDER BY partition_id, min_block_number"
)


def names() -> list[str]:
    """The registered tables whose rows are stored, in the order of the schema."""
    stored = clickhouse.rows(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
    )
    present = {row["name"] for row in stored}
    return [name for ddl in clickhouse.SCHEMA if (name := table_of(ddl)) and name in present]


def freeze(table: str) -> None:
    """Links the parts of this moment; takes neither time nor room."""
    still = f"{PREFIX}{table}"
    clickhouse.execute(f"DROP TABLE IF EXISTS `{still}` SYNC")
    clickhouse.execute(f"CREATE TABLE `{still}` AS `{table}`")
    clickhouse.execute(f"SYSTEM STOP MERGES `{still}`")
    for partition in sorted(
        {row["partition_id"] for row in clickhouse.rows(_STORED_PARTS, {"table": table})}
    ):
        clickhouse.execute(f"ALTER TABLE `{still}` ATTACH PARTITION ID '{partition}' FROM `{table}`")


def release() -> None:
    """Removes what `freeze` made, also of a backup that was killed."""
    for row in clickhouse.rows(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, {prefix:String})",
        {"prefix": PREFIX},
    ):
        clickhouse.execute(f"DROP TABLE IF EXISTS `{row['name']}` SYNC")


def about(table: str) -> dict[str, Any]:
    """Columns, rows and bytes of what stands still."""
    still = {"table": f"{PREFIX}{table}"}
    return {
        "columns": [row["name"] for row in clickhouse.rows(_COLUMNS, still)],
        "rows": int(clickhouse.scalar(f"SELECT count() FROM `{PREFIX}{table}`")),
        "size": sum(row["size"] for row in clickhouse.rows(_STORED_PARTS, still)),
    }


def dump(table: str, columns: list[str], progress: Progress) -> Iterator[bytes]:
    """Blocks in ClickHouse's own binary format."""
    still, listed = f"{PREFIX}{table}", ", ".join(f"`{name}`" for name in columns)
    for part in clickhouse.rows(_STORED_PARTS, {"table": still}):
        step = max(1_000, part["rows"] * PIECE * 2 // max(1, part["size"]))
        for start in range(0, part["rows"], step):
            yield clickhouse.client().raw_query(
                f"SELECT {listed} FROM `{still}` WHERE _part = {{part:String}}"
                " AND _part_offset >= {start:UInt64} AND _part_offset < {end:UInt64}",
                parameters={"part": part["name"], "start": start, "end": start + step},
                fmt="Native",
            )
            progress(table, part["size"] * min(step, part["rows"] - start) // part["rows"])


def is_empty() -> bool:
    clickhouse.migrate()
    return not any(clickhouse.scalar(f"SELECT count() FROM `{name}`") for name in names())


def prepare() -> None:
    """Makes the tables without what fills one from another, which would count everything twice."""
    clickhouse.migrate()
    for row in clickhouse.rows(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'MaterializedView'"
    ):
        clickhouse.execute(f"DROP VIEW IF EXISTS `{row['name']}` SYNC")


def load(table: str, columns: list[str], block: bytes) -> None:
    if block:
        clickhouse.client().raw_insert(
            table,
            column_names=columns,
            insert_block=block,
            fmt="Native",
            settings={"insert_deduplicate": 0, "max_partitions_per_insert_block": 0},
        )


def finish(tables: dict[str, Any]) -> None:
    """Puts the views back and compares the counts. Raises Damaged."""
    clickhouse.migrate()
    for name, table in tables.items():
        count = int(clickhouse.scalar(f"SELECT count() FROM `{name}`"))
        # Merging may have joined rows already, never added any.
        if count > table["rows"] or (table["rows"] and not count):
            raise Damaged(f"{name} has {count} rows after the restore and {table['rows']} in the backup.")
