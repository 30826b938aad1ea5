"""Repairs as background jobs: looking, applying and taking back, each in small transactions."""

from __future__ import annotations

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.core.jobs import JobKind, RunningJob
from rapport.core.models import Job
from rapport.core.permissions import Reach
from rapport.quality.cleansing.services import runs, writing
from rapport.quality.cleansing.services.finding import find_changes
from rapport.quality.models import RepairItem, RepairRun

BLOCK = 5_000
CHUNK = 500
State = RepairRun.State


def carry_out(job: RunningJob) -> None:
    """Does what the run's state says until it is no longer busy, or another job has taken its place."""
    while _next_chunk(job):
        pass


@transaction.atomic
def _next_chunk(job: RunningJob) -> bool:
    busy = RepairRun.objects.filter(pk=job.payload["run"], job=job.row, state__in=RepairRun.BUSY)
    run = busy.select_for_update().first()
    if run is None:
        return False
    done = job.row.done + (find_changes(run, BLOCK) if run.state == State.LOOKING else _write_next(run, job))
    run.save()
    job.step(done=done)
    return run.is_busy


def _write_next(run: RepairRun, job: RunningJob) -> int:
    undoing = run.state == State.UNDOING
    state = RepairItem.State.APPLIED if undoing else RepairItem.State.PROPOSED
    items = list(run.items.filter(state=state).order_by("pk")[:CHUNK])
    if items:
        (writing.undo if undoing else writing.apply)(run, items, job.clock)
    else:
        run.state, run.finished_at = (State.UNDONE if undoing else State.DONE), job.clock.now()
    return len(items)


def _ended(job: Job) -> None:
    """What was given up or cancelled half-way: a look is discarded, a change can be gone on with or taken back."""
    for run in RepairRun.objects.filter(job=job, state__in=RepairRun.BUSY):
        run.state = State.DISCARDED if run.state == State.LOOKING else State.STOPPED
        run.finished_at = job.finished_at
        run.save(update_fields=["state", "finished_at"])


JOB_KIND = JobKind(
    runs.JOB,
    _("Repairing data"),
    run=carry_out,
    permission="people.edit",
    reach=Reach.ALL,
    ended=_ended,
    url=lambda job: reverse("quality:repair", args=[job.payload["run"]]),
)
