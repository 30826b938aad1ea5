"""Webhooks of segments wait after a restore, like everything that leaves the house."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.core.access import Actor
from rapport.core.clock import Clock
from rapport.core.services.held_work import HELD_WORK, HeldItem, HeldWork
from rapport.core.services.journal import Line
from rapport.segments.models import Sync, SyncMessage
from rapport.segments.services import syncs

LOOP = "segment-syncs"


def items(_lines: Sequence[Line], now: dt.datetime) -> list[HeldItem]:
    """Receivers with messages that wait. They know a message that comes twice by its id."""
    waiting = Q(messages__state=SyncMessage.State.WAITING)
    rows = (
        Sync.objects.filter(paused_at=None, kind=Sync.Kind.WEBHOOK)
        .select_related("segment")
        .annotate(
            waiting=Count("messages", filter=waiting),
            sent=Count("messages", filter=Q(messages__state=SyncMessage.State.SENT)),
            oldest=Min("messages__created_at", filter=waiting),
        )
        .filter(waiting__gt=0)
        .order_by("name")
    )
    return [
        HeldItem(
            str(row.pk),
            row.name,
            reverse("segments:sync", args=[row.segment.key, row.pk]),
            row.sent,
            row.waiting,
            0,
            row.oldest,
            True,
        )
        for row in rows
    ]


def skip(actor: Actor, ids: Sequence[str], clock: Clock) -> None:
    """Pauses the receivers."""
    for sync in Sync.objects.filter(pk__in=ids, paused_at=None):
        syncs.pause_sync(actor=actor, sync=sync, clock=clock)


def register() -> None:
    HELD_WORK.register(HeldWork("webhooks", _("Webhooks of segments"), items, skip, LOOP))
