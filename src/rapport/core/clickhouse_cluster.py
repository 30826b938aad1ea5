"""Rewrites table statements for a ClickHouse cluster: local, replicated and distributed tables.

Every table becomes two: `events_local`, replicated, holds a shard's rows on each of its replicas; `events`, of engine
Distributed, is what the program reads and writes. Rows of a person lie on one shard (by the person's id), so that what
FINAL and deduplication compare is never on two. Nothing else in the program knows of this.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

# A subquery over one distributed table inside another is asked once and sent to all shards, so that it means the whole
# table wherever it stands; an insert returns when the shards have it; shards that cannot hold the person are not asked;
# all read and write at the first replica that is up, so that what was written is seen.
SETTINGS: dict[str, str | int] = {
    "distributed_product_mode": "global",
    "distributed_foreground_insert": 1,
    "optimize_skip_unused_shards": 1,
    "load_balancing": "in_order",
}
# With Keeper, an insert is acknowledged by most replicas, so that losing one loses nothing.
REPLICATED_SETTINGS: dict[str, str | int] = {"insert_quorum": "auto", "distributed_ddl_task_timeout": 120}
_TABLE = re.compile(
    r"^\s*CREATE TABLE IF NOT EXISTS (?P<name>\w+)\s*\((?P<columns>.*)\)\s*"
    r"ENGINE\s*=\s*(?P<engine>\w*MergeTree)(?:\((?P<arguments>[^)]*)\))?\s*(?P<tail>.*)$",
    re.DOTALL,
)
# Rows that only help a query along, kept in the memory of the server that took them.
_PASSING = re.compile(_TABLE.pattern.replace(r"\w*MergeTree", "Memory"), re.DOTALL)
_VIEW = re.compile(
    r"^\s*CREATE MATERIALIZED VIEW IF NOT EXISTS (?P<name>\w+)\s+TO (?P<target>\w+)\s+AS\s(?P<query>.*)$",
    re.DOTALL,
)
_ALTER = re.compile(r"^\s*ALTER TABLE (?P<name>\w+)\s+(?P<change>.*)$", re.DOTALL)
# Statements about the stored rows themselves; a Distributed table has none.
_STORED = re.compile(
    r"^\s*(?P<verb>ALTER TABLE|TRUNCATE TABLE|OPTIMIZE TABLE|DELETE FROM)\s+`?(?P<name>\w+)`?"
)
_SOURCE = re.compile(r"\b(?P<verb>FROM|JOIN)\s+(?P<name>\w+)\b")


class NotForClusters(ValueError):
    """A registered statement has a form that cannot be made into one for a cluster; the message names it."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """The cluster as the servers' configuration calls it, and the database of ours on it.

    Without Keeper tables are not replicated and no statement is spread: `rapport migrate` then runs once per server.
    """

    name: str
    database: str
    keeper: bool = True

    @property
    def on(self) -> str:
        return f" ON CLUSTER `{self.name}`" if self.keeper else ""

    @property
    def settings(self) -> dict[str, str | int]:
        return SETTINGS | (REPLICATED_SETTINGS if self.keeper else {})

    def statements(self, ddl: str, tables: Collection[str]) -> list[str]:
        """What one registered statement is on this cluster. Raises NotForClusters."""
        if match := _TABLE.match(ddl):
            return [self._local(match), self._distributed(match)]
        if match := _PASSING.match(ddl):
            # Whoever asks, any server may answer: the rows are sought on all of them.
            return [self._local(match, replicated=False), self._distributed(match)]
        if match := _VIEW.match(ddl):
            query = _SOURCE.sub(lambda source: _renamed(source, tables), match["query"])
            return [
                f"CREATE MATERIALIZED VIEW IF NOT EXISTS {match['name']}{self.on} TO {match['target']}_local AS {query}"
            ]
        if match := _ALTER.match(ddl):
            name, change = match["name"], match["change"]
            return [f"ALTER TABLE {table}{self.on} {change}" for table in (f"{name}_local", name)]
        raise NotForClusters(f"cannot be made for a cluster: {ddl[:80]}")

    def routed(self, sql: str, tables: Collection[str]) -> str:
        """A statement about stored rows goes to where they are, on all shards; any other stays as it is."""
        match = _STORED.match(sql)
        if match is None or match["name"] not in tables:
            return sql
        return f"{match['verb']} {match['name']}_local{self.on}{sql[match.end() :]}"

    def _local(self, table: re.Match[str], *, replicated: bool = True) -> str:
        engine, arguments, tail = table["engine"], table["arguments"] or "", table["tail"]
        if self.keeper and replicated:
            path = "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'"
            arguments = f"{path}, {arguments}" if arguments else path
            engine = f"Replicated{engine}"
            tail = re.sub(r"\bnon_replicated_deduplication_window\b", "replicated_deduplication_window", tail)
        return (
            f"CREATE TABLE IF NOT EXISTS {table['name']}_local{self.on} ({table['columns']})"
            f" ENGINE = {engine}{f'({arguments})' if arguments else ''} {tail}"
        )

    def _distributed(self, table: re.Match[str]) -> str:
        name = table["name"]
        by_person = re.search(r"\bperson_id\s+UUID\b", table["columns"])
        key = "cityHash64(person_id)" if by_person else "rand()"
        return (
            f"CREATE TABLE IF NOT EXISTS {name}{self.on} AS {name}_local"
            f" ENGINE = Distributed(`{self.name}`, `{self.database}`, {name}_local, {key})"
        )


def _renamed(source: re.Match[str], tables: Collection[str]) -> str:
    name = source["name"]
    return f"{source['verb']} {name}_local" if name in tables else source[0]


def table_of(ddl: str) -> str | None:
    """The table that a statement creates, if it does."""
    match = _TABLE.match(ddl) or _PASSING.match(ddl)
    return match["name"] if match else None
