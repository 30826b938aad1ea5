"""Pacing: at most so many a second, evenly, over all threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Pace:
    """Lets `rate` through a second; 0 is as fast as it goes."""

    def __init__(
        self,
        rate: float,
        now: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        self._between = 1 / rate if rate > 0 else 0.0
        self._now, self._wait = now, wait
        self._next = 0.0
        self._lock = threading.Lock()

    def turn(self) -> None:
        """Returns when it is the caller's turn."""
        with self._lock:
            now = self._now()
            at = max(self._next, now)
            self._next = at + self._between
        if at > now:
            self._wait(at - now)

    def rest(self, seconds: float) -> None:
        """Lets nothing through for so long: the other side asked for it."""
        with self._lock:
            self._next = max(self._next, self._now() + seconds)
