"""PostgreSQL's part: every table by COPY, in one snapshot; loaded into tables that the migrations made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql

from rapport.config.backup.archive import PIECE, Damaged

Progress = Callable[[str, int], None]
# Made by the migrations themselves.
OWN = "django_migrations"
_TABLES = """
    SELECT c.relname, pg_relation_size(c.oid), array_agg(a.attname::text ORDER BY a.attnum)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        AND a.attgenerated = ''
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relpersistence = 'p'
    GROUP BY c.oid ORDER BY c.relname
"""
_SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = current_schema()"
_FOREIGN_KEYS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype = 'f' AND connamespace = current_schema()::regnamespace AND conparentid = 0
"""
# Those of large tables that enforce nothing: made once at the end they cost a fraction.
_INDEXES = """
    SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
    JOIN pg_class c ON c.oid = i.indrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND NOT i.indisunique AND NOT i.indisprimary
        AND c.relname = ANY(%s)
"""
LARGE = 50_000


def begin(connection: psycopg.Connection[Any]) -> None:
    """Fixes what the dump will see: the moment of this call."""
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    connection.execute("SELECT 1")


def tables(connection: psycopg.Connection[Any]) -> dict[str, tuple[int, list[str]]]:
    """{table: (bytes, columns)}."""
    return {name: (size, columns) for name, size, columns in connection.execute(_TABLES) if name != OWN}


def dump(
    connection: psycopg.Connection[Any], table: str, columns: list[str], progress: Progress
) -> Iterator[tuple[bytes, int]]:
    """(lines as COPY writes them, how many), in pieces."""
    statement = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(table)
    )
    lines: list[bytes] = []
    size = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for line in copy:
            lines.append(bytes(line))
            size += len(line)
            if size >= PIECE:
                yield b"".join(lines), len(lines)
                progress(table, size)
                lines, size = [], 0
    if lines:
        yield b"".join(lines), len(lines)


def description(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    """Server, migrations and sequences."""
    (version,) = connection.execute("SHOW server_version").fetchone() or ("",)
    migrations = connection.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
    return {
        "server": version,
        "migrations": [list(row) for row in migrations],
        "sequences": dict(connection.execute(_SEQUENCES).fetchall()),
    }


def is_empty(connection: psycopg.Connection[Any]) -> bool:
    return not connection.execute(_TABLES).fetchall()


def migrate(manifest: dict[str, Any]) -> None:
    """Makes the tables as they were when the backup was made. Raises Damaged where that was a later version."""
    from django.db import connection

    executor = MigrationExecutor(connection)
    wanted: dict[str, list[str]] = defaultdict(list)
    for app, name in manifest["postgres"]["migrations"]:
        wanted[app].append(name)
    present = set(executor.loader.graph.nodes)
    lacking = [
        f"{app}.{name}" for app, names in wanted.items() for name in names if (app, name) not in present
    ]
    if lacking:
        raise Damaged(
            f"The backup is of another version of Rapport ({manifest['version']}), with migrations that this one does"
            f" not have: {', '.join(lacking[:5])}. Restore it with that version."
        )
    executor.migrate([(app, max(names)) for app, names in wanted.items()])


class Loader:
    """Fills migrated tables, all in one transaction: what fails leaves nothing behind."""

    def __init__(self, connection: psycopg.Connection[Any], manifest: dict[str, Any]) -> None:
        self._link, self._about = connection, manifest["postgres"]
        self._tables: dict[str, Any] = self._about["tables"]
        self._keys = connection.execute(_FOREIGN_KEYS).fetchall()
        large = [name for name, table in self._tables.items() if table["rows"] > LARGE]
        self._indexes = connection.execute(_INDEXES, [large]).fetchall()
        self._clear()

    def _clear(self) -> None:
        for table, name, _definition in self._keys:
            self._run("ALTER TABLE {} DROP CONSTRAINT {}", sql.SQL(table), sql.Identifier(name))
        for name, _definition in self._indexes:
            self._run("DROP INDEX {}", sql.SQL(name))
        for name in self._tables:
            self._run("ALTER TABLE {} DISABLE TRIGGER USER", sql.Identifier(name))
            self._run("TRUNCATE {}", sql.Identifier(name))

    def _run(self, text: str, *names: sql.Composable) -> None:
        self._link.execute(sql.SQL(text).format(*names))

    def load(self, table: str, lines: bytes) -> None:
        columns = sql.SQL(", ").join(map(sql.Identifier, self._tables[table]["columns"]))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), columns)
        with self._link.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(lines)

    def finish(self, progress: Progress) -> None:
        """Puts keys and indexes back, which checks every reference, and compares the counts. Raises Damaged."""
        for name in self._tables:
            self._run("ALTER TABLE {} ENABLE TRIGGER USER", sql.Identifier(name))
        for name, value in self._about["sequences"].items():
            if value is not None:
                self._link.execute("SELECT setval(%s::regclass, %s)", [f'"{name}"', value])
        for name, definition in self._indexes:
            progress(f"index {name}", 0)
            self._link.execute(definition)
        for table, name, definition in self._keys:
            self._run(
                "ALTER TABLE {} ADD CONSTRAINT {} {}",
                sql.SQL(table),
                sql.Identifier(name),
                sql.SQL(definition),
            )
        for name, table in self._tables.items():
            (count,) = self._link.execute(
                sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))
            ).fetchone() or (0,)
            if count != table["rows"]:
                raise Damaged(f"{name} has {count} rows after the restore and {table['rows']} in the backup.")
        self._link.commit()
