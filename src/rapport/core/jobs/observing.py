"""What background jobs tell operators."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from rapport.core.jobs import queries
from rapport.core.jobs.registry import JOB_KINDS
from rapport.core.observing import (
    ALARM_SOURCES,
    METRIC_SOURCES,
    Alarm,
    AlarmSource,
    Metric,
    MetricSource,
    Sample,
)


def alarms(now: dt.datetime) -> Iterator[Alarm]:
    """Kinds of which jobs failed within a day, or that no worker takes up."""
    for kind in queries.health(now):
        entry = JOB_KINDS.get(kind.kind)
        name, url = {"name": entry.label if entry else kind.kind}, reverse("core:settings-jobs")
        if kind.overdue:
            yield Alarm(_("“%(name)s” waits for a worker.") % name, _("Start `rapport worker`."), url)
        if kind.failed:
            words = _("“%(name)s” failed %(count)d times within a day.")
            yield Alarm(
                words % (name | {"count": kind.failed}), _("The list says why, and runs it again."), url
            )


def metrics(now: dt.datetime) -> list[Metric]:
    rows = queries.health(now)

    def figures(name: str, text: str, values: list[int]) -> Metric:
        pairs = zip(rows, values, strict=True)
        return Metric(
            f"rapport_jobs_{name}", text, [Sample({"kind": row.kind}, value) for row, value in pairs]
        )

    return [
        figures("waiting", "Background jobs that wait.", [row.waiting for row in rows]),
        figures("running", "Background jobs that run.", [row.running for row in rows]),
        figures("failed", "Background jobs that failed within a day.", [row.failed for row in rows]),
        figures("overdue", "Background jobs that no worker takes up.", [row.overdue for row in rows]),
    ]


def register() -> None:
    ALARM_SOURCES.register(AlarmSource("background jobs", "jobs.view", alarms, 90))
    METRIC_SOURCES.register(MetricSource("jobs", metrics))
