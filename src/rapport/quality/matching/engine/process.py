"""The child process in which a search runs."""

from __future__ import annotations

import contextlib
import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger("rapport.matching")
_POLL = 0.2


def search(folder: Path, report: Callable[[float, str], None]) -> None:
    """Runs the child over `folder`. `report(progress, step)` may raise to end it. Raises CalledProcessError."""
    command = [sys.executable, "-m", "rapport.quality.matching.engine.child", str(folder)]
    with (folder / "errors.txt").open("wb") as errors, (folder / "progress.txt").open("wb") as progress:
        child = subprocess.Popen(command, stdout=progress, stderr=errors)
        try:
            while child.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(_POLL)
                report(*_latest(folder / "progress.txt"))
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
    if child.returncode:
        error_lines = (folder / "errors.txt").read_text(errors="replace").strip().splitlines()
        log.warning("%s", "\n".join(error_lines[-20:]))
        raise subprocess.CalledProcessError(
            child.returncode, error_lines[-1] if error_lines else "the search"
        )


def _latest(path: Path) -> tuple[float, str]:
    lines = path.read_text().strip().splitlines()
    for line in reversed(lines):
        try:
            progress = json.loads(line)
        except ValueError:
            continue
        return float(progress["progress"]), str(progress["step"])
    return 0.0, "read"
