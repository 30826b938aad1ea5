"""Recurring jobs: when the next one is due, and enqueueing it once for all workers."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Callable

from rapport.core.access import system
from rapport.core.clock import Clock
from rapport.core.jobs.registry import JobKind
from rapport.core.jobs.services.queue import AlreadyQueued, enqueue
from rapport.core.models import Job
from rapport.core.queries import workspace

Schedule = Callable[[dt.datetime | None, dt.datetime], bool]


def every(**interval: float) -> Schedule:
    """`every(hours=1)`: so long after the last one was enqueued; at once when there was none."""
    length = dt.timedelta(**interval)
    return lambda last, now: last is None or now - last >= length


def nightly(hour: int = 2) -> Schedule:
    """Once a night from `hour` in the workspace's zone; by day only when a night was missed."""

    def due(last: dt.datetime | None, now: dt.datetime) -> bool:
        since = dt.timedelta(days=365) if last is None else now - last
        local = now.astimezone(zoneinfo.ZoneInfo(workspace().time_zone))
        return since >= dt.timedelta(hours=20) and (
            hour <= local.hour < hour + 4 or since >= dt.timedelta(hours=40)
        )

    return due


def enqueue_due(kinds: list[JobKind], clock: Clock) -> None:
    """Enqueues the next job of each recurring kind whose time has come."""
    for kind in kinds:
        if kind.schedule is None:
            continue
        last = Job.objects.filter(kind=kind.name).order_by("-created_at").first()
        if last is not None and last.is_live:
            continue
        if kind.schedule(last.created_at if last else None, clock.now()):
            try:
                enqueue(actor=system(kind.name), kind=kind.name, unique_key=f"every:{kind.name}", clock=clock)
            except AlreadyQueued:
                continue  # another worker was quicker


def forget_earlier(job: Job) -> None:
    """Of a recurring kind only the newest success (of a unique key) is kept."""
    done = Job.objects.filter(kind=job.kind, unique_key=job.unique_key, state=Job.State.DONE)
    done.filter(created_at__lt=job.created_at).delete()
