"""Events as they really come: many at once, late, from anybody, and some that nobody can act on."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import pytest

from rapport.core.models import OutboxEvent
from rapport.journeys.models import Enrolment, HeardEvent
from rapport.journeys.services import conditions, happenings, hearing, loop
from rapport.journeys.tests.conftest import heard, path, run_of, send_step
from rapport.messaging.models import Delivery

WAIT: dict[str, Any] = {"type": "wait", "for": {"hours": 1}}


@pytest.fixture
def tell(clock):
    """Notes an event, which the loop has still to act on."""

    def note(person: Any, event: str, *, ago: float = 0, is_public: bool = False, **properties: Any) -> None:
        HeardEvent.objects.create(
            shard=person.pk.int % hearing.SHARDS,
            key=uuid.uuid4().hex,
            event=event,
            person=person.pk,
            at=clock.now() - dt.timedelta(hours=ago),
            properties=json.dumps(properties).encode(),
            is_public=is_public,
        )

    return note


def test_what_follows_at_once_reaches_the_step_that_waits_for_it(publish, tell, new_person, clock):
    wait = {"type": "wait_event", "event": "Order Completed", "for": {"days": 2}}
    publish({"w": {**wait, "next": {"timeout": "remind"}}, "remind": {"type": "end"}})
    ada = new_person("Ada")
    tell(ada, "Signed Up")
    tell(ada, "Order Completed")
    loop.run_once(clock)
    assert (path(run_of(ada)), run_of(ada).outcome) == (["w:happened"], "completed")


def test_old_events_let_nobody_in_but_still_end_a_run(publish, tell, new_person, clock):
    publish({"a": {"type": "wait", "for": {"days": 30}}}, goal={"event": "Paid"})
    clock.advance(dt.timedelta(days=9))
    ada, bob = new_person("Ada"), new_person("Bob")
    tell(ada, "Signed Up", ago=48)
    tell(bob, "Signed Up")
    loop.run_once(clock)
    tell(bob, "Paid", ago=48)
    loop.run_once(clock)
    assert not Enrolment.objects.filter(person=ada).exists()
    assert run_of(bob).outcome == "goal"


def test_what_happened_before_it_was_published_lets_nobody_in(publish, tell, new_person, clock):
    publish({"a": WAIT})
    tell(new_person("Ada"), "Signed Up", ago=1)
    loop.run_once(clock)
    assert not Enrolment.objects.exists()


def test_what_anybody_can_send_is_not_printed_in_a_message(
    publish, tell, new_person, purpose, template, clock
):
    condition = {"property": "plan", "op": "is", "value": "pro"}
    publish({"c": {"type": "if", "if": condition, "next": {"yes": "mail"}}, "mail": send_step(template)})
    ada, bob = new_person("Ada"), new_person("Bob")
    tell(ada, "Signed Up", plan="pro", is_public=True)
    tell(bob, "Signed Up", plan="pro")
    loop.run_once(clock)
    printed = {row.person.name: row.data for row in Delivery.objects.select_related("person")}
    assert printed == {"Ada": {}, "Bob": {"plan": "pro"}}


def test_journeys_that_start_one_another_come_to_an_end(publish, tell, new_person, clock):
    ada, depth = new_person("Ada"), "journey_depth"
    publish(
        {"a": {"type": "emit", "event": "Pong"}},
        {"type": "event", "event": "Ping"},
        entry={"again": "always"},
    )
    for rounds in range(9):
        tell(ada, "Ping", **{depth: rounds})
        loop.run_once(clock)
    assert Enrolment.objects.count() == happenings.MOST_DEPTH
    events = [
        line
        for (payload,) in OutboxEvent.objects.order_by("pk").values_list("payload")
        for line in bytes(payload).splitlines()
    ]
    pongs = [event["properties"][depth] for event in map(json.loads, events) if event["event"] == "Pong"]
    assert sorted(pongs) == [1, 2, 3, 4, 5]


def test_an_event_that_cannot_be_acted_on_holds_up_no_other(publish, tell, new_person, clock, monkeypatch):
    def holds(condition, context, real=conditions.holds):
        if context.properties.get("plan") == "broken":
            raise ValueError("no such plan")
        return real(condition, context)

    monkeypatch.setattr(conditions, "holds", holds)
    where = {"property": "plan", "op": "exists"}
    publish({"a": WAIT}, {"type": "event", "event": "Signed Up", "where": where})
    people = [new_person(f"Ada {number}") for number in range(5)]
    for person in people:
        tell(person, "Signed Up", plan="broken" if person is people[2] else "pro")
    loop.run_once(clock)
    inside = set(Enrolment.objects.values_list("person", flat=True))
    assert inside == {person.pk for person in people if person is not people[2]}
    assert not HeardEvent.objects.exists()


def test_whoever_comes_with_a_crowd_holds_up_nobody_who_comes_alone(
    publish, happen, new_person, clock, monkeypatch
):
    monkeypatch.setattr(hearing, "CROWD", 1)
    publish({"a": {"type": "wait", "for": {"hours": 1}}})
    for name in ("Ada", "Ben"):
        heard(new_person(name), "Signed Up", clock)
    HeardEvent.objects.update(shard=0)
    loop.run_once(clock)
    happen(new_person("Eve"), "Signed Up")
    rows = Enrolment.objects.order_by("pk").values_list("person__name", "is_bulk")
    assert sorted(rows) == [("Ada", True), ("Ben", True), ("Eve", False)]
