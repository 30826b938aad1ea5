"""Child processes: started so that they end with their parent, stopped, and restarted with growing pauses."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
PAUSE_LIMIT = 10.0
# Who lived so long did start well, so the next pause is short again.
STEADY_SECONDS = 5.0


def _die_with_parent(sig: int) -> Callable[[], None] | None:
    """Linux can signal a child when its parent dies in any way; elsewhere the next start cleans up."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)

    def prepare() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, sig)

    return prepare


def start(
    command: Sequence[str],
    *,
    log: Path | None,
    env: Mapping[str, str] | None = None,
    parent_death_signal: int = signal.SIGTERM,
    user: int | None = None,
    group: int | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Starts `command` in a session of its own (Ctrl-C reaches only us), output appended to `log`."""
    if log:
        log.parent.mkdir(parents=True, exist_ok=True)
    output = log.open("ab") if log else None
    try:
        return subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **(env or {})},
            start_new_session=True,
            preexec_fn=_die_with_parent(parent_death_signal),
            user=user,
            group=group,
            extra_groups=[] if user is not None else None,
            cwd=cwd,
        )
    finally:
        if output:
            output.close()


def stop(process: subprocess.Popen[bytes], *, sig: int = signal.SIGTERM, patience: float = 20) -> None:
    """Asks the process to end and waits `patience` seconds before killing it."""
    if process.poll() is not None:
        return
    process.send_signal(sig)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until(
    ready: Callable[[], bool], process: subprocess.Popen[bytes], *, timeout: float, what: str
) -> None:
    """Polls `ready`; raises RuntimeError when the process ends or the time is up."""
    deadline = time.monotonic() + timeout
    while not ready():
        if process.poll() is not None:
            raise RuntimeError(f"{what} ended with status {process.returncode} while starting")
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} was not ready after {timeout:.0f} s")
        time.sleep(0.03)


class Pauses:
    """When what has fallen may be started again: at once, then after growing pauses, up to PAUSE_LIMIT seconds.

    Its pause holds up nobody else, and is forgotten once it has lived for a while.
    """

    def __init__(self) -> None:
        self._due: dict[Hashable, float] = {}
        self._next: dict[Hashable, float] = {}
        self._began: dict[Hashable, float] = {}

    def over(self, key: Hashable) -> bool:
        """Whether the pause of `key` is over; asked again and again from when it fell until it is started."""
        now = time.monotonic()
        if key not in self._due:
            steady = now - self._began.get(key, 0.0) > STEADY_SECONDS
            pause = 0.0 if steady else self._next.get(key, 0.0)
            self._due[key], self._next[key] = now + pause, min(PAUSE_LIMIT, pause * 2 or 0.2)
        if now < self._due[key]:
            return False
        del self._due[key]
        self._began[key] = now
        return True


def last_lines(log: Path, count: int = 12) -> str:
    """The end of a log, with its place, for an error message."""
    try:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-count:])
    except OSError:
        tail = ""
    return f"The end of its log {log}:\n{tail}"
