"""Supervises `rapport worker`: one process for each part of the work; one that ends is started again."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import threading

from rapport.core.engines import children

log = logging.getLogger("rapport.worker")
PROCESS_PARTS = ("stream", "projector", "worker")


def run() -> None:
    """Runs until SIGTERM or Ctrl-C, then lets all parts finish what they have in hand."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    running = {part: _start(part) for part in PROCESS_PARTS}
    pauses = children.Pauses()
    while not stopping.wait(0.2):
        for part, process in running.items():
            if process.poll() is None or not pauses.over(part):
                continue
            log.warning("%s ended with status %s; starting it again", part, process.returncode)
            running[part] = _start(part)
    for process in running.values():
        process.terminate()
    for process in running.values():
        children.stop(process)


def _start(part: str) -> subprocess.Popen[bytes]:
    return children.start([sys.executable, "-m", "rapport.config.cli", "worker", "--part", part], log=None)
