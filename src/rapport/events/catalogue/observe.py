"""The loop that keeps the catalogue: reads what newly arrived in the event store, in bounded steps.

Volumes are those of the daily roll-up, so they are right however late something arrives. Types and shares of
properties come from a sample: of each name the first so many events of a step. One step's counts and the mark of
how far was read are committed together, so a step counts once.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.db import transaction
from django.db.models.functions import Greatest, Least

from rapport.core import clickhouse, sql
from rapport.core.clock import SYSTEM, Clock
from rapport.core.jobs import claim_rows
from rapport.events.catalogue import similar, standard, values
from rapport.events.models import EventProperty, EventType, PlanState

# What was received is in the event store by then, unless a backlog is being worked off.
LAG = dt.timedelta(seconds=5)
STEP = dt.timedelta(minutes=10)
SAMPLE = 200
ROWS = 5_000
# More than this is looked at in steps.
MANY = 200_000
MAX_NAMES = 5_000
RECENT = dt.timedelta(days=30)
_MOMENT = "DateTime64(3, 'UTC')"
_decode = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(slots=True)
class Seen:
    """What a sample shows of one property."""

    types: Counter[str] = field(default_factory=Counter)
    personal: Counter[str] = field(default_factory=Counter)
    first: dt.datetime | None = None
    last: dt.datetime | None = None


def run_once(clock: Clock = SYSTEM) -> int:
    """One step; returns how many events are left to look at. Does nothing while another worker is at it."""
    now = clock.now()
    PlanState.objects.get_or_create(pk=1)
    with transaction.atomic():
        states = claim_rows(PlanState.objects.filter(pk=1), limit=1)
        if not states:
            return 0
        (state,) = states
        first, until = state.read_to is None, now - LAG
        start = state.read_to or until
        if until < start:
            return 0
        count = _arrived(start, until)
        left = count if count > MANY and until - start > STEP else 0
        until = start + STEP if left else until
        if count or first:
            _volumes(now)
            _record([*_sample(start, until, count), *_unread()])
            _compare()
        _join_violations(now)
        PlanState.objects.filter(pk=1).update(read_to=until)
    return left


def _arrived(start: dt.datetime, until: dt.datetime) -> int:
    sql_ = f"SELECT count() FROM events WHERE received_at > {{start:{_MOMENT}}} AND received_at <= {{until:{_MOMENT}}}"
    return int(clickhouse.scalar(sql_, {"start": start, "until": until}) or 0)


def _volumes(now: dt.datetime) -> None:
    """Every name of the roll-up with its counts, set at once; names beyond the limit are left out."""
    rows = clickhouse.rows(
        "SELECT event, sum(count) AS total, sumIf(count, day > {since:Date}) AS recent, min(day) AS first,"
        " max(day) AS last, arraySort(groupUniqArray(20)(source)) AS sources FROM event_days"
        " WHERE event != '' GROUP BY event ORDER BY total DESC, event LIMIT {limit:UInt32}",
        {"since": (now - RECENT).date(), "limit": MAX_NAMES},
    )
    existing = {event.name: event for event in EventType.objects.all()}
    new, changed = [], []
    for row in rows:
        event = existing.get(row["event"])
        if event is None:
            event = standard.described(EventType(name=row["event"]))
            new.append(event)
        elif event.total != row["total"] or event.recent != row["recent"]:
            changed.append(event)
        _set(event, row)
    names = {row["event"] for row in rows}
    quiet = [event for event in existing.values() if event.name not in names and event.total]
    for event in quiet:
        event.total = event.recent = 0
    EventType.objects.bulk_create(new, batch_size=500)
    fields = ["total", "recent", "first_seen_at", "last_seen_at", "sources"]
    EventType.objects.bulk_update([*changed, *quiet], fields, batch_size=500)
    EventProperty.objects.bulk_create(
        [row for event in new for row in standard.properties(event)], ignore_conflicts=True
    )


def _set(event: EventType, row: dict[str, Any]) -> None:
    event.total, event.recent, event.sources = row["total"], row["recent"], row["sources"]
    first, last = (dt.datetime.combine(row[name], dt.time(), dt.UTC) for name in ("first", "last"))
    event.first_seen_at = min(event.first_seen_at or first, first + dt.timedelta(days=1))
    if event.last_seen_at is None or event.last_seen_at < last:
        event.last_seen_at = last


_COLUMNS = "event, at, toJSONString(properties) AS properties"


def _sample(start: dt.datetime, until: dt.datetime, count: int) -> list[dict[str, Any]]:
    """Up to `SAMPLE` events of each name; of a large step only every so-manieth event is looked at."""
    every = max(1, count // (ROWS * 4))
    return clickhouse.rows(
        f"SELECT {_COLUMNS} FROM events WHERE received_at > {{start:{_MOMENT}}} AND received_at <= {{until:{_MOMENT}}}"
        " AND cityHash64(message_id) % {every:UInt32} = 0"
        " LIMIT {sample:UInt32} BY event LIMIT {limit:UInt32}",
        {"start": start, "until": until, "every": every, "sample": SAMPLE, "limit": ROWS},
    )


def _unread() -> list[dict[str, Any]]:
    """A sample of names that came in but were in no step: history from before, and what a backlog row up.

    Of the last day on which each came: a look at all of history would take minutes where it is long.
    """
    unread = list(EventType.objects.filter(sampled=0, total__gt=0).order_by("-total")[:20])
    if not unread:
        return []
    bound: dict[str, Any] = {"sample": SAMPLE}
    last_days = []
    for number, event in enumerate(unread):
        bound |= {f"name{number}": event.name, f"day{number}": event.last_seen_at}
        last_days.append(f"(event = {{name{number}:String}} AND at >= {{day{number}:{_MOMENT}}})")
    return clickhouse.rows(
        f"SELECT {_COLUMNS} FROM events WHERE {' OR '.join(last_days)} LIMIT {{sample:UInt32}} BY event",
        bound,
    )


def _record(rows: list[dict[str, Any]]) -> None:
    """Adds the sample to the counts of each event's properties."""
    seen_by_event: dict[str, dict[str, Seen]] = {}
    sampled: Counter[str] = Counter()
    for row in rows:
        sampled[row["event"]] += 1
        _look(seen_by_event.setdefault(row["event"], {}), row)
    events = {event.name: event for event in EventType.objects.filter(name__in=seen_by_event)}
    rows_by_key = {
        (row.event_id, row.name): row
        for row in EventProperty.objects.filter(event__in=events.values()).select_related(None)
    }
    new: list[EventProperty] = []
    changed: list[EventProperty] = []
    for name, event in events.items():
        event.sampled += sampled[name]
        for path, seen in list(seen_by_event[name].items())[: values.MAX_PATHS]:
            event_property = rows_by_key.get((event.pk, path)) or EventProperty(event=event, name=path)
            (changed if event_property.pk else new).append(_counted(event_property, seen))
    EventType.objects.bulk_update(events.values(), ["sampled"], batch_size=500)
    EventProperty.objects.bulk_create(new, batch_size=1000)
    fields = ["types", "seen", "first_seen_at", "last_seen_at", "suggested"]
    EventProperty.objects.bulk_update(changed, fields, batch_size=500)
    _moments(rows)


def _look(seen_by_path: dict[str, Seen], row: dict[str, Any]) -> None:
    at = row["at"].replace(tzinfo=dt.UTC)
    for path, value in values.paths(_decode(row["properties"])):
        seen = seen_by_path.setdefault(path, Seen())
        seen.types[values.kind_of(value)] += 1
        if kind := values.personal_by_value(value):
            seen.personal[kind] += 1
        seen.first, seen.last = min(seen.first or at, at), max(seen.last or at, at)


def _counted(row: EventProperty, seen: Seen) -> EventProperty:
    row.types = dict(Counter(row.types) + seen.types)
    row.seen += seen.types.total()
    row.first_seen_at = min(filter(None, (row.first_seen_at, seen.first)))
    row.last_seen_at = max(filter(None, (row.last_seen_at, seen.last)))
    kind, count = (seen.personal.most_common(1) or [("", 0)])[0]
    by_value = kind if count * 2 > seen.types.total() else ""
    row.suggested = row.suggested or values.personal_by_name(row.name) or by_value
    return row


def _moments(rows: list[dict[str, Any]]) -> None:
    """The exact first and last time, as far as the sample shows them."""
    spans: dict[str, tuple[dt.datetime, dt.datetime]] = {}
    for row in rows:
        at = row["at"].replace(tzinfo=dt.UTC)
        first, last = spans.get(row["event"], (at, at))
        spans[row["event"]] = (min(first, at), max(last, at))
    for name, (first, last) in spans.items():
        EventType.objects.filter(name=name).update(
            first_seen_at=Least("first_seen_at", first), last_seen_at=Greatest("last_seen_at", last)
        )


# The stream adds a row per batch, property and reason; here those of one day become one.
_JOIN = """
    WITH many AS (
        SELECT event_id, day, source, property, reason FROM events_violation
        GROUP BY 1, 2, 3, 4, 5 HAVING count(*) > 1 LIMIT 5000
    ), gone AS (
        DELETE FROM events_violation v USING many m WHERE (v.event_id, v.day, v.source, v.property, v.reason)
            = (m.event_id, m.day, m.source, m.property, m.reason) RETURNING v.*
    )
    INSERT INTO events_violation (event_id, day, source, property, reason, count, last_at, message_id)
    SELECT event_id, day, source, property, reason, sum(count), max(last_at),
        (array_agg(message_id ORDER BY last_at DESC))[1]
    FROM gone GROUP BY 1, 2, 3, 4, 5
"""
_TOTALS = """
    UPDATE events_eventtype e SET violations = found.n FROM (
        SELECT t.id, coalesce(sum(v.count) FILTER (WHERE v.day > %b), 0) AS n
        FROM events_eventtype t LEFT JOIN events_violation v ON v.event_id = t.id GROUP BY t.id
    ) found WHERE found.id = e.id AND e.violations <> found.n
"""


def _join_violations(now: dt.datetime) -> None:
    sql.run(_JOIN)
    sql.run(_TOTALS, [(now - RECENT).date()])


def _compare() -> None:
    """Who looks like whom; what a colleague called a name of its own, or renamed, is not doubted."""
    events = list(EventType.objects.exclude(state=EventType.State.DEPRECATED).filter(renamed_to=""))
    names = [
        similar.KnownName(
            event.name, event.is_its_own or event.state == EventType.State.DECLARED, event.total
        )
        for event in events
    ]
    present = {event.name for event in events}
    names += [similar.KnownName(name, True, 0) for name in standard.names() if name not in present]
    similar_names = similar.meant(names)
    changed = []
    for event in events:
        name, why = similar_names.get(event.name, ("", ""))
        if (event.similar_to, event.similar_why) != (name, why):
            event.similar_to, event.similar_why = name, why
            changed.append(event)
    EventType.objects.bulk_update(changed, ["similar_to", "similar_why"], batch_size=500)
