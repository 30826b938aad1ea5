"""What connectors tell operators: which are in trouble, and figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.connectors import queries
from rapport.connectors.advice import advice_for
from rapport.connectors.models import Connector, ConnectorHour
from rapport.core.observing import (
    ALARM_SOURCES,
    METRIC_SOURCES,
    RETENTIONS,
    Alarm,
    AlarmSource,
    Metric,
    MetricSource,
    Retention,
    Sample,
    delete_some,
)

FAILING = dt.timedelta(hours=1)
DAYS = 30


def alarms(now: dt.datetime) -> Iterator[Alarm]:
    """Connectors that do not let us in, or that have failed for an hour."""
    for row in Connector.objects.filter(disabled_at=None, failing_since__isnull=False).order_by("name", "id"):
        if row.trouble == Connector.Trouble.DENIED or (
            row.failing_since and row.failing_since < now - FAILING
        ):
            words = _("The connector “%(name)s” fails: %(error)s") % {
                "name": row.name,
                "error": row.last_error,
            }
            yield Alarm(words, advice_for(row), reverse("connectors:connector", args=[row.pk]))


def metrics(now: dt.datetime) -> list[Metric]:
    rows = list(Connector.objects.order_by("name", "id"))
    health = queries.health(rows, now)

    def figures(name: str, text: str, values: list[float]) -> Metric:
        pairs = zip(rows, values, strict=True)
        samples = [
            Sample({"connector": row.name, "kind": row.kind, "id": str(row.pk)}, value)
            for row, value in pairs
        ]
        return Metric(f"rapport_connector_{name}", text, samples)

    return [
        figures(
            "up", "1 unless it is off or fails.", [not (row.disabled_at or row.failing_since) for row in rows]
        ),
        figures("failures", "Failures since the last success.", [row.failures for row in rows]),
        figures("requests_day", "Requests of the last day.", [health[row.pk].requests for row in rows]),
        figures("failed_requests_day", "Of these, failed ones.", [health[row.pk].failures for row in rows]),
        figures("records_day", "Records read in the last day.", [health[row.pk].records for row in rows]),
        figures(
            "call_lag_seconds", "How long the oldest call waits.", [health[row.pk].call_lag for row in rows]
        ),
        figures(
            "write_lag_seconds",
            "How long the oldest thing to write waits.",
            [health[row.pk].write_lag for row in rows],
        ),
        figures("left_out", "Records that could not be read.", [health[row.pk].left_out for row in rows]),
        figures(
            "last_success_seconds",
            "How long ago it last worked.",
            [(now - row.last_success_at).total_seconds() if row.last_success_at else 0 for row in rows],
        ),
    ]


def forget(before: dt.datetime, limit: int) -> int:
    """What was done hour by hour."""
    return delete_some(ConnectorHour.objects.filter(at__lt=before), limit)


def register() -> None:
    ALARM_SOURCES.register(AlarmSource("connectors", "connectors.view", alarms, 45))
    METRIC_SOURCES.register(MetricSource("connectors", metrics))
    RETENTIONS.register(
        Retention("connector_hours", gettext_lazy("Figures of connectors"), lambda: DAYS, forget)
    )
