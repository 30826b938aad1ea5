"""What workers do for the event pipeline, over and over."""

from __future__ import annotations

from functools import partial

from rapport.core.registry import WORKER_LOOPS, WorkerLoop
from rapport.core.services import spool
from rapport.events.catalogue import observe
from rapport.events.services import pace, relay, squash, stream
from rapport.people.services import changes, projector

# Each is woken by whoever leaves work to it, so looking is only for what a broken connection has swallowed.
RARELY = 10.0


def register() -> None:
    """Registers the loops; a projector for each division of the people."""
    short = pace.Paced(spool.flush, while_=spool.is_short, rest=partial(pace.seldom, longest=0.3))
    stored = pace.Paced(short, while_=pace.is_filling)
    for loop in (
        WorkerLoop("stream", pace.gathered(stream.run_once), 1.0, part="stream", longest_idle=RARELY),
        WorkerLoop("relay", relay.run_once, 1.0, longest_idle=RARELY),
        WorkerLoop("spool", stored, 1.0, part="projector", longest_idle=RARELY),
        *map(_projector, range(changes.divisions())),
        WorkerLoop("squash", squash.run_once, 600.0),
        WorkerLoop("catalogue", observe.run_once, 15.0),
    ):
        WORKER_LOOPS.register(loop)


def _projector(division: int) -> WorkerLoop:
    worker = projector.Projector(division)
    paced = pace.Paced(worker.run_once, while_=pace.is_behind, rest=partial(pace.by_gain, worker))
    return WorkerLoop(
        f"projector-{division}", paced, 1.0, part="projector", woken_as="projector", longest_idle=RARELY
    )
