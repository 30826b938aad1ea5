"""The worker process: every registered loop in a thread of its own, until SIGTERM."""

from __future__ import annotations

import logging
import signal
import threading

from django.db import close_old_connections, connection

from rapport.core.registry import WorkerLoop, worker_loops

log = logging.getLogger("rapport.worker")
PAUSE_LIMIT = 10.0


def run() -> None:
    """Runs until SIGTERM or Ctrl-C; work in progress is finished first."""
    stopping = threading.Event()
    for sig in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sig, lambda *_: stopping.set())
    threads = [
        threading.Thread(target=_keep, args=(loop, stopping), name=loop.name, daemon=True)
        for loop in worker_loops()
    ]
    for thread in threads:
        thread.start()
    stopping.wait()
    for thread in threads:
        thread.join(timeout=15)


def _keep(loop: WorkerLoop, stopping: threading.Event) -> None:
    """One loop: again at once while there is work, slower and slower while it fails."""
    pause = 0.0
    while not stopping.wait(pause):
        try:
            done = loop.run_once()
        except Exception as error:
            pause = min(PAUSE_LIMIT, pause * 2 or 0.25)
            log.warning("%s failed (%s: %s); again in %.1f s", loop.name, type(error).__name__, error, pause)
            log.debug("details", exc_info=True)
            connection.close()
            continue
        pause = 0.0 if done else loop.idle_seconds
        if not done:
            close_old_connections()
