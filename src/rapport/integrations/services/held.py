"""Webhooks wait after a restore, like everything that leaves the house."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.core.access import Actor
from rapport.core.clock import Clock
from rapport.core.services.held_work import HELD_WORK, HeldItem, HeldWork
from rapport.core.services.journal import Line
from rapport.integrations.models import WebhookEndpoint, WebhookMessage
from rapport.integrations.services import endpoints
from rapport.integrations.services.queueing import LOOP


def items(_lines: Sequence[Line], now: dt.datetime) -> list[HeldItem]:
    """Endpoints with messages that wait. They know a message that comes twice by its id."""
    state = WebhookMessage.State
    waiting = Q(messages__state=state.WAITING)
    rows = (
        WebhookEndpoint.objects.filter(disabled_at=None)
        .annotate(
            waiting=Count("messages", filter=waiting),
            sent=Count("messages", filter=Q(messages__state=state.DELIVERED)),
            oldest=Min("messages__created_at", filter=waiting),
        )
        .filter(waiting__gt=0)
        .order_by("name")
    )
    return [
        HeldItem(
            str(row.pk),
            row.name,
            reverse("integrations:endpoint", args=[row.pk]),
            row.sent,
            row.waiting,
            0,
            row.oldest,
            True,
        )
        for row in rows
    ]


def skip(actor: Actor, ids: Sequence[str], clock: Clock) -> None:
    """Disables the endpoints."""
    for pk in ids:
        endpoints.disable(actor=actor, endpoint_id=uuid.UUID(pk), clock=clock)


def register() -> None:
    HELD_WORK.register(HeldWork("webhook-endpoints", _("Webhook endpoints"), items, skip, LOOP))
