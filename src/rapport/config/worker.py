"""A worker: every registered loop in a thread of its own, until SIGTERM.

`rapport worker` is one process per part of the work (`processes.PROCESS_PARTS`), and starts again what falls over.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import threading
import time

import psycopg
from django.db import connection

from rapport.core import jobs, startup
from rapport.core.clock import SYSTEM, Clock
from rapport.core.registry import WORKER_LOOPS, WorkerLoop
from rapport.core.services import incarnations, watchdog
from rapport.core.services.stopping import STOPPING
from rapport.core.services.wake import CHANNEL
from rapport.core.sql import dsn

log = logging.getLogger("rapport.worker")
PAUSE_LIMIT = 2.0
# Seconds that work in hand is given to end by itself when the worker is stopped.
PATIENCE = 15.0
# How much a worker gives way to the web process, which answers somebody who waits. 0 to 19.
NICENESS = 5
# Objects made and not yet freed before the collector looks at them, and how often it looks at older ones.
YOUNG, MIDDLE, OLD = 100_000, 20, 100


class Work:
    """The loops, and what wakes each of them."""

    def __init__(self, part: str) -> None:
        self.stopping = STOPPING
        self.loops = [loop for loop in (*WORKER_LOOPS, *jobs.loops()) if loop.part == part]
        self.wakers = {loop.name: threading.Event() for loop in self.loops}

    def stop(self, *_: object) -> None:
        self.stopping.set()
        for waker in self.wakers.values():
            waker.set()


def run(part: str, clock: Clock = SYSTEM) -> None:
    """Runs the loops of one part until SIGTERM or Ctrl-C; unfinished jobs are left to other workers."""
    os.nice(NICENESS)
    startup.check()
    if part == "worker":
        incarnations.recognise(clock.now())
    work = Work(part)
    if part == "stream":
        # It does one thing at a time, and one event must not hold up all others for ever.
        watchdog.arm()
    _collect_rarely()
    for sig in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sig, work.stop)
    threads = [
        threading.Thread(target=_keep, args=(loop, work), name=loop.name, daemon=True) for loop in work.loops
    ]
    threads.append(threading.Thread(target=_listen, args=(work,), name="wakers", daemon=True))
    for thread in threads:
        thread.start()
    work.stopping.wait()
    end = time.monotonic() + PATIENCE
    for thread in threads:
        thread.join(timeout=max(0.0, end - time.monotonic()))
    jobs.hand_back(SYSTEM)


def _collect_rarely() -> None:
    """A micro-batch makes tens of thousands of objects that nearly all die by themselves.

    With Python's own thresholds, looking for cycles among them took a third of the stream's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)


def _keep(loop: WorkerLoop, work: Work) -> None:
    """One loop: again at once while there is work, slower and slower while it fails; in the end it is closed."""
    try:
        _repeat(loop, work)
    finally:
        try:
            loop.close(SYSTEM)
        except Exception as error:
            log.warning("%s did not end well (%s: %s)", loop.name, type(error).__name__, error)
        connection.close()


def _repeat(loop: WorkerLoop, work: Work) -> None:
    pause, idle, waker = 0.0, 0.0, work.wakers[loop.name]
    while not work.stopping.is_set():
        if pause:
            waker.wait(pause)
        waker.clear()
        if work.stopping.is_set():
            return
        try:
            done = loop.run_once(SYSTEM)
        except Exception as error:
            pause = min(PAUSE_LIMIT, pause * 2 or 0.25)
            log.warning("%s failed (%s: %s); again in %.1f s", loop.name, type(error).__name__, error, pause)
            log.debug("details", exc_info=True)
            connection.close()
            continue
        idle = 0.0 if done else max(loop.idle_seconds, min(idle * 1.5, loop.longest_idle))
        pause = idle
        if not done:
            connection.close()


def _listen(work: Work) -> None:
    """Passes on what `core.services.wake` says; without it the loops only look every idle_seconds."""
    while not work.stopping.is_set():
        try:
            with psycopg.connect(dsn(), autocommit=True, connect_timeout=5) as link:
                link.execute(f"LISTEN {CHANNEL}")
                while not work.stopping.is_set():
                    for notice in link.notifies(timeout=1):
                        for loop in work.loops:
                            if notice.payload == (loop.woken_as or loop.name):
                                work.wakers[loop.name].set()
        except psycopg.Error:
            work.stopping.wait(0.5)
