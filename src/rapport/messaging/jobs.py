"""What messaging does in the background: counting what became of the messages of each day."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core import jobs
from rapport.core.jobs import JOB_KINDS, JobKind, RunningJob
from rapport.messaging.services import deliverability, fetching, tracking_requests


def count_recent(job: RunningJob) -> dict[str, int]:
    """Today and yesterday."""
    return {"rows": deliverability.refresh(job.clock.now())}


def count_late(job: RunningJob) -> dict[str, int]:
    """Two weeks, for what came back late."""
    return {"rows": deliverability.refresh(job.clock.now(), deliverability.LATE)}


def tidy_tracking_requests(job: RunningJob) -> dict[str, int]:
    """Requests for pixels and links, whose judgement stands."""
    return {"rows": tracking_requests.tidy(job.clock.now())}


def register() -> None:
    JOB_KINDS.register(JobKind(fetching.KIND, _("Files of messages"), fetching.run, ended=fetching.give_up))
    label = _("Deliverability")
    JOB_KINDS.register(
        JobKind("messaging.deliverability", label, count_recent, schedule=jobs.every(minutes=15))
    )
    JOB_KINDS.register(JobKind("messaging.deliverability_late", label, count_late, schedule=jobs.nightly()))
    JOB_KINDS.register(
        JobKind(
            "messaging.tracking_requests",
            _("Opens and clicks judged"),
            tidy_tracking_requests,
            schedule=jobs.nightly(),
        )
    )
