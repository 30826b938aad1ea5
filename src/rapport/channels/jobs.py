"""What channels do in the background: looking at the DNS of the sending domains again."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.channels.email.services import checking
from rapport.core import jobs
from rapport.core.jobs import JOB_KINDS, JobKind, RunningJob

CHECK = "channels.check_domains"


def check_domains(job: RunningJob) -> dict[str, int]:
    """Asks DNS about every sending domain."""
    return {"domains": checking.check_all(job.clock)}


def register() -> None:
    JOB_KINDS.register(
        JobKind(
            CHECK,
            _("Check of the sending domains"),
            check_domains,
            permission="channels.edit",
            schedule=jobs.every(hours=6),
        )
    )
