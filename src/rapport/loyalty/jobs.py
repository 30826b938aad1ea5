"""The background jobs of loyalty."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from rapport.core.jobs import JOB_KINDS, JobKind
from rapport.loyalty.services import programs


def register() -> None:
    JOB_KINDS.register(
        JobKind(
            programs.COUNT_JOB,
            _("Counting what earlier orders earn"),
            programs.count,
            "loyalty.edit",
            lease=dt.timedelta(minutes=5),
        )
    )
