"""What apps tell operators: alarms on Home and by `rapport doctor`, figures at `/metrics`, what is kept how long."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rapport.core.registration import Registry

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.functional import Promise

    from rapport.core.access import Actor


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that somebody has to do something about: what is wrong, what to do, and the page to do it on."""

    words: str
    advice: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class AlarmSource:
    """One kind of alarm. `check(now)` is asked whenever Home is opened, so it reads little; only who has the
    permission hears of it."""

    name: str
    permission: str
    check: Callable[[dt.datetime], Iterable[Alarm]]
    order: int = 100


@dataclass(frozen=True, slots=True)
class Sample:
    """A figure with the labels that tell it apart."""

    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure of `/metrics`, named as Prometheus recommends; a counter only grows, and its name ends in _total."""

    name: str
    help: str
    samples: list[Sample]
    is_counter: bool = False


@dataclass(frozen=True, slots=True)
class MetricSource:
    """Figures of one app; `read(now)` is asked at every scrape."""

    name: str
    read: Callable[[dt.datetime], Iterable[Metric]]


@dataclass(frozen=True, slots=True)
class Retention:
    """What goes when it is over for some days; 0 days keep it for good.

    `forget(before, limit)` deletes up to `limit` rows that ended before and returns how many, in a transaction.
    """

    name: str
    label: str | Promise
    days: Callable[[], int]
    forget: Callable[[dt.datetime, int], int]


ALARM_SOURCES: Registry[AlarmSource] = Registry("source of alarms", order="order")
METRIC_SOURCES: Registry[MetricSource] = Registry("source of metrics")
RETENTIONS: Registry[Retention] = Registry("retention")


def delete_some(rows: QuerySet[Any], limit: int) -> int:
    """Deletes up to so many of the rows, with what hangs on them; returns how many."""
    ids = list(rows.order_by().values_list("pk", flat=True)[:limit])
    rows.model._default_manager.filter(pk__in=ids).delete()
    return len(ids)


def alarms(actor: Actor, now: dt.datetime) -> list[Alarm]:
    """Everything that is wrong, as far as the actor is to hear of it."""
    return [alarm for source in ALARM_SOURCES if actor.may(source.permission) for alarm in source.check(now)]
