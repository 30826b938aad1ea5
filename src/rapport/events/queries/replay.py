"""Reads of stored events in the order they happened, for what is rebuilt from them. Nobody's rights are looked at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from rapport.core import clickhouse

_COLUMNS = "at, event, type, source, message_id, user_id, origin_id, properties"


def event_names() -> list[str]:
    """Every name that was ever stored."""
    return [
        row["event"] for row in clickhouse.rows("SELECT DISTINCT event FROM event_days ORDER BY event", {})
    ]


def count(names: Sequence[str]) -> int:
    """How many events of these names there are."""
    sql = "SELECT sum(count) FROM event_days WHERE event IN {names:Array(String)}"
    return int(clickhouse.scalar(sql, {"names": list(names)}) or 0)


def page(names: Sequence[str], *, after: tuple[dt.datetime, str] | None, limit: int) -> list[dict[str, Any]]:
    """The next events of these names behind a place (time, message id), oldest first."""
    where, values = "event IN {names:Array(String)}", {"names": list(names), "limit": limit}
    if after is not None:
        where += " AND at >= {at:DateTime64(3, 'UTC')} AND (at, message_id) > ({at:DateTime64(3, 'UTC')}, {id:String})"
        values |= {"at": after[0], "id": after[1]}
    sql = f"SELECT {_COLUMNS} FROM events WHERE {where} ORDER BY at, message_id LIMIT {{limit:UInt32}}"
    return [_aware(row) for row in clickhouse.rows(sql, values)]


def events_of(message_ids: Sequence[str], people: Sequence[Any]) -> list[dict[str, Any]]:
    """Those of these messages that are stored of these persons."""
    if not message_ids or not people:
        return []
    sql = (
        f"SELECT {_COLUMNS} FROM events WHERE person_id IN {{people:Array(UUID)}}"
        " AND message_id IN {ids:Array(String)} ORDER BY at, message_id"
    )
    return [_aware(row) for row in clickhouse.rows(sql, {"ids": list(message_ids), "people": list(people)})]


def _aware(row: dict[str, Any]) -> dict[str, Any]:
    at = row["at"]
    return row if at.tzinfo else {**row, "at": at.replace(tzinfo=dt.UTC)}
