"""The background jobs of loyalty."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from rapport.core.jobs import JOB_KINDS, JobKind, every
from rapport.loyalty.services import accounts, programs
from rapport.loyalty.services.wallet import noting, telling


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
    JOB_KINDS.register(JobKind(accounts.REVIEW_JOB, _("Judging all members anew"), accounts.review_all))
    JOB_KINDS.register(
        JobKind(
            noting.JOB, _("Members' cards in wallets"), telling.run, schedule=every(minutes=5),
            lease=dt.timedelta(minutes=5),
        )
    )  # fmt: skip
