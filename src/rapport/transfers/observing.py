"""How long payloads that other systems sent are kept."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.utils.translation import gettext_lazy

from rapport.core.observing import RETENTIONS, Retention, delete_some
from rapport.transfers.models import Received


def forget_received(before: dt.datetime, limit: int) -> int:
    """Those that were worked in or set aside; what waits or failed stays until somebody mends its mapping."""
    ended = (Received.State.DONE, Received.State.SKIPPED, Received.State.DISCARDED)
    return delete_some(Received.objects.filter(state__in=ended, at__lt=before), limit)


def register() -> None:
    label = gettext_lazy("Payloads received")
    RETENTIONS.register(Retention("received", label, lambda: settings.RECEIVED_DAYS, forget_received))
