"""The background jobs of journeys."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.core.jobs import JOB_KINDS, JobKind
from rapport.core.models import Job
from rapport.journeys.services.replaying import replays


def _url(job: Job) -> str:
    return reverse("journeys:try", args=[job.payload["journey"]])


def register() -> None:
    JOB_KINDS.register(
        JobKind(
            replays.KIND,
            _("Replay of a journey"),
            replays.run,
            permission=replays.PERMISSION,
            attempts=3,
            lease=dt.timedelta(minutes=5),
            url=_url,
        )
    )
