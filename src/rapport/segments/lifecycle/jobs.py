"""The worker's loop for the lifecycle: looks at everybody, and how many stand where today."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db.models import QuerySet

from rapport.core.clock import SYSTEM, Clock
from rapport.core.queries import workspace
from rapport.segments.computed import backfill
from rapport.segments.lifecycle import queries
from rapport.segments.lifecycle.services import compiler
from rapport.segments.models import Lifecycle, StageDay
from rapport.segments.services.compiler import Compiled

SNAPSHOT_SECONDS = 900


def _rows() -> QuerySet[Lifecycle]:
    return Lifecycle.objects.all()


def _differing(lifecycle: Lifecycle, now: dt.datetime) -> Compiled:
    return compiler.compile_moves([] if lifecycle.stopped_at else queries.stages(), now=now)


def _next_at(lifecycle: Lifecycle, now: dt.datetime, took: dt.timedelta) -> dt.datetime | None:
    """Lapsing happens by time; what does not is looked at once a day in case something was missed."""
    if lifecycle.stopped_at:
        return None
    return backfill.pause(now, took) if lifecycle.moves_with_time else now + dt.timedelta(days=1)


def _finished(lifecycle: Lifecycle, now: dt.datetime) -> None:
    if not lifecycle.stopped_at:
        snapshot(now)


KIND = backfill.Kind(_rows, _differing, _next_at, _finished)


def run_once(clock: Clock = SYSTEM) -> int:
    return backfill.run_once(KIND, clock) or _snapshot_when_due(clock.now())


def snapshot(now: dt.datetime) -> None:
    """Notes how many stand where today; the last note of a day is what stays of it."""
    sizes = queries.sizes()
    day = now.astimezone(ZoneInfo(workspace().time_zone)).date()
    if not sizes:
        return
    rows = [StageDay(day=day, stage=key, people=sizes.get(key, 0)) for key in queries.names()]
    StageDay.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["day", "stage"], update_fields=["people"]
    )


def _snapshot_when_due(now: dt.datetime) -> int:
    if cache.get("lifecycle:snapshot") or queries.in_use() is None:
        return 0
    cache.set("lifecycle:snapshot", True, SNAPSHOT_SECONDS)
    snapshot(now)
    return 0
