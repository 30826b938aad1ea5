"""Workers that are killed, connections that are cut, in the middle of journeys: everybody arrives, each effect once.

`RAPPORT_JOURNEY_KILLS=300` kills so many workers, `RAPPORT_JOURNEY_PEOPLE=10000` lets so many people enter.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import signal
import time
import uuid
from collections import Counter

import pytest
from django.db import Error, connection, connections

from rapport.content.models import Template
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM
from rapport.core.models import OutboxEvent
from rapport.governance.models import Purpose
from rapport.journeys.models import Enrolment, Journey, Passage
from rapport.journeys.services import entering, journeys, loop
from rapport.journeys.services.entering import Entrant
from rapport.journeys.services.world import LiveWorld
from rapport.journeys.tests.conftest import purpose, template
from rapport.messaging.models import Delivery
from rapport.people.models import Person

__all__ = ["purpose", "template"]
KILLS = int(os.environ.get("RAPPORT_JOURNEY_KILLS", "6"))
PEOPLE = int(os.environ.get("RAPPORT_JOURNEY_PEOPLE", "600"))
WORKERS, BATCH = 2, 60
# A second of ours is so long for them.
HASTE = 1_000
STEPS = {
    "tell": {"type": "emit", "event": "Told", "next": "pause"},
    "pause": {"type": "wait", "for": {"hours": 1}, "next": "note"},
    "note": {"type": "set_traits", "traits": {"greeted": True}, "next": "mail"},
    "mail": {"type": "send", "channel": "email", "purpose": "newsletter", "next": "again"},
    "again": {"type": "emit", "event": "Told again", "next": "last"},
    "last": {"type": "end"},
}


class Fast:
    """A clock that runs ahead, the same in every process."""

    def __init__(self) -> None:
        self._start = SYSTEM.now()

    def now(self) -> dt.datetime:
        return self._start + (SYSTEM.now() - self._start) * HASTE


def _work(clock: Fast) -> None:
    connections["default"].connection = None  # the parent's
    while True:
        try:
            if not loop.run_once(clock):
                time.sleep(0.01)
        except Error:
            connection.close()


def _start(clock: Fast) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            _work(clock)
        finally:
            os._exit(1)
    return pid


def _cut_one(chance: random.Random) -> None:
    """Ends the connection of one of the workers, as a network does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        backends = [row[0] for row in cursor.fetchall()]
        if backends:
            cursor.execute("SELECT pg_terminate_backend(%s)", [chance.choice(backends)])


@pytest.fixture
def journey(transactional_db: None, actor: Actor, template: Template, purpose: Purpose) -> Journey:
    steps = {**STEPS, "mail": {**STEPS["mail"], "template": str(template.pk)}}
    definition = {"trigger": {"type": "api"}, "start": "tell", "steps": steps}
    row = journeys.create(actor=actor, name="Welcome", definition=definition)
    journeys.publish(actor=actor, journey_id=row.pk)
    row.refresh_from_db()
    return row


def _enter(journey: Journey, clock: Fast) -> None:
    now = clock.now()
    people = [
        Person(id=uuid.uuid4(), name=f"Ada {n}", first_seen_at=now, last_seen_at=now) for n in range(PEOPLE)
    ]
    Person.objects.bulk_create(people)
    entrants = [Entrant(person.pk) for person in people]
    assert journey.live is not None
    entering.enter(journey, journey.live, entrants, LiveWorld(now), clock, is_bulk=True)


def test_killed_workers_lose_nobody_and_do_nothing_twice(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "BATCH", BATCH)
    clock, chance = Fast(), random.Random(7)
    _enter(journey, clock)
    workers = [_start(clock) for _ in range(WORKERS)]
    try:
        for kill in range(KILLS):
            time.sleep(chance.uniform(0.02, 0.2))
            _cut_one(chance)
            number = kill % WORKERS
            os.kill(workers[number], signal.SIGKILL)
            os.waitpid(workers[number], 0)
            workers[number] = _start(clock)
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    while Enrolment.objects.filter(ended_at=None).exists():
        loop.run_once(clock)
    _check(journey)


def _check(journey: Journey) -> None:
    """Everybody went the whole way, passed each step once, and each effect was written once."""
    outcomes = Counter(Enrolment.objects.values_list("outcome", "error"))
    assert outcomes == {("completed", ""): PEOPLE}
    passed = Counter(Passage.objects.values_list("enrolment", "step"))
    assert set(passed.values()) == {1}
    assert len(passed) == PEOPLE * len(STEPS)
    payloads = OutboxEvent.objects.values_list("payload", flat=True)
    events = [json.loads(line) for payload in payloads for line in bytes(payload).splitlines()]
    assert len({event["message_id"] for event in events}) == len(events)
    names = Counter(event["event"] for event in events)
    assert (names["Told"], names["Told again"]) == (PEOPLE, PEOPLE)
    assert Delivery.objects.count() == Delivery.objects.values("person").distinct().count() == PEOPLE
    assert Person.objects.filter(traits__greeted=True).count() == PEOPLE
