"""The jobs of computed traits: whole computations, and figures about the values."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from rapport.core.jobs import RunningJob
from rapport.core.queries import workspace
from rapport.segments.computed import queries
from rapport.segments.computed.language import definition
from rapport.segments.computed.services import compiler, statistics
from rapport.segments.models import ComputedTrait
from rapport.segments.services import backfill
from rapport.segments.services.compiler import Compiled
from rapport.segments.services.computation import ComputationKind

DAY = dt.timedelta(days=1)


def in_use() -> QuerySet[ComputedTrait]:
    """Those to be computed, or still to be taken off everybody."""
    return ComputedTrait.objects.filter(removed_at=None)


def run(trait: ComputedTrait, job: RunningJob) -> None:
    """The job: renews the values that differ; at the end, the figures about them."""
    backfill.run(in_use(), trait, job, trait=trait.key, find=lambda now: _differences(trait, now))
    rows, now = ComputedTrait.objects.filter(pk=trait.pk), job.clock.now()
    if trait.archived_at:
        rows.update(removed_at=now, covered=0, statistics={})
    else:
        statistics.refresh(trait, now)


def renew_statistics(job: RunningJob) -> None:
    """The job that counts anew how many have each trait, and which values."""
    for trait in ComputedTrait.objects.filter(archived_at=None).exclude(computed_at=None):
        statistics.refresh(trait, job.clock.now())
        job.step()


def _differences(trait: ComputedTrait, now: dt.datetime) -> Compiled:
    wanted = {} if _replaced(trait) else queries.wanted([trait])
    if trait.archived_at is None:
        definition.validate(trait.definition)
    return compiler.compile_differences(wanted, now=now)


def _replaced(trait: ComputedTrait) -> bool:
    """Whether another computed trait has taken the name over, so that there is nothing to take away."""
    live = ComputedTrait.objects.filter(key=trait.key, archived_at=None)
    return trait.archived_at is not None and live.exists()


def _next_at(trait: ComputedTrait, now: dt.datetime) -> dt.datetime | None:
    """Windows are computed all the time, days at midnight, everything once a day in case something was missed."""
    if trait.archived_at:
        return None
    if not definition.moves_with_time(trait.definition):
        return now + DAY
    return midnight(now) if definition.daily(trait.definition) else backfill.pause(trait, now)


def midnight(now: dt.datetime) -> dt.datetime:
    """The next one in the workspace's zone."""
    zone = ZoneInfo(workspace().time_zone)
    tomorrow = now.astimezone(zone).date() + DAY
    return dt.datetime.combine(tomorrow, dt.time(), zone)


KIND = ComputationKind(
    "segments.compute_trait", _("Computing a trait"), in_use, run, _next_at, queue="segments.traits"
)
