"""The engines a backup or a restore works on: the running ones, or ours for as long as it takes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from rapport.config import compatibility, databases, env
from rapport.core.engines import ownership, paths

Say = Callable[[str], None]


class Busy(Exception):
    """The folder is another process's, or nobody's; the message says which."""


@contextlib.contextmanager
def engines(data: Path, say: Say) -> Iterator[None]:
    """Until the block ends, the engines of the folder run: those of its server, or started for it."""
    if ownership.owner(data) is not None:
        yield
        return
    external = env.text("DATABASE_URL") and env.text("CLICKHOUSE_URL")
    if not external and not (paths.postgres_data(data) / "PG_VERSION").exists():
        raise Busy(f"{data} holds no installation: name its folder with --data.")
    with own_engines(data, "rapport backup", say):
        yield


@contextlib.contextmanager
def own_engines(data: Path, command: str, say: Say) -> Iterator[None]:
    """Starts the engines of a folder that nobody runs, and stops them at the end. Raises Busy."""
    compatibility.mark_folder(data)
    try:
        owner = ownership.acquire(data)
    except ownership.AlreadyOwned as error:
        raise Busy(str(error)) from error
    owner.describe(command=command)
    running = databases.supervised(data)
    try:
        running.start_engines(say)
        yield
    finally:
        running.stop()
        owner.release()
