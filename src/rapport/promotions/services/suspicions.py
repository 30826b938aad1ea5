"""Fraud signals as events of those whom they are about, so that segments, journeys and webhooks hear of them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Max, QuerySet

from rapport.core import jobs
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import outbox
from rapport.core.services.outbox import DomainEvent
from rapport.promotions.models import FailedTry, Redemption
from rapport.promotions.services.tries import GUESSES, UNKNOWN_CARD

EVENT = "Abuse Suspected"
DAYS = 30
TRIES, PEOPLE, FAST, CANCELLED = 5, 3, 5, 3
# Only what came of late is new; the job runs every hour, and a sign is one event a day however often it is seen.
RECENT = dt.timedelta(hours=3)
Sign = tuple[str, uuid.UUID, int]


def tell(job: jobs.RunningJob) -> dict[str, int]:
    """Every hour."""
    return {"signs": emit(clock=job.clock)}


def emit(*, clock: Clock = SYSTEM) -> int:
    """Emits an event for each sign that showed itself of late; returns how many."""
    now = clock.now()
    signs = dict.fromkeys(_signs(now))
    outbox.emit_many(
        [
            DomainEvent(
                EVENT, person, {"sign": sign, "count": count}, f"abuse-{sign}-{person}-{now.date()}", now
            )
            for sign, person, count in signs
        ],
        clock=clock,
    )
    return len(signs)


def _signs(now: dt.datetime) -> Iterator[Sign]:
    since, recent = now - dt.timedelta(days=DAYS), now - RECENT
    wrong = FailedTry.objects.filter(at__gt=since, reason__in={*GUESSES, UNKNOWN_CARD})
    used = Redemption.objects.filter(at__gt=since)
    live = used.filter(state__in=Redemption.LIVE)
    yield from _counted("wrong_codes", wrong, TRIES, recent)
    yield from _counted("many_a_day", live.filter(at__gt=now - dt.timedelta(days=1)), FAST, recent)
    yield from _counted("cancelled", used.filter(state=Redemption.State.CANCELLED), CANCELLED, recent)
    for sign, name in (("shared_address", "address"), ("shared_device", "client")):
        yield from _shared(sign, name, live, recent)


def _counted(sign: str, rows: QuerySet[Any], least: int, recent: dt.datetime) -> Iterator[Sign]:
    counted = rows.exclude(person=None).order_by().values("person").annotate(n=Count("pk"), last=Max("at"))
    for row in counted.filter(n__gte=least, last__gt=recent):
        yield sign, row["person"], row["n"]


def _shared(sign: str, name: str, live: QuerySet[Redemption], recent: dt.datetime) -> Iterator[Sign]:
    """Everybody who used promotions with a mark that many people have."""
    marks = live.exclude(**{name: ""}).order_by().values(name)
    many = marks.annotate(n=Count("person", distinct=True), last=Max("at"))
    counts = {row[name]: row["n"] for row in many.filter(n__gte=PEOPLE, last__gt=recent)}
    persons = live.filter(**{f"{name}__in": list(counts)}).exclude(person=None).order_by()
    for person, mark in persons.values_list("person", name).distinct():
        yield sign, person, counts[mark]
