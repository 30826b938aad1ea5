"""`bench segments`: a million persons with a hundred million events; what a segment, its preview, a profile take.

Engines of their own, no web and no workers. The data is made inside the engines; the events are those of a shop,
spread over a year, some persons with very many.
"""

from __future__ import annotations

import os
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

PERSONS = 1_000_000
EVENTS_PER_PERSON = 100
MONTHS = 12
ASKED = 1_000
# What the issue calls a three-clause behavioural segment, in three tempers.
SEGMENTS: dict[str, dict[str, Any]] = {
    "counts": {
        "all": [
            {"did": "Order Completed", "at_least": 2, "within": "90d"},
            {"did": "Product Viewed", "at_least": 5, "within": "30d"},
            {"did_not": "Email Opened", "within": "30d"},
        ]
    },
    "figures": {
        "all": [
            {"did": "Order Completed", "sum": "total", "gt": 200, "within": "180d"},
            {"did": "Product Added", "at_least": 3, "within": "60d"},
            {"trait": "country", "is": "GB"},
        ]
    },
    "all_time": {
        "all": [
            {"did": "Order Completed", "at_least": 1},
            {"did": "Product Added", "at_least": 10},
            {"not": {"did": "Email Opened", "at_least": 3}},
        ]
    },
}

_PERSON = "reinterpretAsUUID(MD5(concat('bench', toString({n}))))"
_PEOPLE = f"""
    INSERT INTO people (
        person_id, version, deleted, is_identified, first_seen_at, last_seen_at, traits, identifiers, consents)
    WITH concat('p', toString(number), '@example.org') AS email
    SELECT {_PERSON.format(n="number")}, 1, 0, 1, now64(3) - INTERVAL 1 YEAR, now64(3),
        concat('{{"country":"', ['GB','DE','FR','NL','ES'][1 + number % 5], '","email":"', email, '"}}'),
        [concat('email:', email)], if(number % 3, ['newsletter/email'], [])
    FROM numbers({{from:UInt64}}, {{count:UInt64}})
"""
# A power of a uniform number gives few persons many events and most persons some.
_EVENTS = f"""
    INSERT INTO events (
        person_id, at, event, type, message_id, received_at, source, user_id, anonymous_id, context, properties)
    WITH {{month:UInt8}} AS month, cityHash64(number, month) AS dice,
        toUInt64(pow((dice % 1000003) / 1000003, 1.6) * {{persons:UInt64}}) AS who,
        toDateTime64({{start:UInt32}}, 3, 'UTC') + toIntervalMillisecond(cityHash64(dice, 1) % {{span:UInt64}}) AS at,
        ['Page Viewed', 'Page Viewed', 'Page Viewed', 'Page Viewed', 'Page Viewed', 'Product Viewed',
            'Product Viewed', 'Product Added', 'Email Opened', 'Order Completed'] AS names,
        names[1 + cityHash64(dice, 2) % 10] AS event,
        concat('{{"total":', toString(5 + cityHash64(dice, 3) % 200), ',"currency":"GBP"}}') AS bought,
        concat('{{"sku":"S', toString(cityHash64(dice, 4) % 5000), '","price":9.5}}') AS viewed
    SELECT {_PERSON.format(n="who")}, at, event, 'track', concat('b', toString(month), '-', toString(number)), at,
        'Shop', concat('u', toString(who)), '', '{{}}',
        multiIf(event = 'Order Completed', bought, event = 'Product Viewed', viewed, '{{}}')
    FROM numbers({{from:UInt64}}, {{count:UInt64}})
    SETTINGS max_insert_threads = 2
"""
BLOCK = 2_000_000


def measure(persons: int) -> dict[str, Any]:
    """All figures; the settings of this process must point to running, migrated engines."""
    events = persons * EVENTS_PER_PERSON
    made = _timed(lambda: _fill(persons, events))
    figures: dict[str, Any] = {"made_in_s": round(made, 1)}
    for name, definition in SEGMENTS.items():
        figures |= _segment(name, definition)
    figures |= _timelines(persons)
    figures |= _upkeep(persons)
    return {"figures": figures, "sizes": {"persons": persons, "events": events, **_stored()}}


def _fill(persons: int, events: int) -> None:
    from rapport.core import clickhouse

    for start in range(0, persons, 200_000):
        clickhouse.execute(_PEOPLE, {"from": start, "count": min(200_000, persons - start)})
    now, span = int(time.time()), 365 * 86_400 // MONTHS
    for month in range(MONTHS):
        share = events // MONTHS
        for start in range(0, share, BLOCK):
            parameters = {
                "month": month,
                "persons": persons,
                "from": start,
                "count": min(BLOCK, share - start),
            }
            when = {"start": now - (MONTHS - month) * span, "span": span * 1000}
            clickhouse.execute(_EVENTS, parameters | when)
    while clickhouse.scalar("SELECT count() FROM system.merges"):
        time.sleep(0.5)


def _segment(name: str, definition: dict[str, Any]) -> dict[str, Any]:
    """Seconds to know who is in, and to count them for the preview; medians of three."""
    from rapport.core import clickhouse
    from rapport.core.clock import SYSTEM
    from rapport.segments.services.compiler import compile_definition

    compiled = compile_definition(definition, now=SYSTEM.now())

    def compute() -> None:
        with clickhouse.client().raw_stream(compiled.sql, parameters=compiled.parameters, fmt="TSV") as found:
            while found.read(1 << 20):
                pass

    size = clickhouse.scalar(compiled.count_sql, compiled.parameters)
    return {
        f"{name}_members": size,
        f"{name}_compute_s": _median(compute),
        f"{name}_preview_s": _median(lambda: clickhouse.scalar(compiled.count_sql, compiled.parameters)),
    }


def _timelines(persons: int) -> dict[str, Any]:
    """Milliseconds for the first page of the timeline of 50 persons."""
    from rapport.core.access import system
    from rapport.core.clock import SYSTEM
    from rapport.events import queries
    from rapport.people.models import Person

    now = SYSTEM.now()
    some = list(_some(persons, 50))
    Person.objects.bulk_create([Person(pk=who, first_seen_at=now, last_seen_at=now) for who in some])
    times = [_timed(partial(queries.timeline, system("bench"), who)) for who in some]
    return {
        "timeline_p50_ms": round(statistics.median(times) * 1000, 1),
        "timeline_p95_ms": round(sorted(times)[int(len(times) * 0.95)] * 1000, 1),
    }


def _upkeep(persons: int) -> dict[str, Any]:
    """Milliseconds per changed person for all segments at once, as live upkeep asks."""
    from rapport.core import clickhouse
    from rapport.core.clock import SYSTEM
    from rapport.segments.services.compiler import compile_many

    ids = list(_some(persons, ASKED))

    def ask() -> None:
        compiled = compile_many(list(SEGMENTS.values()), now=SYSTEM.now(), person_ids=ids)
        clickhouse.client().query(compiled.sql, parameters=compiled.parameters)

    return {"upkeep_ms_per_changed_person": round(_median(ask) / len(ids) * 1000, 3), "asked_at_once": ASKED}


def _some(persons: int, count: int) -> Iterator[uuid.UUID]:
    from rapport.core import clickhouse

    step = max(1, persons // count)
    sql = f"SELECT {_PERSON.format(n='number * {step:UInt64}')} AS id FROM numbers({{count:UInt64}})"
    return (row["id"] for row in clickhouse.rows(sql, {"step": step, "count": count}))


def _stored() -> dict[str, Any]:
    from rapport.core import clickhouse

    sql = """SELECT count() AS parts, sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts
        WHERE active AND table = 'events' AND database = currentDatabase()"""
    row = clickhouse.rows(sql)[0]
    return {
        "parts": row["parts"],
        "bytes_per_event": round(row["bytes"] / row["rows"], 1),
        "cores": os.cpu_count(),
    }


def _timed(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def _median(run: Callable[[], object]) -> float:
    return round(statistics.median(_timed(run) for _ in range(3)), 3)
