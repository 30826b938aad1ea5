"""Records out of PostgreSQL into a file, by COPY: a million persons in seconds, none of them an object here."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import cast

import psycopg
from django.db import connection
from psycopg import sql as psql

from rapport.people import identity_types
from rapport.people.queries import apart, comparable

_LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def write_records(kind: str, path: Path, since: dt.datetime | None) -> None:
    """Everybody who may be compared, as CSV. Merged, erased and restricted persons are left out."""
    query = comparable.PEOPLE if kind == "person" else comparable.COMPANIES
    moment = psql.Literal((since or _LONG_AGO).isoformat()) + psql.SQL("::timestamptz")
    verified = [rule.key for rule in identity_types.refresh().by_key.values() if rule.only_one]
    _copy(psql.SQL(query).format(since=moment, verified=psql.Literal(verified)), path)


def write_apart(kind: str, path: Path) -> None:
    """The pairs of whom somebody said that they are not the same, as CSV (one, other, stands): never proposed again.

    What was taken back does not stand: such a pair is proposed again, but no search merges it, nor two others whom
    undoing a merge parted.
    """
    decided = """
        SELECT c.one_id AS one, c.other_id AS other, true AS stands FROM quality_matchcandidate c
        JOIN quality_matchdecision d ON d.candidate_id = c.id
        WHERE c.kind = {kind} AND d.verdict = 'apart' AND d.undone_at IS NULL"""
    parted = apart.PERSONS if kind == "person" else apart.COMPANIES
    _copy(
        psql.SQL(
            f"SELECT one, other, bool_or(stands) AS stands FROM ({decided} UNION ALL {parted}) p GROUP BY one, other"
        ).format(kind=psql.Literal(kind)),
        path,
    )


def _copy(query: psql.Composable, path: Path) -> None:
    connection.ensure_connection()
    raw = cast("psycopg.Connection", connection.connection)
    statement = psql.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER true)").format(query)
    with (
        connection.wrap_database_errors,
        path.open("wb") as file,
        psycopg.Cursor(raw) as cursor,
        cursor.copy(statement) as rows,
    ):
        for block in rows:
            file.write(block)
