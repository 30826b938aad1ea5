"""Reads of the event catalogue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db.models import Max, QuerySet, Sum
from django.http import Http404

from rapport.core import clickhouse
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.events.catalogue import values
from rapport.events.models import EventProperty, EventType, Violation
from rapport.events.queries import Volume, masking

DAYS = 30
SAMPLES = 10
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def events(actor: Actor) -> QuerySet[EventType]:
    """Every event name seen or declared."""
    if not actor.may("data.view"):
        raise Http404
    return EventType.objects.select_related("owner")


def event_for(actor: Actor, event_id: int) -> EventType:
    """Raises Http404."""
    event = events(actor).filter(pk=event_id).first()
    if event is None:
        raise Http404
    return event


def spark_lines(names: list[str], clock: Clock = SYSTEM) -> dict[str, Volume]:
    """The last 30 days of each of these names."""
    first = clock.now().date() - dt.timedelta(days=DAYS - 1)
    rows = clickhouse.rows(
        "SELECT event, day, sum(count) AS n FROM event_days WHERE day >= {first:Date}"
        " AND event IN {names:Array(String)} GROUP BY event, day",
        {"first": first, "names": names},
    )
    by_name: dict[str, dict[dt.date, int]] = {name: {} for name in names}
    for row in rows:
        by_name[row["event"]][row["day"]] = int(row["n"])
    calendar = [first + dt.timedelta(days=number) for number in range(DAYS)]
    return {
        name: Volume(name, sum(days.values()), [days.get(day, 0) for day in calendar])
        for name, days in by_name.items()
    }


def per_source(name: str, clock: Clock = SYSTEM) -> list[dict[str, Any]]:
    """Which sources sent the event in the last 30 days, how often, and when last."""
    return clickhouse.rows(
        "SELECT source, sum(count) AS events, max(day) AS last_day FROM event_days"
        " WHERE event = {name:String} AND day >= {first:Date} GROUP BY source ORDER BY events DESC",
        {"name": name, "first": clock.now().date() - dt.timedelta(days=DAYS - 1)},
    )


@dataclass(slots=True)
class Sample:
    """One stored event, its flagged properties masked for who may not see them."""

    message_id: str
    person_id: Any
    at: dt.datetime
    source: str
    properties: dict[str, Any]


def samples(actor: Actor, event: EventType) -> list[Sample]:
    """Some of the newest stored events. Read when asked for, so that nothing of an erased person stays here."""
    if not event.last_seen_at:
        return []
    rows = clickhouse.rows(
        "SELECT message_id, person_id, at, source, toJSONString(properties) AS properties FROM events"
        " WHERE event = {name:String} AND at >= {since:DateTime64(3, 'UTC')} ORDER BY at DESC LIMIT {limit:UInt8}",
        {"name": event.name, "since": event.last_seen_at - dt.timedelta(days=1), "limit": SAMPLES},
    )
    hidden = masking.flags_for(actor)
    return [
        Sample(
            row["message_id"],
            row["person_id"],
            row["at"].replace(tzinfo=dt.UTC),
            row["source"],
            masking.masked(event.name, _decode(row["properties"]), hidden),
        )
        for row in rows
    ]


@dataclass(slots=True)
class Shown:
    """A property with examples from the newest events."""

    row: EventProperty
    examples: list[str]
    share: float


def properties(event: EventType, newest: Iterable[Sample]) -> list[Shown]:
    """Those seen most first, with examples from `newest`, masked there for who may not see personal data."""
    examples: dict[str, dict[str, None]] = {}
    for sample in newest:
        for path, value in values.paths(sample.properties):
            if not isinstance(value, dict | list) and value is not None:
                examples.setdefault(path, {})[str(value)[:60]] = None
    rows = event.properties.order_by("-seen", "name")[: values.MAX_PATHS]
    of = max(event.sampled, 1)
    return [Shown(row, list(examples.get(row.name, {}))[:3], min(1, row.seen / of)) for row in rows]


def violations(actor: Actor, event: EventType, clock: Clock = SYSTEM) -> list[dict[str, Any]]:
    """What broke the schema in the last 30 days: property, reason, source, how often, and the last such event."""
    since = clock.now().date() - dt.timedelta(days=DAYS)
    grouped = (
        Violation.objects.filter(event=event_for(actor, event.pk), day__gt=since)
        .values("property", "reason", "source")
        .annotate(n=Sum("count"), last=Max("last_at"), example=Max("message_id"))
        .order_by("-n", "property")
    )
    return list(grouped[:100])
