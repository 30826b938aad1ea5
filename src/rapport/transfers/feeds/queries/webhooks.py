"""Reads of webhooks and of what came in by them."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from rapport.core.access import Actor
from rapport.events.queries import masking
from rapport.events.registry import SourceState
from rapport.people.queries import sees_everybody
from rapport.transfers.models import Received, Webhook


def webhooks(actor: Actor) -> QuerySet[Webhook]:
    if not actor.may("data.view"):
        raise Http404
    return Webhook.objects.filter(reader="").select_related("source").order_by("pk")


def webhook_for(actor: Actor, webhook_id: int) -> Webhook:
    """Raises Http404."""
    webhook = webhooks(actor).filter(pk=webhook_id).first()
    if webhook is None:
        raise Http404
    return webhook


def webhook_of_source(actor: Actor, source_id: int) -> Webhook:
    """Raises Http404."""
    webhook = webhooks(actor).filter(source_id=source_id).first()
    if webhook is None:
        raise Http404
    return webhook


def received(actor: Actor, webhook: Webhook) -> QuerySet[Received]:
    """Payloads, newest first: what people sent, whoever they are, so only for those who may see everybody."""
    if not (actor.may("data.view") and sees_everybody(actor)):
        raise Http404
    return webhook.received.order_by("-pk")


def received_for(actor: Actor, webhook: Webhook, received_id: int) -> Received:
    """Raises Http404."""
    row = received(actor, webhook).filter(pk=received_id).first()
    if row is None:
        raise Http404
    return row


def counts(actor: Actor, webhook: Webhook) -> dict[str, int]:
    """How many payloads are kept by state."""
    if not actor.may("data.view"):
        raise Http404
    by_state = dict.fromkeys(Received.State.values, 0)
    rows = webhook.received.order_by().values_list("state").annotate(Count("pk"))
    return by_state | dict(rows)


def states(source_ids: list[int]) -> dict[int, SourceState]:
    """How webhook sources fare, for the list of sources. One query."""
    rows = Webhook.objects.filter(source_id__in=source_ids).annotate(
        last=Max("received__at"),
        failed=Count("received", filter=Q(received__state=Received.State.FAILED)),
        waiting=Count("received", filter=Q(received__state=Received.State.WAITING)),
    )
    return {row.source_id: _state(row) for row in rows}


def _state(row: Webhook) -> SourceState:
    last, failed = getattr(row, "last", None), getattr(row, "failed", 0)
    if failed:
        return SourceState(_("Failing"), "bad", last, failed)
    if row.mapped_at is None:
        return SourceState(_("Needs a mapping"), "warn", last)
    return SourceState(_("Receiving"), "good", last) if last else SourceState(_("Waiting"))


def payload_of(actor: Actor, item: Received) -> Any:
    """What was sent; only its shape for who may not see personal data."""
    document = json.loads(item.body)
    return document if actor.may(masking.PERMISSION) else masking.blanked(document)
