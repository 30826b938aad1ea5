"""The worker's loop for computed traits: looks at everybody, and figures about the values."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from clickhouse_connect.driver.exceptions import ClickHouseError
from django.db.models import Q, QuerySet

from rapport.core.clock import SYSTEM, Clock
from rapport.core.queries import workspace
from rapport.segments.computed import backfill, queries
from rapport.segments.computed.language import definition
from rapport.segments.computed.services import compiler, statistics
from rapport.segments.models import ComputedTrait
from rapport.segments.services.compiler import Compiled

DAY = dt.timedelta(days=1)
RENEW = dt.timedelta(minutes=15)


def _rows() -> QuerySet[ComputedTrait]:
    return ComputedTrait.objects.filter(removed_at=None)


def _differing(trait: ComputedTrait, now: dt.datetime) -> Compiled:
    wanted = {} if _replaced(trait) else queries.wanted([trait])
    if trait.archived_at is None:
        definition.validate(trait.definition)
    return compiler.compile_differences(wanted, now=now)


def _replaced(trait: ComputedTrait) -> bool:
    """Whether another computed trait has taken the name over, so that there is nothing to take away."""
    live = ComputedTrait.objects.filter(key=trait.key, archived_at=None)
    return trait.archived_at is not None and live.exists()


def _next_at(trait: ComputedTrait, now: dt.datetime, took: dt.timedelta) -> dt.datetime | None:
    """Windows are looked at all the time, days at midnight, everything once a day in case something was missed."""
    if trait.archived_at:
        return None
    if not definition.moves_with_time(trait.definition):
        return now + DAY
    return midnight(now) if definition.daily(trait.definition) else backfill.pause(now, took)


def midnight(now: dt.datetime) -> dt.datetime:
    """The next one in the workspace's zone."""
    zone = ZoneInfo(workspace().time_zone)
    tomorrow = now.astimezone(zone).date() + DAY
    return dt.datetime.combine(tomorrow, dt.time(), zone)


def _finished(trait: ComputedTrait, now: dt.datetime) -> None:
    if trait.archived_at:
        ComputedTrait.objects.filter(pk=trait.pk).update(removed_at=now, covered=0, statistics={})
    else:
        ComputedTrait.objects.filter(pk=trait.pk).update(statistics={})


KIND = backfill.Kind(_rows, _differing, _next_at, _finished)


def run_once(clock: Clock = SYSTEM) -> int:
    """One turn: values first; while there is nothing to do, figures older than a quarter of an hour."""
    return backfill.run_once(KIND, clock) or _renew(clock.now())


def _renew(now: dt.datetime) -> int:
    old = (now - RENEW).isoformat()
    stale = Q(statistics={}) | Q(statistics__at__lt=old)
    trait = ComputedTrait.objects.filter(stale, archived_at=None).exclude(computed_at=None).first()
    if trait is None:
        return 0
    try:
        statistics.refresh(trait, now)
    except (ClickHouseError, OSError):
        return 0
    return 1
