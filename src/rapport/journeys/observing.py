"""What journeys tell operators, and what of them goes some day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import Min
from django.utils.translation import gettext_lazy as _

from rapport.core.observing import (
    METRIC_SOURCES,
    RETENTIONS,
    Metric,
    MetricSource,
    Retention,
    Sample,
    delete_some,
)
from rapport.journeys.models import Enrolment, HeardEvent, Replay

ENDED_DAYS, REPLAY_DAYS = 730, 30


def metrics(now: dt.datetime) -> Iterator[Metric]:
    """How far the loop is behind, and how many stand still because of an error."""
    late = Enrolment.objects.filter(ended_at=None, due_at__lte=now)
    oldest = late.aggregate(at=Min("due_at"))["at"]
    values = {
        "events": ("Events that were not acted on yet.", HeardEvent.objects.count()),
        "due": ("People whose time has come.", late.count()),
        "oldest_seconds": (
            "For how long the first of them has waited.",
            (now - oldest).total_seconds() if oldest else 0,
        ),
        "failed": ("People whose step failed.", Enrolment.objects.filter(ended_at=None).exclude(error="").count()),
    }  # fmt: skip
    for name, (words, value) in values.items():
        yield Metric(f"rapport_journeys_{name}", words, [Sample({}, value)])


def forget(before: dt.datetime, limit: int) -> int:
    """Runs that ended, with what was passed."""
    return delete_some(Enrolment.objects.filter(ended_at__lt=before), limit)


def forget_replays(before: dt.datetime, limit: int) -> int:
    """Replays with the people they name."""
    return delete_some(Replay.objects.filter(created_at__lt=before), limit)


def register() -> None:
    METRIC_SOURCES.register(MetricSource("journeys", metrics))
    RETENTIONS.register(Retention("journeys", _("Runs of journeys"), lambda: ENDED_DAYS, forget))
    replays = Retention("journey_replays", _("Replays of journeys"), lambda: REPLAY_DAYS, forget_replays)
    RETENTIONS.register(replays)
