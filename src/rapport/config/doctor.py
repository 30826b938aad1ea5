"""`rapport doctor`: checks an installation and says what to do."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable
from pathlib import Path

from rapport.config import env
from rapport.core.engines import ownership, paths

Say = Callable[[str], None]


def run(data: Path, say: Say) -> int:
    """Prints one line per check; returns 0 when all is well, else 1."""
    good = True
    for passed, line in [*_machine(data), *_server(data)]:
        good = good and passed
        say(f"{'ok  ' if passed else 'FAIL'}  {line}")
    say(f"      logs are in {paths.logs(data)}")
    return 0 if good else 1


def _machine(data: Path) -> list[tuple[bool, str]]:
    version = platform.python_version_tuple()
    recent = (int(version[0]), int(version[1])) >= (3, 11)
    lines = [(recent, f"Python {platform.python_version()}" + ("" if recent else ": install 3.11 or newer"))]
    existing = next(folder for folder in [data, *data.parents] if folder.exists())
    free = shutil.disk_usage(existing).free / 1e9
    lines.append((free > 2, f"{free:.0f} GB free for {data}" + ("" if free > 2 else ": free some space")))
    try:
        env.load_secrets(data)
        lines.append((True, "secrets are readable"))
    except (OSError, ValueError, env.Misconfigured) as error:
        lines.append((False, f"secrets: {error}"))
    return lines


def _server(data: Path) -> list[tuple[bool, str]]:
    holder = ownership.owner(data)
    if holder is None:
        return [(True, f"no server runs on {data}; start one with `rapport serve`")]
    lines = [
        (
            True,
            f"{holder.get('command', 'rapport')} runs as process {holder.get('pid')} at {holder.get('url')}",
        )
    ]
    lines.append(_postgres())
    lines.append(_clickhouse())
    return lines


def _postgres() -> tuple[bool, str]:
    import django
    from django.db import Error, connection

    django.setup()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            return True, f"PostgreSQL {cursor.fetchone()[0]} answers"
    except Error as error:
        return False, f"PostgreSQL does not answer: {error}. See postgres.log."


def _clickhouse() -> tuple[bool, str]:
    from rapport.core import clickhouse

    try:
        return True, f"ClickHouse {clickhouse.scalar('SELECT version()')} answers"
    except Exception as error:
        return False, f"ClickHouse does not answer: {error}. See clickhouse.log."
