"""Reads of webhook endpoints, their messages and tries."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Min, Q, QuerySet
from django.http import Http404

from rapport.core.access import Actor
from rapport.integrations.models import WebhookAttempt, WebhookEndpoint, WebhookMessage

WAITING = Q(state=WebhookMessage.State.WAITING)


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for an endpoint, and since when."""

    waiting: int = 0
    oldest: dt.datetime | None = None
    failed: int = 0


def endpoints(actor: Actor) -> QuerySet[WebhookEndpoint]:
    """All endpoints by name. Raises Http404."""
    if not actor.may("webhooks.view"):
        raise Http404
    return WebhookEndpoint.objects.order_by("name", "id")


def endpoint_for(actor: Actor, endpoint_id: uuid.UUID, *, lock: bool = False) -> WebhookEndpoint:
    """Raises Http404."""
    rows = endpoints(actor)
    row = (rows.select_for_update() if lock else rows).filter(pk=endpoint_id).first()
    if row is None:
        raise Http404("no such endpoint")
    return row


def messages(endpoint: WebhookEndpoint, *, state: str = "", event: str = "") -> QuerySet[WebhookMessage]:
    """What was or will be sent, newest first."""
    rows = WebhookMessage.objects.filter(endpoint=endpoint)
    if state:
        rows = rows.filter(state=state)
    return (rows.filter(event=event) if event else rows).order_by("-pk")


def message_for(endpoint: WebhookEndpoint, message_id: int) -> WebhookMessage:
    """Raises Http404."""
    row = messages(endpoint).filter(pk=message_id).first()
    if row is None:
        raise Http404("no such message")
    return row


def attempts(message_ids: Iterable[int]) -> dict[int, list[WebhookAttempt]]:
    """{message: its tries, newest first}. One query."""
    by_message: dict[int, list[WebhookAttempt]] = {}
    for attempt in WebhookAttempt.objects.filter(message_id__in=list(message_ids)).order_by("-pk"):
        by_message.setdefault(attempt.message_id, []).append(attempt)
    return by_message


def queues(endpoint_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Queue]:
    """{endpoint: what waits for it}. One query."""
    rows = (
        WebhookMessage.objects.filter(endpoint_id__in=endpoint_ids)
        .filter(WAITING | Q(state=WebhookMessage.State.FAILED))
        .order_by()
        .values("endpoint_id")
        .annotate(
            waiting=Count("pk", filter=WAITING),
            oldest=Min("created_at", filter=WAITING),
            failed=Count("pk", filter=~WAITING),
        )
    )
    by_endpoint = {row["endpoint_id"]: Queue(row["waiting"], row["oldest"], row["failed"]) for row in rows}
    return {pk: by_endpoint.get(pk, Queue()) for pk in endpoint_ids}
