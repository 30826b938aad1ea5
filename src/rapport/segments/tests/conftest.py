"""A small world for segments: persons and events written straight into ClickHouse."""

from __future__ import annotations

import datetime as dt
import json
import uuid

import pytest

from rapport.core import jobs
from rapport.core.clock import SYSTEM, VirtualClock

NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)


def compute(clock=SYSTEM):
    """Runs the whole computations that are due; returns how many."""
    number = 0
    while jobs.run_once(clock, "segments.compute"):
        number += 1
    return number


def make_stages(*keys):
    """Lifecycle stages with these keys, in this order."""
    from rapport.segments.models import Stage

    for position, key in enumerate(keys):
        Stage.objects.get_or_create(
            key=key, defaults={"name": key.title(), "position": position, "rule": {"all": []}}
        )


def evaluate_people(person_ids, now):
    """Brings every live segment up to date for these persons."""
    from rapport.people.services.changes import ANYTHING
    from rapport.segments.services.membership import evaluate

    evaluate({person: {ANYTHING} for person in person_ids}, now)


class World:
    """Persons and events as the stream would leave them, in ClickHouse and (persons) in PostgreSQL."""

    def __init__(self, clickhouse):
        self.clickhouse = clickhouse

    def insert(self, table, rows):
        if rows:
            lines = b"\n".join(json.dumps(row, default=str).encode() for row in rows)
            self.clickhouse.insert_lines(table, lines, token=str(uuid.uuid4()))

    def person(self, traits=None, *, identifiers=(), consents=(), person_id=None, **columns):
        from rapport.people.models import Person

        person_id = person_id or uuid.uuid4()
        Person.objects.get_or_create(
            id=person_id, defaults={"first_seen_at": NOW, "last_seen_at": NOW, "traits": traits or {}}
        )
        row = {
            "person_id": person_id, "version": columns.pop("version", 1), "deleted": 0, "is_identified": 1,
            "first_seen_at": NOW.isoformat(), "last_seen_at": NOW.isoformat(), "traits": traits or {},
            "identifiers": list(identifiers), "consents": list(consents), **columns,
        }  # fmt: skip
        self.insert("people", [row])
        return person_id

    def event(self, person_id, event, *, at=NOW, **properties):
        self.events([(person_id, event, at, properties)])

    def events(self, events):
        self.insert(
            "events",
            [
                {
                    "person_id": person_id, "at": at.isoformat(timespec="milliseconds"), "event": event,
                    "type": "track", "message_id": str(uuid.uuid4()), "received_at": at.isoformat(),
                    "source": "test", "properties": properties, "context": {},
                }
                for person_id, event, at, properties in events
            ],
        )  # fmt: skip

    def merge(self, absorbed, survivor, version=1):
        self.insert("person_override", [{"person_id": absorbed, "survivor_id": survivor, "version": version}])

    def matching(self, definition, *, now=NOW, person_ids=None):
        from rapport.segments.services.compiler import compile_definition

        compiled = compile_definition(definition, now=now, person_ids=person_ids)
        return {row["person_id"] for row in self.clickhouse.rows(compiled.sql, compiled.parameters)}


@pytest.fixture
def settle(live):
    """Runs the event pipeline and the jobs of traits and stages until there is nothing left to do."""

    def run(clock=SYSTEM):
        clock = VirtualClock(clock.now())
        for _ in range(50):
            live.settle(clock)
            if not jobs.run_once(clock, "segments.traits"):
                return
            clock.advance(dt.timedelta(seconds=0.5))

    return run


@pytest.fixture
def world(db, clickhouse):
    return World(clickhouse)
