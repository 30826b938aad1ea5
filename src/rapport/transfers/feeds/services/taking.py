"""From received payloads to the event log: each is marked in the transaction that logs its events."""

from __future__ import annotations

import datetime as dt
import json
import logging
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from rapport.core import jobs, sql
from rapport.core.clock import SYSTEM, Clock
from rapport.events.models import Source
from rapport.events.services import cleaning
from rapport.events.services import log as event_log
from rapport.events.services.envelope import Event
from rapport.transfers.feeds.registry import PAYLOAD_READERS
from rapport.transfers.feeds.services import trying
from rapport.transfers.models import Received, Webhook

log = logging.getLogger("rapport.webhooks")
ROWS = 100
KEPT = 50
KEPT_FOR = dt.timedelta(days=7)
_TIDY = """
    DELETE FROM transfers_received WHERE state IN ('done', 'skipped', 'discarded') AND (at < %b OR id IN (
        SELECT id FROM (
            SELECT id, row_number() OVER (PARTITION BY webhook_id ORDER BY id DESC) AS place
            FROM transfers_received
        ) ranked WHERE place > %b
    ))
"""


def run_once(clock: Clock = SYSTEM) -> int:
    """Takes the oldest waiting payloads of a source that has a mapping; returns how many.

    One worker at a time for each source, so that what one sender says stays in order.
    """
    with transaction.atomic():
        waiting = Received.objects.filter(state=Received.State.WAITING)
        due = waiting.filter(webhook__source=OuterRef("pk"), webhook__mapped_at__isnull=False)
        sources = jobs.claim_rows(Source.objects.filter(Exists(due)).order_by("pk"), limit=1)
        if not sources:
            return 0
        webhook = Webhook.objects.get(source=sources[0])
        rows = list(waiting.filter(webhook=webhook).order_by("pk")[:ROWS])
        for row in rows:
            _take(row, webhook, clock.now())
        Received.objects.bulk_update(rows, ["state", "reason", "events", "identifiers"])
    return len(rows)


def _take(row: Received, webhook: Webhook, now: dt.datetime) -> None:
    """Logs what a payload says, or notes why it could not be read: it stays, to be taken again."""
    try:
        events = _events(row, webhook, now)
    except Exception as error:  # one poisoned payload must not hold up those behind it
        log.exception("payload %s could not be mapped", row.pk)
        row.state, row.reason = Received.State.FAILED, f"Unexpected: {type(error).__name__}: {error}"[:2000]
        return
    if events:
        event_log.append(webhook.source_id, events, now)


def _events(row: Received, webhook: Webhook, now: dt.datetime) -> list[Event]:
    # NUL characters and the like would come back in `known` and `reason`, and hold up all rows of this turn.
    payload = json.loads(cleaning.clean(row.body.encode()))
    if webhook.reader:
        return _read(row, webhook, payload, now)
    trial, events, personal_values = trying.attempt(webhook.mapping, payload, row.headers, row.at)
    row.identifiers = sorted(personal_values)[:100]
    row.reason = "\n".join(str(trouble) for trouble in trial.troubles)[:4000]
    row.events = 0
    if trial.troubles:
        # All or nothing: half a payload taken now would be the other half forgotten.
        row.state = Received.State.FAILED
        return []
    row.state = Received.State.DONE if trial.met else Received.State.SKIPPED
    row.events = len(events)
    return events


def _read(row: Received, webhook: Webhook, payload: Any, now: dt.datetime) -> list[Event]:
    """As the app reads it that owns the source. What it wrote itself goes when it finds troubles."""
    with transaction.atomic():
        read = PAYLOAD_READERS[webhook.reader].read(webhook.source_id, payload, row.headers, now)
        transaction.set_rollback(bool(read.troubles))
    row.identifiers, row.reason = sorted(read.identifiers)[:100], "\n".join(read.troubles)[:4000]
    row.events = 0 if read.troubles else len(read.events)
    row.state = (
        Received.State.FAILED
        if read.troubles
        else Received.State.DONE
        if read.met
        else Received.State.SKIPPED
    )
    return [] if read.troubles else read.events


def delete_old(now: dt.datetime) -> None:
    """Deletes payloads that were dealt with: all but the last 50 of a source, and all older than seven days."""
    sql.run(_TIDY, [now - KEPT_FOR, KEPT])
