"""The worker's part in syncs: finding out what receivers do not know yet, sending, trying again, giving up."""

from __future__ import annotations

import datetime as dt
import time

from django.db import transaction

from rapport.core import jobs
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import incarnations, outbound
from rapport.segments.models import Sync, SyncMessage, WebhookAttempt
from rapport.segments.services import syncs, webhooks

# After each failed try; about two days in all, as Standard Webhooks recommends.
WAITS = [dt.timedelta(seconds=seconds) for seconds in (5, 60, 300, 1800, 7200, 18000, 36000, 50400, 72000)]
LEASE = dt.timedelta(minutes=1)
GONE = 410
State = SyncMessage.State


def run_once(clock: Clock = SYSTEM) -> int:
    """One turn of the loop: looks at syncs whose time has come and sends what waits."""
    return look_once(clock) + send_once(clock)


@transaction.atomic
def look_once(clock: Clock = SYSTEM) -> int:
    """Queues what the receiver of one sync that is due does not know; returns 0 when none was due."""
    now = clock.now()
    due = Sync.objects.filter(next_at__lte=now, paused_at=None, segment__archived_at=None)
    syncs_due = jobs.claim_rows(due.select_related("segment").order_by("next_at"), limit=1)
    for sync in syncs_due:
        if sync.kind == Sync.Kind.FILE:
            syncs.order_file(sync, clock=clock)
            continue
        queued = syncs.queue_changes(sync, now=now)
        # A large segment takes longer to compare, and is compared less often.
        pause = syncs.PAUSE * (1 + sync.segment.size // 100_000)
        Sync.objects.filter(pk=sync.pk).update(next_at=now if queued else now + pause)
    return len(syncs_due)


def send_once(clock: Clock = SYSTEM) -> int:
    """Sends the oldest message of a sync that is due; those of one sync go in order. Returns 1 if it tried.

    If this process dies, the lease ends and the message is sent again, under the same id.
    """
    waiting = SyncMessage.objects.filter(state=State.WAITING, sync__paused_at=None)
    first = waiting.order_by("sync_id", "pk").distinct("sync_id").values_list("pk", flat=True)
    due = waiting.filter(pk__in=list(first)).select_related("sync__segment").order_by("next_attempt_at")
    # Receivers were told by those data that ran last.
    if not due.filter(next_attempt_at__lte=clock.now()).exists() or not incarnations.may_send(clock.now()):
        return 0
    for message in jobs.claim(due, now=clock.now(), lease=LEASE):
        began = time.monotonic()
        status, response, wait = _send(message, clock)
        took = int((time.monotonic() - began) * 1000)
        attempt = WebhookAttempt(
            message=message, at=clock.now(), status=status, milliseconds=took, response=response[:500]
        )
        _record(message, attempt, wait, clock.now())
        return 1
    return 0


def _send(message: SyncMessage, clock: Clock) -> tuple[int | None, str, dt.timedelta | None]:
    """(status, the response's text, how long the receiver asks to wait)."""
    sync = message.sync
    content = webhooks.body(message, traits=sync.traits)
    headers = webhooks.headers(sync.secret, message_id=message.message_id, at=clock.now(), body=content)
    try:
        answer = outbound.request("POST", sync.url, body=content, headers=headers)
    except (outbound.Refused, outbound.Unreachable) as error:
        return None, str(error).replace("\x00", ""), None
    after = answer.headers.get("retry-after", "")
    wait = dt.timedelta(seconds=min(int(after), 86_400)) if after.isdecimal() and len(after) < 10 else None
    # What cannot be stored must not make the message look as if it had never been sent.
    return answer.status, answer.text.replace("\x00", ""), wait


@transaction.atomic
def _record(
    message: SyncMessage, attempt: WebhookAttempt, wait: dt.timedelta | None, now: dt.datetime
) -> None:
    attempt.save()
    status, number = attempt.status, message.attempts
    if status is not None and 200 <= status < 300:
        jobs.release(message, state=State.SENT, attempts=number, settled_at=now)
    else:
        pause = max(WAITS[min(number, len(WAITS)) - 1], wait or dt.timedelta(0))
        error = "no answer" if status is None else f"HTTP {status}"
        jobs.fail(
            message, error, now=now, attempts=len(WAITS) + 1, wait=pause, state=State.FAILED, settled_at=now
        )
    if status == GONE:
        Sync.objects.filter(pk=message.sync_id, paused_at=None).update(paused_at=now)
