"""Sends again what happened in a span of time, from the store of events, so also what was never queued."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core import jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.jobs import JobKind, RunningJob
from rapport.core.models import Job
from rapport.core.services import audit
from rapport.core.services.wake import wake
from rapport.events.queries import occurrences
from rapport.events.registry import Occurrence
from rapport.integrations import queries
from rapport.integrations.models import WebhookEndpoint, WebhookMessage
from rapport.integrations.services import endpoints, queueing

KIND = "integrations.replay"
LONGEST = dt.timedelta(days=92)
BLOCK = 1_000
FULL = dt.timedelta(seconds=30)
State = WebhookMessage.State


@dataclass(frozen=True, slots=True)
class Span:
    """From when (inclusive) to when, and whether only what was given up is meant."""

    since: dt.datetime
    until: dt.datetime
    only_failed: bool


@transaction.atomic
def order(*, actor: Actor, endpoint_id: uuid.UUID, span: Span, clock: Clock = SYSTEM) -> Job:
    """Has the events of the span sent again, under the ids they had. Raises ValidationError."""
    endpoints.require(actor)
    row = queries.endpoint_for(actor, endpoint_id)
    if row.disabled_at is not None:
        raise ValidationError(_("The endpoint is disabled; enable it first."))
    if not dt.timedelta(0) < span.until - span.since <= LONGEST:
        raise ValidationError({"until": _("It ends after it begins, and at most 92 days later.")})
    payload = {
        "endpoint": str(row.pk),
        "since": span.since.isoformat(),
        "until": span.until.isoformat(),
        "only_failed": span.only_failed,
    }
    try:
        job = jobs.enqueue(
            actor=actor, kind=KIND, payload=payload, unique_key=f"{KIND}:{row.pk}", clock=clock
        )
    except jobs.AlreadyQueued as error:
        raise ValidationError(_("A replay for this endpoint is under way.")) from error
    audit.record(
        actor=actor, action="webhook_endpoint.replayed", object_type="webhook_endpoint", object_id=row.pk,
        data={"name": row.name, "since": payload["since"], "until": payload["until"]}, clock=clock,
    )  # fmt: skip
    return job


def run(job: RunningJob) -> dict[str, int]:
    """Block by block: `done` events were looked at, and the next block begins behind them."""
    row = queries.endpoint_for(job.actor, uuid.UUID(job.payload["endpoint"]))
    span = Span(
        dt.datetime.fromisoformat(job.payload["since"]),
        dt.datetime.fromisoformat(job.payload["until"]),
        job.payload["only_failed"],
    )
    if span.only_failed:
        return {"events": _reopen_failed(row, span, job)}
    while block := occurrences.between(row.events, span.since, span.until, behind=job.row.done, limit=BLOCK):
        with transaction.atomic():
            if queueing.room_of(row.pk) < len(block):
                raise jobs.Later(FULL)
            _queue_again(row, block, job.clock.now())
            job.step(done=job.row.done + len(block))
    if row.missed_since and row.missed_since >= span.since:
        missed = WebhookEndpoint.objects.filter(pk=row.pk, missed=row.missed)
        missed.update(missed=0, missed_since=None)
    return {"events": job.row.done}


def _reopen_failed(row: WebhookEndpoint, span: Span, job: RunningJob) -> int:
    failed = WebhookMessage.objects.filter(
        endpoint=row, state=State.FAILED, is_test=False, at__gte=span.since, at__lt=span.until
    )
    number = jobs.reopen(failed, now=job.clock.now(), state=State.WAITING, settled_at=None)
    wake(queueing.LOOP)
    return number


def _queue_again(row: WebhookEndpoint, block: Sequence[Occurrence], now: dt.datetime) -> None:
    """Queues the events; those that are settled already are opened again."""
    ids = [queueing.webhook_id(event.event, event.message_id, event.at) for event in block]
    settled = WebhookMessage.objects.filter(endpoint=row, webhook_id__in=ids).exclude(state=State.WAITING)
    # What was withheld lost its content, and is made anew.
    settled.filter(state=State.WITHHELD).delete()
    jobs.reopen(settled, now=now, state=State.WAITING, settled_at=None)
    queueing.add(row, block, now=now)


JOB = JobKind(KIND, gettext_lazy("Replay of events to a webhook endpoint"), run, permission="webhooks.edit")
