"""What webhook endpoints tell operators: which are in trouble, figures, and what is kept how long."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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
from rapport.integrations import queries
from rapport.integrations.models import WebhookEndpoint, WebhookMessage

FAILING = dt.timedelta(hours=1)
Disabled = WebhookEndpoint.Disabled


def endpoints(now: dt.datetime) -> Iterator[Alarm]:
    """Endpoints that Rapport disabled, that have failed for an hour, or that missed events while in use."""
    for row in WebhookEndpoint.objects.exclude(disabled_because=Disabled.BY_HAND).order_by("name", "id"):
        url, name = reverse("integrations:endpoint", args=[row.pk]), {"name": row.name}
        if row.disabled_at is not None:
            words = _("The webhook endpoint “%(name)s” is disabled: %(why)s.")
            why = {"why": row.get_disabled_because_display()}
            advice = _("Mend the receiver, send a test, enable it, and send again what it missed.")
            yield Alarm(words % (name | why), advice, url)
        elif row.failing_since and row.failing_since < now - FAILING:
            advice = _("Mend the receiver: %(error)s. It is disabled after three days.")
            words = _("The webhook endpoint “%(name)s” fails.")
            yield Alarm(words % name, advice % {"error": row.last_error}, url)
        elif row.missed:
            words = _("The webhook endpoint “%(name)s” missed %(count)d events.")
            advice = _("Have them sent again for the time in which they happened.")
            yield Alarm(words % (name | {"count": row.missed}), advice, f"{url}#replay")


def metrics(now: dt.datetime) -> list[Metric]:
    rows = list(WebhookEndpoint.objects.order_by("name", "id"))
    queues = queries.queues([row.pk for row in rows])

    def figures(name: str, text: str, values: list[float], *, is_counter: bool = False) -> Metric:
        pairs = zip(rows, values, strict=True)
        samples = [Sample({"endpoint": row.name, "id": str(row.pk)}, value) for row, value in pairs]
        return Metric(f"rapport_webhook_endpoint_{name}", text, samples, is_counter)

    waiting = [queues[row.pk] for row in rows]
    return [
        figures("waiting", "Messages that wait for the endpoint.", [queue.waiting for queue in waiting]),
        figures(
            "oldest_seconds",
            "For how long the oldest of them has waited.",
            [(now - queue.oldest).total_seconds() if queue.oldest else 0 for queue in waiting],
        ),
        figures("given_up", "Messages that were given up.", [queue.failed for queue in waiting]),
        figures("failures", "Failures since the last success.", [row.failures for row in rows]),
        figures("enabled", "1 unless the endpoint is disabled.", [row.disabled_at is None for row in rows]),
        figures(
            "missed", "Events that were not queued and not replayed since.", [row.missed for row in rows]
        ),
    ]


def forget(before: dt.datetime, limit: int) -> int:
    """Messages that ended, with their tries."""
    return delete_some(WebhookMessage.objects.filter(settled_at__lt=before), limit)


def register() -> None:
    ALARM_SOURCES.register(AlarmSource("webhook endpoints", "webhooks.view", endpoints, 40))
    METRIC_SOURCES.register(MetricSource("webhooks", metrics))
    RETENTIONS.register(
        Retention("webhooks", gettext_lazy("Webhooks"), lambda: settings.WEBHOOK_DAYS, forget)
    )
