"""Wakes worker loops by NOTIFY, so that they need not poll the database all the time."""

from __future__ import annotations

from rapport.core import sql

CHANNEL = "rapport_work"
NOTIFY = f"SELECT pg_notify('{CHANNEL}', %b)"


def wake(loop: str) -> None:
    """Wakes the loop of that name in every worker, once the caller's transaction is committed."""
    sql.run(NOTIFY, [loop])
