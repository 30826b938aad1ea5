"""The whole program running in a folder of its own, and a load generator beside it."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Rig:
    """A running server under measurement."""

    data: Path
    url: str
    process: subprocess.Popen[str]

    @functools.cached_property
    def write_key(self) -> str:
        """A key to send events with, made when somebody first asks for it: a command takes seconds to start."""
        return self.rapport("key", "create", "--kind", "write", "--name", f"bench {time.time_ns()}")

    def load(
        self, *, seconds: float, rate: int = 0, connections: int = 8, batch: int = 100
    ) -> dict[str, Any]:
        """Sends events for so long, at most `rate` a second (0: as fast as answered); what the generator saw."""
        arguments = [self.url, self.write_key, str(seconds), str(rate), str(connections), str(batch)]
        done = subprocess.run(
            [sys.executable, "-m", "rapport.bench.load", *arguments],
            capture_output=True,
            text=True,
            check=True,
        )
        figures: dict[str, Any] = json.loads(done.stdout)
        return figures

    def lag(self) -> float:
        """Age in seconds of the oldest event, block or change that waits."""
        with urllib.request.urlopen(f"{self.url}/readyz", timeout=30) as answer:
            return float(json.load(answer)["stream_lag_seconds"])

    def drain(self, timeout: float = 300) -> float:
        """Waits until nothing waits; returns the seconds it took."""
        began = time.monotonic()
        while self.lag() > 0:
            if time.monotonic() - began > timeout:
                raise TimeoutError(f"the stream did not drain within {timeout:.0f} s")
            time.sleep(0.1)
        return time.monotonic() - began

    def rapport(self, *arguments: str, stdin: str = "") -> str:
        """Runs a `rapport` command against the server; its standard output."""
        done = subprocess.run(
            [sys.executable, "-m", "rapport.config.cli", *arguments, "--data", str(self.data)],
            input=stdin,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return done.stdout.strip()


@contextlib.contextmanager
def running(data: Path, *command: str) -> Iterator[Rig]:
    """`rapport serve` (or another command) on a free port and this folder, stopped at the end."""
    arguments = command or ("serve",)
    process = subprocess.Popen(
        [sys.executable, "-m", "rapport.config.cli", *arguments, "--port", "0", "--data", str(data)],
        stdout=subprocess.PIPE,
        text=True,
        env={"RAPPORT_JOURNAL": str(data / "journal"), **os.environ, "RAPPORT_LOG_LEVEL": "WARNING"},
    )
    try:
        yield Rig(data, _ready(process), process)
    finally:
        process.terminate()
        process.wait(60)


@contextlib.contextmanager
def engines(data: Path) -> Iterator[int]:
    """Only the engines of this folder, migrated, and this very process set up to use them; their parent's id."""
    os.environ.setdefault("RAPPORT_JOURNAL", str(data / "journal"))
    process = subprocess.Popen(
        [sys.executable, "-m", "rapport.config.cli", "engine", "--data", str(data)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        if not any(line.startswith("ready ") for line in process.stdout):
            raise RuntimeError(f"the engines ended with status {process.wait()}")
        command = [sys.executable, "-m", "rapport.config.cli", "migrate", "--data", str(data)]
        subprocess.run(command, check=True)
        os.environ["RAPPORT_DATA"] = str(data)
        import django

        django.setup()
        yield process.pid
    finally:
        process.terminate()
        process.wait(60)


def percentile(values: Sequence[float], share: int) -> float:
    """The smallest of the values that `share` percent of them do not exceed."""
    return sorted(values)[max(0, -(-len(values) * share // 100) - 1)]


def cpu_seconds(pid: int) -> float:
    """Seconds of the processor that a process and all below it have used (Linux; 0 elsewhere). See proc_pid_stat(5)."""
    parents, ticks = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            child = int(path.parent.name)
            parents[child], ticks[child] = int(fields[1]), int(fields[11]) + int(fields[12])
    family = {pid}
    while grown := {child for child, parent in parents.items() if parent in family} - family:
        family |= grown
    return sum(ticks.get(pid, 0) for pid in family) / os.sysconf("SC_CLK_TCK")


def _ready(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("ready http://"):
            return line.split()[1]
    raise RuntimeError(f"the server ended with status {process.wait()} before it was ready")
