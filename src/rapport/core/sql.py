"""Statements of the event pipeline: bound by the server and sent in binary, in Django's own transaction.

Django's cursors write parameters into the text of the statement, which for arrays of thousands of values
costs more than the statement itself.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

import psycopg
from django.db import connection
from psycopg import pq
from psycopg.adapt import Dumper


def run(
    statement: str, parameters: Sequence[Any] | Mapping[str, Any] = (), *, prepare: bool = False
) -> list[tuple[Any, ...]]:
    """Executes and returns all rows, or [] when the statement has none; binary both ways.

    With `prepare` a connection plans it once, unless a pooler stands between (RAPPORT_DATABASE_POOL): for statements
    whose planning takes longer than what they do. Raises Django's database errors.
    """
    connection.ensure_connection()
    with (
        connection.wrap_database_errors,
        psycopg.Cursor(cast("psycopg.Connection", connection.connection)) as cursor,
    ):
        cursor.execute(statement.encode(), parameters, binary=True, prepare=prepare or None)
        return cursor.fetchall() if cursor.description else []


def copy(statement: str, lines: bytes) -> None:
    """Runs `COPY … FROM STDIN` with these lines. Raises Django's database errors."""
    connection.ensure_connection()
    with (
        connection.wrap_database_errors,
        psycopg.Cursor(cast("psycopg.Connection", connection.connection)) as cursor,
        cursor.copy(statement.encode()) as into,
    ):
        into.write(lines)


class UuidArray:
    """A uuid[] parameter made of 16-byte values, written as a whole instead of value by value."""

    __slots__ = ("values",)

    def __init__(self, values: Collection[bytes]) -> None:
        self.values = values


class _UuidArrayDumper(Dumper):
    """PostgreSQL's binary array: dimensions, null flag, element type, length, lower bound, then the elements."""

    format = pq.Format.BINARY
    oid = psycopg.postgres.types["uuid"].array_oid

    def dump(self, obj: UuidArray) -> bytes:
        head = struct.pack("!iiIii", 1, 0, psycopg.postgres.types["uuid"].oid, len(obj.values), 1)
        if not obj.values:
            return head[:8].replace(b"\x00\x00\x00\x01", b"\x00\x00\x00\x00", 1) + head[8:12]
        length = b"\x00\x00\x00\x10"
        return head + length + length.join(obj.values)


class TextArray:
    """A text[] parameter, written as a whole; neither nulls nor a nested array."""

    __slots__ = ("values",)

    def __init__(self, values: Sequence[str]) -> None:
        self.values = values


_LENGTHS = [length.to_bytes(4) for length in range(1_000)]


def _length(text: bytes) -> bytes:
    return _LENGTHS[len(text)] if len(text) < len(_LENGTHS) else len(text).to_bytes(4)


class _TextArrayDumper(Dumper):
    """The same layout as of uuids, but each element with a length of its own."""

    format = pq.Format.BINARY
    oid = psycopg.postgres.types["text"].array_oid

    def dump(self, obj: TextArray) -> bytes:
        kind = psycopg.postgres.types["text"].oid
        if not obj.values:
            return struct.pack("!iiI", 0, 0, kind)
        head = struct.pack("!iiIii", 1, 0, kind, len(obj.values), 1)
        # As one text first: that many small encodings cost several times as much.
        texts = "\x1f".join(obj.values).encode().split(b"\x1f")
        if len(texts) != len(obj.values):
            texts = [value.encode() for value in obj.values]
        return head + b"".join([part for text in texts for part in (_length(text), text)])


psycopg.adapters.register_dumper(UuidArray, _UuidArrayDumper)
psycopg.adapters.register_dumper(TextArray, _TextArrayDumper)


def dsn() -> str:
    """How to reach the database outside of Django's connection handling."""
    parameters = connection.get_connection_params()
    keep = {"dbname", "user", "password", "host", "port", "sslmode", "sslrootcert"}
    return psycopg.conninfo.make_conninfo(
        **{name: value for name, value in parameters.items() if name in keep}
    )
