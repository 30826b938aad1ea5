"""The only place that asks what time it is.

Code that decides by time takes a `Clock`; tests, replays and simulations pass a `VirtualClock`.
"""

from __future__ import annotations

import datetime as dt
from typing import Protocol


class Clock(Protocol):
    """Answers with the present, in UTC and aware."""

    def now(self) -> dt.datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)


class VirtualClock:
    """A clock that stands still until it is moved."""

    def __init__(self, start: dt.datetime) -> None:
        self._now = start.astimezone(dt.UTC)

    def now(self) -> dt.datetime:
        return self._now

    def advance(self, by: dt.timedelta) -> None:
        self._now += by


SYSTEM = SystemClock()


def clock_of(request: object) -> Clock:
    """The clock of a request: the system's, unless a test puts another one on `request.clock`."""
    clock: Clock = getattr(request, "clock", SYSTEM)
    return clock
