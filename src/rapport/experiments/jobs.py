"""The background job of experiments."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.jobs import JOB_KINDS, JobKind, RunningJob, every
from rapport.experiments.services import experiments


def count(job: RunningJob) -> dict[str, int]:
    """Counts what runs, and decides what may be decided by itself."""
    return {"experiments": experiments.count_running(job.clock, step=lambda done: job.step(done=done))}


def register() -> None:
    JOB_KINDS.register(
        JobKind("experiments.count", _("Counting experiments"), count, schedule=every(minutes=15))
    )
