"""Statements of the hot road: bound by the server and sent in binary, in Django's own transaction.

Django's cursors write parameters into the text of the statement, which for arrays of thousands of values
costs more than the statement itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import psycopg
from django.db import connection


def run(statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Executes and returns all rows, or [] when the statement has none. Raises Django's database errors."""
    connection.ensure_connection()
    with (
        connection.wrap_database_errors,
        psycopg.Cursor(cast("psycopg.Connection", connection.connection)) as cursor,
    ):
        cursor.execute(statement.encode(), parameters)
        return cursor.fetchall() if cursor.description else []


def dsn() -> str:
    """How to reach the database outside of Django's connection handling."""
    parameters = connection.get_connection_params()
    keep = {"dbname", "user", "password", "host", "port", "sslmode", "sslrootcert"}
    return psycopg.conninfo.make_conninfo(
        **{name: value for name, value in parameters.items() if name in keep}
    )
