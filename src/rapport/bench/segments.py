"""`bench segments`: a million persons with a hundred million events; what a segment, its preview, a profile take.

Engines of their own, no web and no workers. The data is made inside the engines (`segments_data`); with
`--data FOLDER` it stays there for the next time. Every figure is given by the clock and in seconds of the
processor, which other work on the machine hardly changes.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from rapport.bench import segments_data
from rapport.bench.rig import cpu_seconds, percentile
from rapport.core.clock import SYSTEM, Clock

PERSONS = 1_000_000
EVENTS_PER_PERSON = 100
ID_BATCH = 1_000
# What the issue calls a three-clause behavioural segment, in three tempers.
SEGMENTS: dict[str, dict[str, Any]] = {
    "counts": {
        "all": [
            {"did": "Order Completed", "at_least": 2, "within": "90d"},
            {"did": "Product Viewed", "at_least": 5, "within": "30d"},
            {"did_not": "Message Opened", "within": "30d"},
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
            {"not": {"did": "Message Opened", "at_least": 3}},
        ]
    },
}


def measure(persons: int, engines: int) -> dict[str, Any]:
    """All figures; the settings of this process must point to running, migrated engines, children of `engines`."""
    events = persons * EVENTS_PER_PERSON
    meter = Meter(engines)
    flags: list[bool] = []
    took = meter.once(lambda: flags.append(segments_data.fill(persons, events)))
    figures: dict[str, Any] = {"made": took} if flags[0] else {}
    for name, definition in SEGMENTS.items():
        figures |= _segment(name, definition, meter)
    figures |= _timelines(persons, meter)
    figures["upkeep"] = _upkeep(persons, meter)
    return {"figures": figures, "sizes": {"persons": persons, "events": events, **_stored()}}


class Meter:
    """What something takes: seconds by the clock, and of the processor in all engines together."""

    def __init__(self, engines: int) -> None:
        self.engines = engines

    def once(self, run: Callable[[], object]) -> dict[str, float]:
        spent, began = cpu_seconds(self.engines), time.perf_counter()
        run()
        took = time.perf_counter() - began
        return {"s": round(took, 3), "cpu_s": round(cpu_seconds(self.engines) - spent, 2)}

    def median(self, run: Callable[[], object], times: int = 3) -> dict[str, float]:
        """Medians, once the caches are warm."""
        run()
        seen = [self.once(run) for _ in range(times)]
        return {key: round(statistics.median(timing[key] for timing in seen), 3) for key in ("s", "cpu_s")}


def _segment(name: str, definition: dict[str, Any], meter: Meter, clock: Clock = SYSTEM) -> dict[str, Any]:
    """To know who is in, and to count them for the preview."""
    from rapport.core import clickhouse
    from rapport.segments.services.compiler import compile_definition

    compiled = compile_definition(definition, now=clock.now())

    def compute() -> None:
        with clickhouse.client().raw_stream(
            compiled.sql, parameters=compiled.parameters, fmt="TSV"
        ) as stream:
            while stream.read(1 << 20):
                pass

    return {
        f"{name}_members": clickhouse.scalar(compiled.count_sql, compiled.parameters),
        f"{name}_compute": meter.median(compute),
        f"{name}_preview": meter.median(lambda: clickhouse.scalar(compiled.count_sql, compiled.parameters)),
    }


def _timelines(persons: int, meter: Meter, clock: Clock = SYSTEM) -> dict[str, Any]:
    """Milliseconds for the first page of the timeline of 50 persons, the busiest among them."""
    from rapport.core.access import system
    from rapport.events import queries
    from rapport.people.models import Person

    now = clock.now()
    chosen = segments_data.some(persons, 50)
    Person.objects.bulk_create(
        [Person(pk=who, first_seen_at=now, last_seen_at=now) for who in chosen], ignore_conflicts=True
    )
    seen = [meter.once(partial(queries.timeline, system("bench"), who)) for who in chosen]
    times = [timing["s"] * 1000 for timing in seen]
    return {
        "timeline_p50_ms": round(statistics.median(times), 1),
        "timeline_p95_ms": round(percentile(times, 95), 1),
        "timeline_cpu_ms": round(statistics.mean(timing["cpu_s"] for timing in seen) * 1000, 1),
    }


def _upkeep(persons: int, meter: Meter, clock: Clock = SYSTEM) -> dict[str, Any]:
    """Per changed person, for all segments at once, as live upkeep asks."""
    from rapport.core import clickhouse
    from rapport.segments.services.compiler import compile_many

    ids = segments_data.some(persons, ID_BATCH)

    def ask() -> None:
        compiled = compile_many(list(SEGMENTS.values()), now=clock.now(), person_ids=ids)
        clickhouse.client().query(compiled.sql, parameters=compiled.parameters)

    took = meter.median(ask)
    timings = {
        "ms_per_person": round(took["s"] / ID_BATCH * 1000, 3),
        "cpu_ms_per_person": round(took["cpu_s"] / ID_BATCH * 1000, 3),
    }
    return took | timings | {"asked_at_once": ID_BATCH}


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
