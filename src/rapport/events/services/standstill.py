"""What of the event pipeline stands still: something waits there, and nobody gets any further."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from rapport.core.services import spool
from rapport.events.services import log, tries
from rapport.people.services import projector

# What is behind the log may wait this long: it has no mark of its own that it goes on.
LONG = dt.timedelta(minutes=5)


def problems(waiting: Sequence[log.Backlog], now: dt.datetime) -> list[str]:
    """A sentence for each place that stands still, with since when."""
    sentences = [
        f"The stream stands still at partition {partition} of the log; see stream.log."
        for partition in tries.standing_still(waiting, now)
    ]
    for name, oldest in (("ClickHouse", spool.oldest()), ("the projector", projector.oldest())):
        if oldest is not None and now - oldest > LONG:
            sentences.append(f"Changes wait for {name} since {oldest:%Y-%m-%d %H:%M} UTC; see projector.log.")
    return sentences


def oldest_behind_log() -> dt.datetime | None:
    """Since when the oldest of what waits behind the log does: blocks for ClickHouse, changed people."""
    return min((moment for moment in (spool.oldest(), projector.oldest()) if moment), default=None)
