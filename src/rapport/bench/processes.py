"""The processes of a rig: what each of them costs, and how its workers are held back."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator

import psutil

from rapport.bench.rig import Rig

# By what a command line is recognised, first come first; the parts of the worker have their own names.
NAMES = {
    "clickhouse_server": "clickhouse",
    "postgres": "postgres",
    "nats-server": "nats",
    " web ": "web",
}


def _everybody(rig: Rig) -> list[psutil.Process]:
    root = psutil.Process(rig.process.pid)
    return [root, *root.children(recursive=True)]


def _name(process: psutil.Process) -> str:
    words = process.cmdline()
    line = f"{' '.join(words)} "
    if "--part" in words:
        return str(words[words.index("--part") + 1])
    return next((name for sign, name in NAMES.items() if sign in line), "supervisor")


def cpu(rig: Rig) -> Counter[str]:
    """CPU seconds (user and system) that each kind of process has used so far, ended children included."""
    used: Counter[str] = Counter()
    for process in _everybody(rig):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            # PostgreSQL's connections come and go.
            ended = times.children_user + times.children_system
            name = _name(process)
            used[name] += times.user + times.system + (ended if name == "postgres" else 0.0)
    return used


def per_event(before: Counter[str], after: Counter[str], events: int) -> dict[str, float]:
    """Microseconds per event, by process, and of all."""
    spent = {name: (after[name] - before[name]) * 1e6 / max(1, events) for name in sorted(after)}
    return {name: round(value, 1) for name, value in spent.items()} | {"all": round(sum(spent.values()), 1)}


def cores(before: Counter[str], after: Counter[str], seconds: float) -> dict[str, float]:
    """How many cores each kind of process kept busy over so many seconds, and all of them."""
    shares = {name: (after[name] - before[name]) / seconds for name in sorted(after)}
    return {name: round(value, 2) for name, value in shares.items()} | {"all": round(sum(shares.values()), 2)}


@contextlib.contextmanager
def held(rig: Rig) -> Iterator[None]:
    """The workers stand still inside, so that a backlog can pile up."""
    workers = [process for process in _everybody(rig) if "--part" in process.cmdline()]
    for process in workers:
        process.suspend()
    try:
        yield
    finally:
        for process in workers:
            process.resume()
