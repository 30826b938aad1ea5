"""The spool: delivers blocks of rows from PostgreSQL to ClickHouse, each exactly once.

The stream's transaction writes a block; afterwards the block is inserted under its token and removed. A crash
in between sends the same bytes under the same token again, and ClickHouse drops the repetition.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import uuid
from collections.abc import Callable, Sequence

from backports import zstd
from clickhouse_connect.driver.exceptions import DatabaseError
from django.db import transaction

from rapport.core import clickhouse, sql
from rapport.core.clock import SYSTEM, Clock
from rapport.core.models import SpoolBlock
from rapport.core.registration import Registry
from rapport.core.services.wake import wake

log = logging.getLogger("rapport.spool")
LOCK = 7_302_001  # advisory lock of the one process that flushes
# By table: small blocks are joined before they are stored. Blocks of other tables may be delivered by their writers.
JOINED_TABLES: Registry[str] = Registry("table whose blocks are joined")
# `keep(table, line, reason)` is called for a row that ClickHouse refuses, in the transaction that removes it.
REFUSED_ROWS: Registry[Callable[[str, bytes, str], None]] = Registry("keeper of refused rows")
# Every row is written again when ClickHouse merges what was stored in small pieces.
JOINED_ROWS = 50_000


def put(table: str, lines: Sequence[bytes]) -> int:
    """Spools one block in the caller's transaction; returns its id, or 0 for no lines."""
    return put_joined(table, b"\n".join(lines), len(lines))


def put_joined(table: str, lines: bytes, count: int) -> int:
    """The same for `count` lines in one text."""
    return put_packed(table, packed(lines), count) if count else 0


def packed(lines: bytes) -> bytes:
    """A block's lines as they are kept; asks no database."""
    return zstd.compress(lines, level=1)


def put_packed(table: str, payload: bytes, count: int) -> int:
    """The same for `count` lines that are packed already."""
    if not count:
        return 0
    wake("spool")
    added = sql.run(
        'INSERT INTO core_spoolblock ("table", rows, payload, token) VALUES (%b, %b, %b, %b) RETURNING id',
        [table, count, payload, uuid.uuid4()],
    )
    return int(added[0][0])


def flush(_clock: Clock = SYSTEM) -> int:
    """Stores the oldest block in ClickHouse; returns how many. Raises what the engine's absence raises.

    Never inside a transaction of the caller's: the seal must be committed before the block is sent, or a
    rollback would let a block that ClickHouse has be joined with others under the token it knows.
    """
    with transaction.atomic():
        if not _locked() or not _seal():
            return 0
    with transaction.atomic():
        if not _locked():
            return 0
        block = SpoolBlock.objects.order_by("pk").first()
        if block is None:
            return 0
        if not block.sealed:  # another writer has just delivered the one that was sealed
            return 1
        _store(block)
        block.delete()
        wake("projector")
    return 1


def _locked() -> bool:
    return bool(sql.run("SELECT pg_try_advisory_xact_lock(%b)", [LOCK])[0][0])


def _seal() -> bool:
    """Joins the events' blocks that wait one behind another into the oldest, which is then final.

    The joined block takes the place and so the id of the oldest: whoever waits for one of them waits for all.
    """
    waiting = list(SpoolBlock.objects.order_by("pk").values_list("pk", "table", "rows", "sealed")[:200])
    if not waiting or waiting[0][3]:
        return bool(waiting)
    first, table, rows, _ = waiting[0]
    joined: list[int] = []
    for pk, other, more, sealed in waiting[1:]:
        if table not in JOINED_TABLES or sealed or rows + more > JOINED_ROWS:
            break
        if other != table:  # each batch leaves a block of events and one of history, in turns
            continue
        joined.append(pk)
        rows += more
    if joined:
        blocks = SpoolBlock.objects.filter(pk__in=[first, *joined]).order_by("pk")
        lines = b"\n".join(zstd.decompress(bytes(block.payload)) for block in blocks)
        SpoolBlock.objects.filter(pk=first).update(payload=zstd.compress(lines, level=1), rows=rows)
        SpoolBlock.objects.filter(pk__in=joined).delete()
    SpoolBlock.objects.filter(pk=first).update(sealed=True)
    return True


def pending() -> int | None:
    """The id of the oldest block that is not yet in ClickHouse, or None."""
    return SpoolBlock.objects.order_by("pk").values_list("pk", flat=True).first()


def oldest() -> dt.datetime | None:
    """Since when the oldest block waits; None when none does."""
    return SpoolBlock.objects.order_by("pk").values_list("created_at", flat=True).first()


def is_short() -> bool:
    """Whether less waits than makes a full block."""
    rows = sql.run("SELECT coalesce(sum(rows), 0) FROM core_spoolblock")
    return bool(rows[0][0] < JOINED_ROWS)


def _store(block: SpoolBlock) -> None:
    lines = zstd.decompress(bytes(block.payload))
    try:
        clickhouse.insert_lines(block.table, lines, token=str(block.token))
    except DatabaseError as error:
        if _is_about_data(error):
            _store_apart(block.table, lines.split(b"\n"), str(block.token))
        else:
            raise


# ClickHouse's numbers of errors about rows: types, ranges, syntax, constraints; 1002 is the engine process's
# own for data it cannot even hand on.
DATA_ERRORS = frozenset(
    [6, 26, 27, 32, 33, 36, 38, 41, 53, 69, 70, 72, 117, 129, 131, 190, 252, 306, 321, 349, 467, 469, 1002]
)


def _is_about_data(error: DatabaseError) -> bool:
    """Whether a row itself is refused (then others may pass), rather than the engine being in trouble."""
    code = re.search(r"[Cc]ode: (\d+)", str(error))
    return bool(code) and int(code.group(1)) in DATA_ERRORS  # type: ignore[union-attr]


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
            _quarantine(table, lines[0], str(error))
            return
        middle = len(lines) // 2
        _store_apart(table, lines[:middle], f"{token}a")
        _store_apart(table, lines[middle:], f"{token}b")


def _quarantine(table: str, line: bytes, reason: str) -> None:
    log.warning("ClickHouse refused one row of %s: %s", table, reason)
    for keep in REFUSED_ROWS:
        keep(table, line, reason)
