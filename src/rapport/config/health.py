"""GET /readyz: whether this process can do its work, and how far the stream is behind."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import Error as DatabaseError
from django.http import HttpRequest, JsonResponse

from rapport.channels.email import queries as domains
from rapport.core import clickhouse
from rapport.core.clock import SYSTEM, Clock
from rapport.core.jobs import queries
from rapport.core.services import incarnations, journal
from rapport.events.services import log, standstill
from rapport.messaging.queries import deliverability


def readyz(_request: HttpRequest) -> JsonResponse:
    """200 with {"status": "ready", "stream_lag_seconds": n, …}, or 503 naming what is away or stands still."""
    answer: dict[str, object] = {"status": "ready", "postgres": "ok", "clickhouse": "ok", "log": log.kind()}
    try:
        answer |= _lag() | _jobs() | _sending()
    except DatabaseError:
        answer |= {"status": "unavailable", "postgres": "away"}
    except log.Unavailable:
        answer |= {"status": "unavailable", "nats": "away"}
    try:
        clickhouse.scalar("SELECT 1")
    except Exception:
        answer |= {"status": "unavailable", "clickhouse": "away"}
    return JsonResponse(answer, status=200 if answer["status"] == "ready" else 503)


def _lag(clock: Clock = SYSTEM) -> dict[str, object]:
    waiting = log.backlog()
    now = clock.now()
    behind = [standstill.oldest_behind_log(), *(part.oldest for part in waiting)]
    oldest = min((moment for moment in behind if moment), default=now)
    answer: dict[str, object] = {"stream_lag_seconds": _seconds(oldest, now)}
    if problems := standstill.problems(waiting, now):
        answer |= {"status": "stalled", "stalled": problems}
    if settings.EVENT_PARTITIONS > 1:
        answer["partitions"] = [
            {
                "partition": part.partition,
                "waiting": part.entries,
                "lag_seconds": _seconds(part.oldest or now, now),
            }
            for part in waiting
        ]
    return answer | ({"nats": "ok"} if log.kind() == "nats" else {})


def _jobs(clock: Clock = SYSTEM) -> dict[str, object]:
    """Background jobs that failed within a day, and those that no worker takes up."""
    kinds = queries.health(clock.now())
    return {
        "jobs_failed": sum(kind.failed for kind in kinds),
        "jobs_overdue": sum(kind.overdue for kind in kinds),
    }


def _sending(clock: Clock = SYSTEM) -> dict[str, object]:
    """Whether messages go out, or wait because these data are a copy or an older state."""
    waiting = incarnations.waiting()
    state: dict[str, object] = {
        "sending": f"waits: {waiting.origin}" if waiting else "ok",
        "sending_domains": domains.problems(),
        "deliverability": deliverability.alarms(clock.now().date()),
    }
    return state | ({"journal": "unwritable"} if journal.problem() else {})


def _seconds(since: dt.datetime, now: dt.datetime) -> float:
    return round(max(0.0, (now - since).total_seconds()), 3)
