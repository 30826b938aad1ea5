"""Core's own recurring jobs."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core import jobs
from rapport.core.jobs.registry import JOB_KINDS, JobKind
from rapport.core.jobs.services import control
from rapport.core.jobs.services.running import RunningJob
from rapport.core.services import idempotency


def _tidy(job: RunningJob) -> dict[str, int]:
    now = job.clock.now()
    return {"jobs": control.forget_old(now), "repeated_requests": idempotency.forget_old(now)}


def register() -> None:
    """Registers the removal of ended jobs and of stored answers."""
    tidying = JobKind(
        "core.tidying", _("Removing old jobs"), _tidy, schedule=jobs.every(hours=1), idle_seconds=60
    )
    JOB_KINDS.register(tidying)
