"""How often work is done whose cost depends on the persons in question, not on how much happened to them.

Looking at 20,000 persons costs about the same after one event of each as after ten. So while the stream is behind and
segments are late anyway, these looks are made seldom, and the stream gets the machine to itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import spool
from rapport.events.services import log

# The stream is behind when the oldest event in the log waits for longer than this.
BEHIND_SECONDS = 2.0
# After a look that took so long, rest so many times as long, at most so many seconds.
REST, LONGEST_REST = 3.0, 6.0
_NAP = 0.2


def is_behind(clock: Clock = SYSTEM) -> bool:
    """Whether events wait in the log for longer than they should."""
    oldest = log.oldest()
    return oldest is not None and (clock.now() - oldest).total_seconds() > BEHIND_SECONDS


def is_filling() -> bool:
    """Whether a block for ClickHouse is worth waiting for: more is about to come, and little is there yet."""
    return is_behind() and spool.is_short()


class Paced:
    """A worker loop's `run_once` with rests in between: always, or only `while_` something holds.

    With a condition the rest ends as soon as it holds no longer.
    """

    def __init__(
        self,
        run_once: Callable[[Clock], int],
        *,
        while_: Callable[[], bool] | None = None,
        longest: float = LONGEST_REST,
    ) -> None:
        self._run_once, self._while, self._longest = run_once, while_, longest
        self._rested = 0.0

    def __call__(self, clock: Clock) -> int:
        """Works, or rests for a moment; returns how much was done, or that there is more to do."""
        if time.monotonic() < self._rested:
            if self._while is None:
                return 0
            if self._while():
                time.sleep(_NAP)
                return 1
        began = time.monotonic()
        done = self._run_once(clock)
        if done:
            now = time.monotonic()
            self._rested = now + min(self._longest, REST * (now - began))
        return done
