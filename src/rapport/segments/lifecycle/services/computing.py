"""The jobs of the lifecycle: whole computations, and how many persons are in each stage today."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from rapport.core.jobs import RunningJob
from rapport.core.queries import workspace
from rapport.segments.clauses.shorthand import STAGE_TRAIT
from rapport.segments.lifecycle import queries
from rapport.segments.lifecycle.services import compiler
from rapport.segments.models import Lifecycle, StageDay
from rapport.segments.services import backfill
from rapport.segments.services.compiler import Compiled
from rapport.segments.services.computation import ComputationKind


def run(lifecycle: Lifecycle, job: RunningJob) -> None:
    """The job: moves those who are not in the stage where they should be."""
    rows = Lifecycle.objects.all()
    backfill.run(rows, lifecycle, job, trait=STAGE_TRAIT, find=lambda now: _differences(lifecycle, now))
    count_stages(job)


def count_stages(job: RunningJob) -> None:
    """The job that notes how many persons are in each stage today."""
    if queries.in_use() is not None:
        snapshot(job.clock.now())


def snapshot(now: dt.datetime) -> None:
    """Notes how many are in each stage today; the last note of a day is what stays of it."""
    sizes = queries.sizes()
    day = now.astimezone(ZoneInfo(workspace().time_zone)).date()
    if not sizes:
        return
    rows = [StageDay(day=day, stage=key, people=sizes.get(key, 0)) for key in queries.names()]
    StageDay.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["day", "stage"], update_fields=["people"]
    )


def _differences(lifecycle: Lifecycle, now: dt.datetime) -> Compiled:
    return compiler.compile_moves([] if lifecycle.stopped_at else queries.stages(), now=now)


def _next_at(lifecycle: Lifecycle, now: dt.datetime) -> dt.datetime | None:
    """Lapsing happens by time; what does not is computed once a day in case something was missed."""
    if lifecycle.stopped_at:
        return None
    return backfill.pause(lifecycle, now) if lifecycle.moves_with_time else now + dt.timedelta(days=1)


KIND = ComputationKind(
    "segments.compute_stages", _("Computing lifecycle stages"), Lifecycle.objects.all, run, _next_at,
    queue="segments.traits",
)  # fmt: skip
