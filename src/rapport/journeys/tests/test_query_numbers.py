"""Ten people are asked about together: no more statements than for one."""

from __future__ import annotations

import json
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rapport.core import process_cache
from rapport.journeys.models import Enrolment, HeardEvent
from rapport.journeys.services import hearing, holdout_effect, loop
from rapport.journeys.services.replaying.past import PastWorld
from rapport.journeys.tests.conftest import START, agreed
from rapport.journeys.tests.test_replays import happened

__all__ = ["happened"]
IN_KIEL = {"trait": "city", "op": "is", "value": "Kiel"}
WAIT = {"type": "wait_event", "event": "Paid", "where": IN_KIEL, "for": {"days": 1}}


@pytest.fixture
def heard(clock):
    """`heard(people, event)`: how many statements it takes to act on it."""

    def count(people, event):
        HeardEvent.objects.bulk_create(
            [
                HeardEvent(
                    shard=0,
                    key=uuid.uuid4().hex,
                    event=event,
                    person=row.pk,
                    at=clock.now(),
                    properties=json.dumps({}).encode(),
                )
                for row in people
            ]
        )
        with CaptureQueriesContext(connection) as queries:
            hearing.run_once(clock)
        while loop.run_once(clock):
            pass
        return len(queries)

    return count


def test_an_event_of_many_is_acted_on_together(publish, heard, new_person):
    publish({"w": WAIT}, goal={"event": "Bought", "where": IN_KIEL})
    ada, *others = [new_person(f"Ada {number}", city="Kiel") for number in range(11)]
    heard([ada, *others], "Signed Up")
    assert heard(others, "Paid") == heard([ada], "Paid")
    assert Enrolment.objects.filter(outcome="completed").count() == 11
    heard([ada, *others], "Signed Up")
    assert heard(others, "Bought") == heard([ada], "Bought")


def test_the_lift_asks_about_all_buyers_together(publish, heard, new_person, happened):
    row = publish({"w": WAIT}, holdout=50, goal={"event": "Bought", "where": IN_KIEL})

    def measured(people):
        heard(people, "Signed Up")
        for person in people:
            happened(person, "Bought", 1)
        process_cache.forget(holdout_effect._effect)
        with CaptureQueriesContext(connection) as queries:
            effect = holdout_effect.effect(row)
        assert effect.treated.total + effect.holdout.total == Enrolment.objects.count()
        return len(queries)

    first = measured([new_person("Ada", city="Kiel")])
    assert measured([new_person(f"Ben {number}", city="Kiel") for number in range(9)]) <= first


def test_a_replay_reads_once_what_does_not_change(new_person, purpose, channel, clickhouse):
    people = [agreed(new_person("Ada"), purpose).pk, *(new_person(f"Ben{number}").pk for number in range(9))]
    world = PastWorld(people, [], now=START, own="")
    with CaptureQueriesContext(connection) as first:
        world.refused(purpose.key, "email", [people[0]])
    with CaptureQueriesContext(connection) as rest:
        answers = [world.refused(purpose.key, "email", [person])[person] for person in people]
    assert answers == ["", *["no_consent"] * 9]
    # The consents of the moment are asked for by hand-written SQL, which is not counted here.
    assert (len(first) > 3, len(rest)) == (True, 0)
