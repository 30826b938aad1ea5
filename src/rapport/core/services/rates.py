"""How often something may be asked for: counts that all processes share, each one statement of its own.

Call it outside of a transaction: within one, callers of the same key would wait for each other until it ends.
"""

from __future__ import annotations

import datetime as dt

from rapport.core import crypto, sql

_COUNT = """
    INSERT INTO core_rate AS r (name, span, count, ends) VALUES (%b, %b, 1, %b)
    ON CONFLICT (name) DO UPDATE SET
        count = CASE WHEN r.span = excluded.span THEN r.count + 1 ELSE 1 END, span = excluded.span, ends = excluded.ends
    RETURNING count
"""
_READ = "SELECT count FROM core_rate WHERE name = %b AND span = %b"


def exceeded(scope: str, key: str, *, limit: int, seconds: int, now: dt.datetime) -> bool:
    """Counts one more for this key; says whether that is more than `limit` within this span of `seconds`."""
    span = _span(now, seconds)
    return int(sql.run(_COUNT, [_name(scope, key), span, _end(span, seconds)])[0][0]) > limit


def is_exceeded(scope: str, key: str, *, limit: int, seconds: int, now: dt.datetime) -> bool:
    """Whether more than `limit` were counted within this span, without counting."""
    rows = sql.run(_READ, [_name(scope, key), _span(now, seconds)])
    return bool(rows) and int(rows[0][0]) > limit


def wait(*, seconds: int, now: dt.datetime) -> int:
    """In how many seconds the present span ends."""
    return max(1, seconds - int(now.timestamp()) % seconds)


def forget_old(now: dt.datetime) -> None:
    """Removes the counts of spans that have ended."""
    sql.run(
        "WITH gone AS (DELETE FROM core_rate WHERE ends < %b RETURNING 1) SELECT count(*) FROM gone", [now]
    )


def _span(now: dt.datetime, seconds: int) -> int:
    return int(now.timestamp()) // seconds


def _end(span: int, seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp((span + 1) * seconds, dt.UTC)


def _name(scope: str, key: str) -> str:
    """Only a hash of the key is kept: it may be an address."""
    return f"{scope}:{crypto.digest(key)[:32]}"
