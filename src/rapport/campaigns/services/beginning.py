"""What campaigns that begin by themselves add to the worker, the stream, erasure and merges."""

from __future__ import annotations

from rapport.campaigns.services import entries, entry_data, recurring
from rapport.core.observing import RETENTIONS
from rapport.core.registry import PERSONAL_DATA, WORKER_LOOPS, WorkerLoop
from rapport.events.registry import EVENT_LISTENERS
from rapport.people.registry import MERGEABLES


def register() -> None:
    EVENT_LISTENERS.register(entries.LISTENER)
    PERSONAL_DATA.register(entry_data.HOLDER)
    RETENTIONS.register(entry_data.RETENTION)
    MERGEABLES.register(entry_data.MERGEABLE)
    WORKER_LOOPS.register(WorkerLoop(entries.LOOP, entries.run_once, 5.0, longest_idle=30.0))
    WORKER_LOOPS.register(WorkerLoop(recurring.LOOP, recurring.run_once, 20.0))
