"""Stored membership in ClickHouse, beside the people and events it is asked together with.

PostgreSQL holds the membership itself; this is its copy for `in_segment` and for analysis.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Sequence

import msgspec
from backports import zstd
from clickhouse_connect.driver.exceptions import ClickHouseError
from django.db import transaction

from rapport.core import clickhouse
from rapport.core.models import SpoolBlock

log = logging.getLogger(__name__)
TABLE = "segment_members"
HISTORY = "segment_moves"
BLOCK = 50_000


class Change(msgspec.Struct, gc=False):
    """One person who entered or left a segment."""

    segment_id: uuid.UUID
    person_id: uuid.UUID
    member: bool
    at: dt.datetime


class StoredMembership(msgspec.Struct, gc=False):
    """One line of the table."""

    segment_id: uuid.UUID
    person_id: uuid.UUID
    member: int
    since: dt.datetime
    version: int


_encode = msgspec.json.Encoder().encode


def register() -> None:
    """Registers the table with `core.clickhouse`."""
    clickhouse.SCHEMA.register(
        f"CREATE TABLE IF NOT EXISTS {TABLE} (segment_id UUID, person_id UUID, member UInt8, "
        "since DateTime64(3, 'UTC'), version UInt64) ENGINE = ReplacingMergeTree(version) "
        "ORDER BY (segment_id, person_id) SETTINGS non_replicated_deduplication_window = 10000",
        TABLE,
    )
    # Every change stays to be seen in the history, which ClickHouse fills by itself from the same blocks.
    clickhouse.SCHEMA.register(
        f"CREATE TABLE IF NOT EXISTS {HISTORY} (segment_id UUID, at DateTime64(3, 'UTC'), person_id UUID, "
        "entered UInt8) ENGINE = MergeTree ORDER BY (segment_id, at) "
        "SETTINGS non_replicated_deduplication_window = 10000",
        HISTORY,
    )
    clickhouse.SCHEMA.register(
        f"CREATE MATERIALIZED VIEW IF NOT EXISTS {HISTORY}_view TO {HISTORY} AS "
        f"SELECT segment_id, since AS at, person_id, member AS entered FROM {TABLE}",
        f"{HISTORY}_view",
    )


def spool(changes: Sequence[Change], *, version: int) -> None:
    """Stores changes in the caller's transaction for message, and delivers them as soon as it commits.

    `version` orders the copies: the larger one is the truth. A block delivered twice is stored once.
    """
    for start in range(0, len(changes), BLOCK):
        lines = b"\n".join(_encode(_row(change, version)) for change in changes[start : start + BLOCK])
        block = SpoolBlock.objects.create(
            table=TABLE,
            rows=min(BLOCK, len(changes) - start),
            payload=zstd.compress(lines, 3),
            token=uuid.uuid4(),
        )
        transaction.on_commit(lambda lines=lines, block=block: _deliver(lines, block))  # type: ignore[misc]


def _row(change: Change, version: int) -> StoredMembership:
    return StoredMembership(change.segment_id, change.person_id, int(change.member), change.at, version)


def _deliver(lines: bytes, block: SpoolBlock) -> None:
    try:
        clickhouse.insert_lines(TABLE, lines, token=str(block.token))
    except (ClickHouseError, OSError):
        log.warning("Membership waits in the spool: ClickHouse does not answer.", exc_info=True)
    else:
        # What stays behind here (a crash before this line) is sent again by the spool, and dropped by ClickHouse.
        SpoolBlock.objects.filter(pk=block.pk).delete()
