"""Rows written by COPY, many at a time, and rows that replace what stands there."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from rapport.core import sql

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": ""})
_json = msgspec.json.Encoder().encode


def copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Adds rows, in the caller's transaction."""
    lines = ["\t".join([_field(value) for value in row]) for row in rows]
    if lines:
        names = ", ".join(f'"{name}"' for name in columns)
        sql.copy(f"COPY {table} ({names}) FROM STDIN", ("\n".join(lines) + "\n").encode("utf-8", "replace"))


def _field(value: Any) -> str:
    kind = type(value)
    if kind is str:
        return value.translate(_ESCAPES) if not value.isalnum() else value  # type: ignore[no-any-return]
    if value is None:
        return "\\N"
    if kind is bool:
        return "t" if value else "f"
    if kind is dt.datetime:
        return value.isoformat(" ")  # type: ignore[no-any-return]
    if kind is list or kind is dict:
        return _json(value).decode().translate(_ESCAPES)
    return str(value)


def replace(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Writes rows over those of the same `id`; other columns keep what they hold."""
    records = [dict(zip(columns, row, strict=True)) for row in rows]
    if not records:
        return
    names = ", ".join(f'"{name}"' for name in columns)
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in columns if name != "id")
    sql.run(
        f"INSERT INTO {table} ({names}) SELECT {names} FROM jsonb_populate_recordset(NULL::{table}, %b::jsonb)"
        f" ON CONFLICT (id) DO UPDATE SET {changes}",
        [_json(records).decode()],
    )


def existing(table: str, ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the ids that have a row."""
    wanted = sql.UuidArray([one_id.bytes for one_id in ids])
    return {row[0] for row in sql.run(f"SELECT id FROM {table} WHERE id = ANY(%b::uuid[])", [wanted])}
