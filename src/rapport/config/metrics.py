"""GET /metrics: every registered figure, for Prometheus and what reads its format. Needs a key with `metrics.view`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from rapport.core.access import for_key
from rapport.core.api.auth import BearerKey
from rapport.core.clock import clock_of
from rapport.core.observing import METRIC_SOURCES, Metric, MetricSource, Sample
from rapport.events.services import log

Family = CounterMetricFamily | GaugeMetricFamily


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """All figures as text."""
    key = BearerKey()(request)
    if key is None:
        answer = HttpResponse("a key is needed", status=401, content_type="text/plain")
        answer["WWW-Authenticate"] = 'Bearer realm="Rapport"'
        return answer
    if not for_key(key).may("metrics.view"):
        return HttpResponse("the key lacks metrics.view", status=403, content_type="text/plain")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(clock_of(request).now()))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Figures(Collector):
    """What the apps registered, as families of Prometheus."""

    def __init__(self, now: dt.datetime) -> None:
        self._now = now

    def describe(self) -> Iterable[Family]:
        """Nothing: figures are read when they are asked for."""
        return ()

    def collect(self) -> Iterator[Family]:
        for source in METRIC_SOURCES:
            yield from map(_family, source.read(self._now))


def _family(metric: Metric) -> Family:
    labels = list(metric.samples[0].labels) if metric.samples else []
    kind = CounterMetricFamily if metric.is_counter else GaugeMetricFamily
    family: Family = kind(metric.name, metric.help, labels=labels)
    for sample in metric.samples:
        family.add_metric([sample.labels[label] for label in labels], sample.value)
    return family


def stream(now: dt.datetime) -> list[Metric]:
    """How far the pipeline of events is behind."""
    waiting = log.backlog()
    partitions = [{"partition": str(part.partition)} for part in waiting]
    ages = [(now - part.oldest).total_seconds() if part.oldest else 0.0 for part in waiting]
    return [
        Metric(
            "rapport_stream_waiting",
            "Entries of the event log that wait.",
            [Sample(labels, part.entries) for labels, part in zip(partitions, waiting, strict=True)],
        ),
        Metric(
            "rapport_stream_oldest_seconds",
            "For how long the oldest of them has waited.",
            [Sample(labels, age) for labels, age in zip(partitions, ages, strict=True)],
        ),
    ]


def register() -> None:
    METRIC_SOURCES.register(MetricSource("stream", stream))
