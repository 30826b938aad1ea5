"""The worker's part in syncs: finding out whose time has come, sending, trying again, giving up."""

from __future__ import annotations

import datetime as dt
import time

from django.db import transaction

from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import outbound
from rapport.segments.models import Attempt, Delivery, Sync
from rapport.segments.services import exports, syncs, webhooks

# After each failed try; about two days in all, as Standard Webhooks recommends.
WAITS = [dt.timedelta(seconds=each) for each in (5, 60, 300, 1800, 7200, 18000, 36000, 50400, 72000)]
LEASE = dt.timedelta(minutes=1)
GONE = 410


def run_once(clock: Clock = SYSTEM) -> int:
    """One turn of the loop: looks at syncs whose time has come and sends what waits."""
    return look_once(clock) + send_once(clock)


@transaction.atomic
def look_once(clock: Clock = SYSTEM) -> int:
    """Queues what one sync's receiver does not know; returns how much there was to tell."""
    now = clock.now()
    due = Sync.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        next_at__lte=now, paused_at=None
    )
    sync = due.filter(segment__archived_at=None).select_related("segment").order_by("next_at").first()
    if sync is None:
        return 0
    if sync.kind == Sync.Kind.FILE:
        exports.request_drop(sync, now=now)
        Sync.objects.filter(pk=sync.pk).update(next_at=now + dt.timedelta(hours=sync.every_hours))
        return 1
    told = syncs.tell_changes(sync, now=now)
    # A large segment takes longer to compare, and is compared less often.
    pause = syncs.PAUSE * (1 + sync.segment.size // 100_000)
    Sync.objects.filter(pk=sync.pk).update(next_at=now if told else now + pause)
    return told


def send_once(clock: Clock = SYSTEM) -> int:
    """Sends the oldest message of a sync that is due; those of one sync go in order. Returns 1 if it tried."""
    delivery = _claim(clock.now())
    if delivery is None:
        return 0
    began = time.monotonic()
    status, said, wait = _send(delivery, clock)
    tried = Attempt(
        delivery=delivery,
        at=clock.now(),
        status=status,
        milliseconds=int((time.monotonic() - began) * 1000),
        said=said[:500],
    )
    _settle(delivery, tried, wait, clock.now())
    return 1


@transaction.atomic
def _claim(now: dt.datetime) -> Delivery | None:
    """Leased before it is sent: if this process dies, it is sent again, under the same id."""
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING, sync__paused_at=None)
    first = waiting.order_by("sync_id", "pk").distinct("sync_id").values_list("pk", flat=True)
    claimed = (
        Delivery.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(pk__in=list(first), next_attempt_at__lte=now)
        .select_related("sync", "sync__segment")
        .order_by("next_attempt_at")
        .first()
    )
    if claimed:
        Delivery.objects.filter(pk=claimed.pk).update(next_attempt_at=now + LEASE)
    return claimed


def _send(delivery: Delivery, clock: Clock) -> tuple[int | None, str, dt.timedelta | None]:
    """(status, what was said, how long the receiver asks to wait)."""
    sync = delivery.sync
    content = webhooks.body(delivery, traits=sync.traits)
    headers = webhooks.headers(sync.secret, message_id=delivery.message_id, at=clock.now(), body=content)
    try:
        answer = outbound.request("POST", sync.url, body=content, headers=headers)
    except (outbound.Refused, outbound.Unreachable) as error:
        return None, str(error).replace("\x00", ""), None
    asked = answer.headers.get("retry-after", "")
    wait = dt.timedelta(seconds=min(int(asked), 86_400)) if asked.isdecimal() and len(asked) < 10 else None
    # What cannot be stored must not make the message look as if it had never been sent.
    return answer.status, answer.text.replace("\x00", ""), wait


@transaction.atomic
def _settle(delivery: Delivery, tried: Attempt, asked: dt.timedelta | None, now: dt.datetime) -> None:
    tried.save()
    row = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.WAITING)
    number = delivery.attempts + 1
    if tried.status is not None and 200 <= tried.status < 300:
        row.update(state=Delivery.State.SENT, attempts=number, settled_at=now)
    elif number > len(WAITS):
        row.update(state=Delivery.State.FAILED, attempts=number, settled_at=now)
    else:
        wait = max(WAITS[number - 1], asked or dt.timedelta(0))
        row.update(attempts=number, next_attempt_at=now + wait)
    if tried.status == GONE:
        Sync.objects.filter(pk=delivery.sync_id, paused_at=None).update(paused_at=now)
