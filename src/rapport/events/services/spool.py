"""From PostgreSQL to ClickHouse: blocks of rows, each stored exactly once.

The stream's transaction writes a block; afterwards the block is inserted under its token and removed. A crash
in between sends the same bytes under the same token again, and ClickHouse drops the repetition.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence

from backports import zstd
from clickhouse_connect.driver.exceptions import DatabaseError
from django.db import connection, transaction

from rapport.core import clickhouse, sql
from rapport.core.services.wake import wake
from rapport.events.models import QuarantinedEvent, SpoolBlock

log = logging.getLogger("rapport.spool")
LOCK = 7_302_001  # advisory lock of the one process that flushes


def put(table: str, lines: Sequence[bytes]) -> int:
    """Spools one block in the caller's transaction; returns its id, or 0 for no lines."""
    if not lines:
        return 0
    payload = zstd.compress(b"\n".join(lines), level=1)
    wake("spool")
    added = sql.run(
        'INSERT INTO events_spoolblock ("table", rows, payload, token) VALUES (%b, %b, %b, %b) RETURNING id',
        [table, len(lines), payload, uuid.uuid4()],
    )
    return int(added[0][0])


def flush(limit: int = 20) -> int:
    """Stores the oldest blocks in ClickHouse; returns how many. Raises what the engine's absence raises."""
    done = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        for block in SpoolBlock.objects.order_by("pk")[:limit]:
            _store(block)
            block.delete()
            done += 1
        if done:
            wake("projector")
    return done


def pending() -> int | None:
    """The id of the oldest block that is not yet in ClickHouse, or None."""
    return SpoolBlock.objects.order_by("pk").values_list("pk", flat=True).first()


def _store(block: SpoolBlock) -> None:
    lines = zstd.decompress(bytes(block.payload))
    try:
        clickhouse.insert_lines(block.table, lines, token=str(block.token))
    except DatabaseError as error:
        if _is_about_data(error):
            _store_apart(block.table, lines.split(b"\n"), str(block.token))
        else:
            raise


def _is_about_data(error: DatabaseError) -> bool:
    """Whether a row itself is refused (then others may pass), rather than the engine being in trouble."""
    codes = {
        "26",
        "27",
        "33",
        "36",
        "41",
        "53",
        "69",
        "70",
        "72",
        "117",
        "129",
        "131",
        "190",
        "306",
        "349",
        "467",
    }
    return any(f"Code: {code}." in str(error) or f"code: {code}," in str(error) for code in codes)


def _store_apart(table: str, lines: list[bytes], token: str) -> None:
    """Halves the block until the refused rows stand alone; those go to quarantine, the rest is stored.

    Tokens of the parts follow from the block's token and position, so a repetition is recognised as well.
    """
    try:
        clickhouse.insert_lines(table, b"\n".join(lines), token=f"{token}/{len(lines)}")
    except DatabaseError as error:
        if not _is_about_data(error):
            raise
        if len(lines) == 1:
            _quarantine(lines[0], str(error))
            return
        middle = len(lines) // 2
        _store_apart(table, lines[:middle], f"{token}a")
        _store_apart(table, lines[middle:], f"{token}b")


def _quarantine(line: bytes, reason: str) -> None:
    log.warning("ClickHouse refused one row: %s", reason)
    QuarantinedEvent.objects.create(stage=QuarantinedEvent.Stage.STORE, reason=reason[:2000], payload=line)
