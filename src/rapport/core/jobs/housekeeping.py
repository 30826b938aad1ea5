"""Core's own recurring jobs."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rapport.core import jobs
from rapport.core.jobs.registry import JOB_KINDS, JobKind
from rapport.core.jobs.services import control
from rapport.core.jobs.services.running import RunningJob
from rapport.core.observing import RETENTIONS
from rapport.core.services import idempotency, rates


def _tidy(job: RunningJob) -> dict[str, int]:
    now = job.clock.now()
    rates.forget_old(now)
    return {"jobs": control.forget_old(now), "repeated_requests": idempotency.forget_old(now)}


ROWS = 5_000


def _retain(job: RunningJob) -> dict[str, int]:
    """Deletes what is over for as long as its setting says, some thousand rows at a time."""
    removed: dict[str, int] = {}
    for entry in RETENTIONS:
        days, count, last = entry.days(), 0, ROWS
        before = job.clock.now() - dt.timedelta(days=days)
        while days > 0 and last >= ROWS:
            with transaction.atomic():
                last = entry.forget(before, ROWS)
                job.step(stage=entry.name)
            count += last
        removed[entry.name] = count
    return removed


def register() -> None:
    """Registers the removal of ended jobs and of stored answers, and of what is kept for some days only."""
    JOB_KINDS.register(JobKind("core.retention", _("Retention"), _retain, schedule=jobs.nightly(3)))
    tidying = JobKind(
        "core.tidying", _("Removing old jobs"), _tidy, schedule=jobs.every(hours=1), idle_seconds=60
    )
    JOB_KINDS.register(tidying)
