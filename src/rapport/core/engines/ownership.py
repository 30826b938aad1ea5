"""The lock file of a data folder: one owner at a time."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any


class AlreadyOwned(Exception):
    """Another process runs the engines of this data folder; the message says which."""


@dataclass(slots=True)
class Ownership:
    """The held lock. Released by `release`, and by the kernel when the process ends in any way."""

    path: Path
    _file: IO[str]

    def describe(self, **details: Any) -> None:
        """Writes who holds the folder, for others to read."""
        self._file.seek(0)
        self._file.truncate()
        json.dump({"pid": os.getpid(), **details}, self._file)
        self._file.flush()

    def release(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._file.close()


def lock_path(data: Path) -> Path:
    return data / "owner.json"


def acquire(data: Path) -> Ownership:
    """Takes the folder, or raises AlreadyOwned naming the holder."""
    data.mkdir(parents=True, exist_ok=True)
    file = lock_path(data).open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        holder = owner(data) or {}
        where = f" at {holder['url']}" if holder.get("url") else ""
        raise AlreadyOwned(
            f"{data} is in use by process {holder.get('pid', '?')} ({holder.get('command', 'rapport')}){where}. "
            f"Stop that one, or choose another folder with --data."
        ) from None
    return Ownership(lock_path(data), file)


def owner(data: Path) -> dict[str, Any] | None:
    """What the running owner wrote about itself, or None when nobody holds the folder."""
    path = lock_path(data)
    if not path.exists():
        return None
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            try:
                description: dict[str, Any] = json.load(file)
            except ValueError:
                return {}
            return description
    return None
