"""Reads of what happened, and of where it came from: events from ClickHouse, sources from PostgreSQL."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from rapport.core import clickhouse
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.events import registry
from rapport.events.models import QuarantinedEvent, Source
from rapport.events.queries import masking
from rapport.events.wording import Happening, happening
from rapport.people.queries import families, family, person_for, survivor_of, visible_ids

_COLUMNS = (
    "person_id, at, received_at, event, type, source, message_id, user_id, anonymous_id, properties, context"
)
# The windows in which the newest events are looked for, smallest first: an event store that takes thousands
# of events a second answers from the first, a quiet one from the last.
_WINDOWS = (dt.timedelta(seconds=20), dt.timedelta(minutes=10), dt.timedelta(days=1))


def _may_see_people(actor: Actor) -> None:
    if not actor.may("people.view"):
        raise Http404


def _may_see_data(actor: Actor) -> None:
    if not actor.may("data.view"):
        raise Http404


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a timeline: everything older than this event."""

    at: dt.datetime
    message_id: str

    @classmethod
    def parse(cls, value: str) -> Cursor | None:
        """From a page's URL; None for anything that is no cursor."""
        at, _sign, message_id = value.partition("~")
        try:
            moment = dt.datetime.fromisoformat(at)
        except ValueError:
            return None
        return cls(moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC), message_id)


def timeline(
    actor: Actor, person_id: uuid.UUID, *, kind: str = "", before: Cursor | None = None, limit: int = 50
) -> list[Happening]:
    """Events of a person and of everybody merged into them, newest first. Raises Http404."""
    person = person_for(actor, person_id)
    where, parameters = _of_kind(kind)
    where.append("person_id IN {family:Array(UUID)}")
    parameters |= {"family": family(person.pk), "limit": limit}
    if before is not None:
        # Said of the time alone as well, so that months that are younger are not opened.
        where.append("at <= {at:DateTime64(3, 'UTC')}")
        where.append("(at, message_id) < ({at:DateTime64(3, 'UTC')}, {message_id:String})")
        parameters |= {"at": before.at, "message_id": before.message_id}
    return happenings(actor, where, parameters, "at DESC, message_id DESC")


def timeline_since(
    actor: Actor, person_id: uuid.UUID, since: dt.datetime, *, kind: str = "", limit: int = 100
) -> list[Happening]:
    """Events of a person received after `since`, newest first. Raises Http404."""
    person = person_for(actor, person_id)
    where, parameters = _of_kind(kind)
    where += ["person_id IN {family:Array(UUID)}", "received_at > {since:DateTime64(3, 'UTC')}"]
    parameters |= {"family": family(person.pk), "limit": limit, "since": since}
    return happenings(actor, where, parameters, "at DESC, message_id DESC")


def counts_at_home(person_ids: list[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many events came with each person's own identifiers, before and after the merge."""
    sql = (
        "SELECT origin_id, count() AS events FROM events WHERE person_id IN {family:Array(UUID)}"
        " AND origin_id IN {ids:Array(UUID)} GROUP BY origin_id"
    )
    everybody = [member for all_ in families(survivor_of(person_ids).values()).values() for member in all_]
    rows = clickhouse.rows(sql, {"ids": person_ids, "family": everybody})
    return {row["origin_id"]: int(row["events"]) for row in rows}


def event_of(actor: Actor, person_id: uuid.UUID, message_id: str) -> Happening:
    """One event of a person with everything it carried. Raises Http404."""
    person = person_for(actor, person_id)
    rows = happenings(
        actor,
        ["person_id IN {family:Array(UUID)}", "message_id = {message_id:String}"],
        {"family": family(person.pk), "message_id": message_id, "limit": 1},
        "at DESC",
    )
    if not rows:
        raise Http404
    return rows[0]


def newest(
    actor: Actor,
    *,
    since: dt.datetime | None = None,
    source: str = "",
    event: str = "",
    people: list[uuid.UUID] | None = None,
    limit: int = 50,
    clock: Clock = SYSTEM,
) -> list[Happening]:
    """The events received last, newest first, of everybody. `since` asks only for what came after it."""
    _may_see_people(actor)
    where, parameters = _filters(source, event, people)
    now = clock.now()
    newest_events: list[Happening] = []
    starts: list[dt.datetime | None] = [since] if since else [*(now - window for window in _WINDOWS), None]
    for start in starts:
        bound = "received_at > {since:DateTime64(3, 'UTC')}" if start else ""
        values = parameters | {"limit": limit} | ({"since": start} if start else {})
        happened = happenings(actor, where, values, "received_at DESC, message_id DESC", prewhere=bound)
        visible = visible_ids(actor, (event.person_id for event in happened))
        newest_events = [event for event in happened if event.person_id in visible]
        if len(newest_events) >= limit:
            break
    return newest_events


def _filters(source: str, event: str, people: list[uuid.UUID] | None) -> tuple[list[str], dict[str, Any]]:
    where: list[str] = []
    parameters: dict[str, Any] = {}
    if source:
        where.append("source = {source:String}")
        parameters["source"] = source
    if event:
        where.append("positionCaseInsensitiveUTF8(event, {event:String}) > 0")
        parameters["event"] = event
    if people is not None:
        where.append("person_id IN {people:Array(UUID)}")
        parameters["people"] = people
    return where, parameters


def _of_kind(kind: str) -> tuple[list[str], dict[str, Any]]:
    if not kind:
        return [], {}
    if kind == registry.OTHER.name:
        return ["event NOT IN {events:Array(String)}"], {"events": registry.described_events()}
    return ["event IN {events:Array(String)}"], {"events": registry.events_of_kind(kind)}


def happenings(
    actor: Actor, where: list[str], parameters: dict[str, Any], order: str, *, prewhere: str = ""
) -> list[Happening]:
    """Events that fulfil all conditions; `prewhere` is looked at first, where the engine chooses worse."""
    condition = (f"PREWHERE {prewhere} " if prewhere else "") + (
        f"WHERE {' AND '.join(where)}" if where else ""
    )
    sql = f"SELECT {_COLUMNS} FROM events {condition} ORDER BY {order} LIMIT {{limit:UInt32}}"
    rows, hidden = clickhouse.rows(sql, parameters), masking.flags_for(actor)
    for row in rows if hidden else ():
        row["properties"] = masking.masked(row["event"], row["properties"] or {}, hidden)
        row["context"] = masking.masked_context(row["event"], row["context"] or {}, hidden)
    return [happening(row) for row in rows]


def sources(actor: Actor) -> QuerySet[Source]:
    """Every source, those in use first."""
    _may_see_data(actor)
    return Source.objects.order_by("disabled_at", "name", "pk")


def source_for(actor: Actor, source_id: int) -> Source:
    """Raises Http404."""
    source = sources(actor).filter(pk=source_id).first()
    if source is None:
        raise Http404
    return source


def source_of_key(write_key: str) -> Source | None:
    """The source of this write key, if it is switched on. Pages of anybody ask, so nobody's rights are looked at."""
    return Source.objects.filter(write_key=write_key, disabled_at=None).first()


def website_origins() -> frozenset[str]:
    """The origins whose pages may send events as a website of the business, by name; not those that may by `*`."""
    listed = Source.objects.filter(kind=Source.Kind.WEBSITE, disabled_at=None)
    origins = listed.values_list("allowed_origins", flat=True)
    return frozenset(origin.lower() for of_source in origins for origin in of_source if origin != "*")


def received(actor: Actor, source: Source) -> int:
    """How many events ever came from a source, from the daily rollup."""
    _may_see_data(actor)
    sql = "SELECT sum(count) FROM event_days WHERE source = {source:String}"
    return int(clickhouse.scalar(sql, {"source": source.name}) or 0)


@dataclass(frozen=True, slots=True)
class Volume:
    """Events of one source or one name in the window asked for."""

    name: str
    count: int
    days: list[int]
    last_day: dt.date | None = None

    @property
    def points(self) -> str:
        """The days as a line in a box of 100 × 24, for a spark line."""
        top, step = max(self.days, default=0) or 1, 100 / max(len(self.days) - 1, 1)
        return " ".join(f"{n * step:.1f},{22 - 20 * count / top:.1f}" for n, count in enumerate(self.days))


def volumes(actor: Actor, by: str, *, days: int = 30, clock: Clock = SYSTEM) -> list[Volume]:
    """Events a day by `source` or by `event`, most first; `days` has one number per day, oldest first."""
    _may_see_data(actor)
    if by not in {"source", "event"}:
        raise ValueError("volumes are counted by source or by event")
    today = clock.now().date()
    first = today - dt.timedelta(days=days - 1)
    sql = (
        f"SELECT {by} AS name, day, sum(count) AS events FROM event_days "
        "WHERE day >= {first:Date} GROUP BY name, day ORDER BY name, day"
    )
    counts: dict[str, dict[dt.date, int]] = {}
    for row in clickhouse.rows(sql, {"first": first}):
        counts.setdefault(row["name"], {})[row["day"]] = int(row["events"])
    calendar = [first + dt.timedelta(days=number) for number in range(days)]
    rows = [
        Volume(name, sum(by_day.values()), [by_day.get(day, 0) for day in calendar], max(by_day))
        for name, by_day in counts.items()
    ]
    return sorted(rows, key=lambda row: (-row.count, row.name))


def quarantined(actor: Actor) -> QuerySet[QuarantinedEvent]:
    """Events waiting in quarantine: neither replayed nor discarded."""
    _may_see_data(actor)
    return QuarantinedEvent.objects.filter(replayed_at=None, discarded_at=None).select_related("source")


def quarantined_for(actor: Actor, event_id: int) -> QuarantinedEvent:
    """One quarantined event, also when it was dealt with already. Raises Http404."""
    _may_see_data(actor)
    quarantined = QuarantinedEvent.objects.select_related("source").filter(pk=event_id).first()
    if quarantined is None:
        raise Http404
    return quarantined
