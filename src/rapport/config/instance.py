"""Which data folder a command means, and the running server that holds it."""

from __future__ import annotations

import os
from pathlib import Path

from rapport.config import env
from rapport.core.engines import ownership


def choose(data: str | None) -> Path:
    """--data, RAPPORT_DATA, else the folder of this user's only running server, else the default folder."""
    if data:
        env.put("RAPPORT_DATA", str(Path(data).expanduser().resolve()))
    elif not env.text("RAPPORT_DATA"):
        running = [folder for folder in _remembered() if ownership.owner(folder)]
        if len(running) == 1:
            env.put("RAPPORT_DATA", str(running[0]))
    return env.data_folder()


def _memory() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "rapport" / "folders"


def _remembered() -> list[Path]:
    try:
        return [Path(line) for line in _memory().read_text().splitlines() if line]
    except OSError:
        return []


def remember(data: Path) -> None:
    """Notes the folder, so that commands beside the running server find it without --data."""
    folders = [folder for folder in _remembered() if folder != data and folder.exists()]
    try:
        _memory().parent.mkdir(parents=True, exist_ok=True)
        _memory().write_text("\n".join(str(folder) for folder in [*folders[-20:], data]) + "\n")
    except OSError:
        return
