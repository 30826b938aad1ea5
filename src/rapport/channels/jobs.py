"""What channels do in the background: looking at the DNS of the sending domains again."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.channels.email.services import checking, receivers
from rapport.core import jobs
from rapport.core.jobs import JOB_KINDS, JobKind, RunningJob

CHECK = "channels.check_domains"
RECEIVERS = "channels.look_up_receivers"


def check_domains(job: RunningJob) -> dict[str, int]:
    """Asks DNS about every sending domain."""
    return {"domains": checking.check_all(job.clock)}


def look_up_receivers(job: RunningJob) -> dict[str, int]:
    """Asks DNS whose mail servers those of new receiving domains are."""
    return {"domains": receivers.look_up(job.clock)}


def register() -> None:
    JOB_KINDS.register(
        JobKind(
            RECEIVERS,
            _("Look-up of receiving domains"),
            look_up_receivers,
            permission="channels.edit",
            schedule=jobs.every(minutes=10),
        )
    )
    JOB_KINDS.register(
        JobKind(
            CHECK,
            _("Check of the sending domains"),
            check_domains,
            permission="channels.edit",
            schedule=jobs.every(hours=6),
        )
    )
