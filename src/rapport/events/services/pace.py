"""How often work is done whose cost depends on the persons in question, not on how much happened to them.

Looking at a person costs about the same after one event as after ten. So while the stream is behind and segments are
late anyway, a look may wait, as far as that is seen to gain something: a person is then named several times in one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import spool
from rapport.events.services import log

# The stream is behind when the oldest event in the log waits for longer than this.
BEHIND_SECONDS = 2.0
# After work that took so long, rest so many times as long, at most so many seconds.
REST, LONGEST_REST = 3.0, 6.0
# No look waits for longer for others of the same persons.
LONGEST_GAIN = 2.0
_NAP = 0.2
# After a round that fewer events than this were there for, the next waits for more: as long as the round took,
# because most of that is the same for one event and for hundreds, but never so long that somebody would notice.
FEW_EVENTS, GATHERING, LONGEST_GATHERING = 2_000, 1.0, 0.03


def is_behind(clock: Clock = SYSTEM) -> bool:
    """Whether events wait in the log for longer than they should."""
    oldest = log.oldest()
    return oldest is not None and (clock.now() - oldest).total_seconds() > BEHIND_SECONDS


def is_filling() -> bool:
    """Whether a block for ClickHouse is worth waiting for: more is about to come, and little is there yet."""
    return is_behind() and spool.is_short()


class Looker(Protocol):
    """`repeats`: how often the last look found a person named, on average."""

    repeats: float


def seldom(took: float, longest: float = LONGEST_REST, times: float = REST) -> float:
    """The rest after work that took so long: as many times that, which by default leaves it a quarter of the time."""
    return min(longest, times * took)


def by_gain(looker: Looker, took: float) -> float:
    """The rest that the last look has been worth: what it had cost to look at persons each time they were named."""
    return min(LONGEST_GAIN, (looker.repeats - 1.0) * took)


def gathered(run_once: Callable[[Clock], int]) -> Callable[[Clock], int]:
    """`run_once`, so that events which come one after another are worked off in fewer rounds; the first at once."""

    def run(clock: Clock) -> int:
        began = time.monotonic()
        done = run_once(clock)
        if 0 < done < FEW_EVENTS:
            time.sleep(min(LONGEST_GATHERING, GATHERING * (time.monotonic() - began)))
        return done

    return run


class Paced:
    """A worker loop's `run_once` with rests in between: always, or only `while_` something holds.

    `rest` tells from how long it took how long to rest. With a condition it ends as soon as that holds no longer.
    """

    def __init__(
        self,
        run_once: Callable[[Clock], int],
        *,
        while_: Callable[[], bool] | None = None,
        rest: Callable[[float], float] = seldom,
    ) -> None:
        self._run_once, self._while, self._rest = run_once, while_, rest
        self._rested = 0.0

    def __call__(self, clock: Clock) -> int:
        """Works, or rests for a moment; returns how much was done, or that there is more to do."""
        if (rest := self._rested - time.monotonic()) > 0:
            if self._while is None:
                return 0
            if self._while():
                time.sleep(min(_NAP, rest))
                return 1
        began = time.monotonic()
        done = self._run_once(clock)
        if done:
            now = time.monotonic()
            self._rested = now + self._rest(now - began)
        return done
