"""Transactional outbox: domain events, emitted in the transaction of the change itself."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from rapport.core import sql
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services.wake import CHANNEL

APPEND = f"""
WITH added AS (INSERT INTO core_outboxevent (payload) SELECT * FROM unnest(%b::bytea[]) RETURNING id)
SELECT pg_notify('{CHANNEL}', 'relay') FROM added LIMIT 1
"""
# So many events at most share a row.
ROW = 1_000
_encode = msgspec.json.Encoder().encode


class DomainEvent(msgspec.Struct, omit_defaults=True, gc=False):
    """One event on its way to the log. `person_id` is exact: no identity resolution is needed.

    `properties` may be written out as JSON already (msgspec.Raw).

    `message_id` must be the same whenever the same fact is told again, so that it is stored once.
    """

    event: str
    person_id: uuid.UUID
    properties: dict[str, Any] | msgspec.Raw = {}
    message_id: str = ""
    at: dt.datetime | None = None


def emit(
    event: str,
    *,
    person_id: uuid.UUID,
    properties: dict[str, Any] | None = None,
    message_id: str = "",
    at: dt.datetime | None = None,
) -> None:
    """Emits one domain event in the caller's transaction."""
    emit_many([DomainEvent(event, person_id, properties or {}, message_id, at)])


def emit_many(events: Iterable[DomainEvent], *, clock: Clock = SYSTEM) -> None:
    """Emits domain events in the caller's transaction, in order."""
    now = clock.now()
    lines = []
    for event in events:
        event.message_id = event.message_id or str(uuid.uuid4())
        event.at = event.at or now
        lines.append(_encode(event))
    if lines:
        sql.run(
            APPEND,
            [[b"\n".join(lines[start : start + ROW]) for start in range(0, len(lines), ROW)]],
            prepare=True,
        )


def oldest(limit: int) -> list[tuple[int, bytes]]:
    """(id, lines of events) of the rows that wait longest."""
    return list(sql.run("SELECT id, payload FROM core_outboxevent ORDER BY id LIMIT %b", [limit]))


def remove(ids: Sequence[int]) -> None:
    """Takes out what the caller's transaction has carried on."""
    sql.run("DELETE FROM core_outboxevent WHERE id = ANY(%b)", [list(ids)])
