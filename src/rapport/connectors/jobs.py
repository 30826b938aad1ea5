"""The background jobs of connectors."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.connectors.services import queueing, reading, settling, writing
from rapport.core.jobs import JOB_KINDS, JobKind, every
from rapport.core.models import Job


def _url(job: Job) -> str:
    return reverse("connectors:connector", args=[job.payload["connector"]])


def register() -> None:
    lease = dt.timedelta(minutes=5)
    for kind in (
        JobKind(
            reading.BACKFILL, _("Reading all of a connected system"), reading.backfill, "connectors.edit", attempts=20,
            lease=lease, url=_url,
        ),
        JobKind("connectors.due", _("Looking after connectors"), reading.enqueue_due, schedule=every(minutes=1)),
        JobKind(
            reading.LOOK, _("Looking for changes in a connected system"), reading.look, lease=lease, url=_url,
            queue="connectors", attempts=3,
        ),
        JobKind(
            reading.RECORD, _("Reading a record of a connected system again"), reading.record, "connectors.edit",
            lease=lease, url=_url, queue="connectors.record", attempts=5,
        ),
        JobKind(
            settling.COMPARE, _("Comparing the customers of a connected system"), settling.compare_all,
            "connectors.edit", lease=lease, url=_url, queue=queueing.WRITE, attempts=5,
        ),
        JobKind(
            queueing.WRITE, _("Writing into a connected system"), writing.write, lease=lease, url=_url, attempts=3,
        ),
    ):  # fmt: skip
        JOB_KINDS.register(kind)
