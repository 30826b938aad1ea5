"""Background work of governance: erasing from the event store, consents that end."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from rapport.core.jobs import JOB_KINDS, JobKind, every
from rapport.governance.services import double_opt_in, erasure, expiry


def register() -> None:
    JOB_KINDS.register(
        JobKind(
            erasure.STORES_JOB,
            _("Erasing from the event store"),
            erasure.erase_stores,
            attempts=1_000,
            cancellable=False,
            lease=dt.timedelta(minutes=10),
        )
    )
    JOB_KINDS.register(
        JobKind(
            double_opt_in.JOB, _("Mail that asks for a confirmation"), double_opt_in.send_mail, attempts=20
        )
    )
    JOB_KINDS.register(
        JobKind(expiry.JOB, _("Consents that have expired"), expiry.expire, schedule=every(minutes=5))
    )
