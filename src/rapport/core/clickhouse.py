"""The one ClickHouse client, and the schema that apps register with it.

Works the same against the embedded engine process, a server and a cluster; only the URL differs.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from django.conf import settings
from django.utils.translation import gettext as _

from rapport.core import clickhouse_cluster
from rapport.core.registration import Registry

log = logging.getLogger("rapport.clickhouse")
# By process and address.
_clients: dict[tuple[int, str], Client] = {}


def client() -> Client:
    """This process's client. Raises clickhouse_connect's OperationalError while the engine is away.

    Its threads share it, which they may without a session: every page is answered in a thread of its own, and a new
    client first asks the engine for all its settings.
    """
    key = (os.getpid(), settings.CLICKHOUSE_URL)
    return _clients.get(key) or _clients.setdefault(key, connect(key[1]))


def connect(url: str, timeout: int = 120) -> Client:
    """A new client for `url` (http://user:password@host:port/database); `timeout` in seconds, for each answer.

    The engine gives up then too: what nobody waits for any more would slow down what somebody does.
    """
    split_url = urlsplit(url)
    return clickhouse_connect.get_client(
        host=split_url.hostname or "127.0.0.1",
        port=split_url.port or 8123,
        username=unquote(split_url.username or "default"),
        password=unquote(split_url.password or ""),
        database=split_url.path.lstrip("/") or "default",
        secure=split_url.scheme == "https",
        autogenerate_session_id=False,
        send_receive_timeout=timeout + 10,  # so that it is the engine that says it took too long
        form_encode_query_params=True,  # a list of values can be longer than an address may be
        settings={"date_time_input_format": "best_effort", "max_execution_time": timeout}
        | (own_cluster.settings if (own_cluster := cluster()) else {}),
    )


def rows(sql: str, parameters: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """All rows of a query as dictionaries; values only ever as bound parameters ({name:Type})."""
    result = client().query(sql, parameters=parameters or {})
    return [dict(zip(result.column_names, row, strict=True)) for row in result.result_rows]


def scalar(sql: str, parameters: dict[str, Any] | None = None) -> Any:
    """The first value of the first row, or None."""
    answer = client().query(sql, parameters=parameters or {}).result_rows
    return answer[0][0] if answer else None


def execute(sql: str, parameters: dict[str, Any] | None = None) -> None:
    """A statement without an answer; on a cluster, one about stored rows reaches every shard."""
    client().command(_routed(sql), parameters=parameters or {})


def insert_lines(table: str, lines: bytes, *, token: str) -> None:
    """Stores JSONEachRow lines; a block with the same token is stored once, however often it is sent."""
    client().raw_insert(
        INTAKES.get(table) or table,
        insert_block=lines,
        fmt="JSONEachRow",
        settings={
            "insert_deduplication_token": token,
            # A history import may touch any number of months.
            "max_partitions_per_insert_block": 0,
            "deduplicate_blocks_in_dependent_materialized_views": 1,
            "type_json_skip_duplicated_paths": 1,
            "date_time_input_format": "best_effort",
            # A text that looks like a date stays the text that was sent.
            "input_format_try_infer_dates": 0,
            "input_format_try_infer_datetimes": 0,
            # One after the other, so that a block that is sent again falls into the same pieces.
            "input_format_parallel_parsing": 0,
        },
    )


def explained(error: Exception) -> str:
    """An error in words for people: one of the event store by its code, without the query that it quotes."""
    if not isinstance(error, ClickHouseError):
        return str(error)
    log.error("the event store refused a query: %s", error)
    code = re.search(r"code: (\d+)", str(error))
    return _("The event store could not answer (code %(code)s); the log has the details.") % {
        "code": code[1] if code else "–"
    }


# By table: what stands behind INSERT INTO when `insert_lines` reads a table's lines.
INTAKES: Registry[str] = Registry("intake of a ClickHouse table")


def intake(table: str, columns: Mapping[str, tuple[str, str]]) -> str:
    """An intake that reads a table's lines as other types than it has: {column: (type read, expression)}.

    ClickHouse turns a whole column of texts into JSON for less than it takes to read JSON value by value.
    """
    structure = ", ".join(f"{name} {type_}" for name, (type_, _) in columns.items()).replace("'", "\\'")
    values = ", ".join(expression for _, expression in columns.values())
    return f"{table} ({', '.join(columns)}) SELECT {values} FROM input('{structure}')"


# Idempotent DDL statements (CREATE … IF NOT EXISTS) that `migrate` runs in this order.
SCHEMA: Registry[str] = Registry("ClickHouse statement")


def _tables() -> set[str]:
    return {name for ddl in SCHEMA if (name := clickhouse_cluster.table_of(ddl))}


def schema() -> list[str]:
    """The registered statements, in order, as this installation's server or cluster is to run them."""
    target = cluster()
    if target is None:
        return list(SCHEMA)
    tables = _tables()
    return [statement for ddl in SCHEMA for statement in target.statements(ddl, tables)]


def cluster() -> clickhouse_cluster.Cluster | None:
    """The cluster of CLICKHOUSE_CLUSTER; None on a single server."""
    if not settings.CLICKHOUSE_CLUSTER:
        return None
    return clickhouse_cluster.Cluster(settings.CLICKHOUSE_CLUSTER, _database(), settings.CLICKHOUSE_KEEPER)


def _database() -> str:
    return urlsplit(settings.CLICKHOUSE_URL).path.lstrip("/") or "default"


def _routed(sql: str) -> str:
    target = cluster()
    return target.routed(sql, _tables()) if target else sql


def migrate() -> None:
    """Creates the database and every registered table that is missing."""
    url, database = settings.CLICKHOUSE_URL, _database()
    admin = connect(url.rsplit("/", 1)[0] + "/default")
    on = target.on if (target := cluster()) else ""
    admin.command(f"CREATE DATABASE IF NOT EXISTS `{database}`{on}")
    for statement in schema():
        client().command(statement)
