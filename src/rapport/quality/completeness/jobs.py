"""The measurement of data quality as a background job: nightly, and when asked for."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.core.jobs import JobFailed, JobKind, RunningJob
from rapport.core.models import Job
from rapport.quality.completeness import subjects
from rapport.quality.completeness.services import measuring
from rapport.quality.models import QualityRun

BLOCK = 5_000


def carry_out(job: RunningJob) -> None:
    """Judges everybody in blocks by id; goes on after the last block that was committed."""
    if not QualityRun.objects.filter(job=job.row).exists():
        _start(job)
    while _next_block(job):
        pass


def _start(job: RunningJob) -> None:
    """The nightly job has no run before it starts."""
    try:
        with transaction.atomic():
            run = measuring.create_run(job.actor, job.clock)
            run.job = job.row
            run.save(update_fields=["job"])
            job.step(total=subjects.measured().count())
    except IntegrityError as error:
        raise JobFailed(_("Another measurement was running.")) from error


@transaction.atomic
def _next_block(job: RunningJob) -> bool:
    run = QualityRun.objects.select_for_update().get(job=job.row)
    if run.state == QualityRun.State.DONE:
        return False
    job.step(done=job.row.done + measuring.judge_next(run, job.row.done, BLOCK, job.clock))
    return True


def _ended(job: Job) -> None:
    if job.state != Job.State.DONE:
        QualityRun.objects.filter(job=job).update(state=QualityRun.State.FAILED, finished_at=job.finished_at)


JOB_KIND = JobKind(
    measuring.JOB,
    _("Measuring data quality"),
    run=carry_out,
    permission="people.edit",
    ended=_ended,
    url=lambda job: reverse("quality:quality"),
    schedule=measuring.is_due,
    idle_seconds=60,
)
