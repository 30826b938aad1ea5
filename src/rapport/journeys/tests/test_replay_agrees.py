"""A live run and its replay over the same events give the same path; a replay has no effect."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import uuid
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.core.access import system
from rapport.core.clock import VirtualClock
from rapport.core.models import OutboxEvent
from rapport.journeys.models import Enrolment, HeardEvent, Passage
from rapport.journeys.services import hearing, journeys, loop
from rapport.journeys.services.definitions import check
from rapport.journeys.services.happenings import Happening
from rapport.journeys.services.replaying.reading import Span
from rapport.journeys.services.replaying.rehearsing import Rehearsed, rehearse
from rapport.messaging.models import Delivery
from rapport.people.models import Person

START = dt.datetime(2026, 3, 27, 22, 30, tzinfo=dt.UTC)  # two days before the clocks go on in Europe
EVENTS = ("In", "Goal", "Exit", "Other")
NAMES = ("a", "b", "c", "d", "e")


def condition() -> st.SearchStrategy[dict[str, Any]]:
    value = st.integers(0, 3)
    simple = st.one_of(
        st.builds(lambda v: {"property": "n", "op": "gte", "value": v}, value),
        st.builds(lambda v: {"trait": "points", "op": "lt", "value": v}, value),
        st.just({"answer": "b.n", "op": "exists"}),
    )
    return st.one_of(
        simple,
        st.builds(lambda part: {"not": part}, simple),
        st.builds(lambda a, b: {"any": [a, b]}, simple, simple),
    )


def step(names: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    length = st.one_of(
        st.builds(lambda n: {"minutes": n}, st.integers(1, 3000)),
        st.builds(lambda n: {"days": n}, st.integers(1, 3)),
    )
    after = st.one_of(st.just({}), st.builds(lambda name: {"next": name}, names))

    def branches(*ways: str) -> st.SearchStrategy[dict[str, Any]]:
        return st.dictionaries(st.sampled_from(ways), names, max_size=2).map(
            lambda to: {"next": to} if to else {}
        )

    return st.one_of(
        st.builds(lambda n, a: {"type": "wait", "for": n, **a}, length, after),
        st.builds(lambda h, a: {"type": "wait_until", "time": f"{h:02}:30", **a}, st.integers(0, 23), after),
        st.builds(lambda e, n, a: {"type": "wait_event", "event": e, "for": n, **a}, st.sampled_from(EVENTS), length,
                  branches("happened", "timeout")),
        st.builds(lambda c, a: {"type": "if", "if": c, **a}, condition(), branches("yes", "no")),
        st.builds(lambda a: {"type": "share", "shares": {"x": 1, "y": 2}, **a}, branches("x", "y")),
        st.builds(lambda v, a: {"type": "set_traits", "traits": {"points": v}, **a}, st.integers(0, 3), after),
        st.builds(lambda a: {"type": "emit", "event": "Told", **a}, after),
        st.just({"type": "end"}),
    )  # fmt: skip


@st.composite
def definitions(draw: st.DrawFn) -> dict[str, Any]:
    names = NAMES[: draw(st.integers(1, 5))]
    steps = {name: draw(step(st.sampled_from(names))) for name in names}
    trigger: dict[str, Any] = {"type": "event", "event": "In"}
    trigger |= draw(
        st.sampled_from(({}, {"key": "n"}, {"where": {"property": "n", "op": "gte", "value": 1}}))
    )
    entry = draw(st.sampled_from(({}, {"again": "always"}, {"again": "after", "days": 1})))
    more: dict[str, Any] = draw(
        st.sampled_from(({}, {"goal": {"event": "Goal"}}, {"exits": [{"event": "Exit"}]}))
    )
    audience = draw(
        st.sampled_from(({}, {"audience": {"trait": "points", "op": "lt", "value": 2}, "stay": True}))
    )
    share = draw(st.sampled_from(({}, {}, {"holdout": 50})))
    return {"trigger": trigger, "entry": entry, "start": "a", "steps": steps, **more, **audience, **share}


def reachable(definition: dict[str, Any]) -> dict[str, Any]:
    """The same without the steps that nothing leads to."""
    lost = [problem.pointer.rpartition("/")[2] for problem in check(definition)]
    return {**definition, "steps": {name: s for name, s in definition["steps"].items() if name not in lost}}


happenings = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(EVENTS), st.integers(0, 3), st.integers(1, 400)),
    min_size=1,
    max_size=14,
)


def lived(row: Any, events: list[Happening], clock: VirtualClock, until: dt.datetime) -> list[Any]:
    """Lets it all happen, every event and every timer at its moment."""
    for event in events:
        run_until(event.at, clock)
        HeardEvent.objects.create(
            shard=event.person_id.int % hearing.SHARDS, key=uuid.uuid4().hex, event=event.event, person=event.person_id,
            at=event.at, properties=json.dumps(event.properties).encode(),
        )  # fmt: skip
        while loop.run_once(clock):
            pass
    run_until(until, clock)
    rows = Enrolment.objects.filter(journey=row).order_by("entered_at", "pk")
    return sorted(
        (
            str(e.person_id),
            e.entered_at,
            e.key,
            e.outcome,
            [(p.step, p.branch, p.at) for p in e.passages.order_by("pk")],
        )
        for e in rows
    )


def run_until(moment: dt.datetime, clock: VirtualClock) -> None:
    while True:
        due = (
            Enrolment.objects.filter(ended_at=None, due_at__lte=moment)
            .order_by("due_at")
            .values_list("due_at", flat=True)
        )
        first = due.first()
        if first is None:
            break
        clock.advance(max(first - clock.now(), dt.timedelta(0)))
        while loop.run_once(clock):
            pass
    clock.advance(max(moment - clock.now(), dt.timedelta(0)))


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(definition=definitions(), story=happenings)
def test_a_live_run_and_its_replay_give_the_same_path(definition, story, clickhouse, monkeypatch):
    monkeypatch.setattr("rapport.journeys.services.engine.MOST_EVER", 120)
    definition, clock = reachable(definition), VirtualClock(START)
    with transaction.atomic():
        row = journeys.create(actor=system("test"), name="Any", definition=definition, clock=clock)
        journeys.publish(actor=system("test"), journey_id=row.pk, clock=clock)
        people = [person(n) for n in range(3)]
        events = events_of(story, people)
        until, before = events[-1].at + dt.timedelta(days=6), counts()
        by_person = {p.pk: [event for event in events if event.person_id == p.pk] for p in people}
        walks, _world = rehearse(row, definition, by_person, {}, Span(START, until), until)
        assert counts() == before
        row.refresh_from_db()
        assert foreseen(walks) == lived(row, events, clock, until)
        transaction.set_rollback(True)


def events_of(story: Any, people: list[Person]) -> list[Happening]:
    moments = itertools.accumulate(minutes for *_rest, minutes in story)
    return [
        Happening(event, people[who].pk, START + dt.timedelta(minutes=at), {"n": n})
        for (who, event, n, _minutes), at in zip(story, moments, strict=True)
    ]


def counts() -> list[Any]:
    """All that a replay must leave alone."""
    rows = [model.objects.count() for model in (OutboxEvent, Enrolment, Passage, Delivery, HeardEvent)]
    return [*rows, list(Person.objects.order_by("pk").values_list("traits", flat=True))]


def foreseen(walks: list[Rehearsed]) -> list[Any]:
    return sorted(
        (
            str(run.person_id),
            run.entered_at,
            run.key,
            run.outcome,
            [(p.step, p.branch, p.at) for p in run.passed],
        )
        for rehearsed in walks
        for run in rehearsed.walk.runs
    )


def person(number: int) -> Person:
    zone = ("Europe/Berlin", "America/New_York", "UTC")[number]
    traits = {"points": number, "timezone": zone}
    return Person.objects.create(
        id=uuid.UUID(int=number + 77), first_seen_at=START, last_seen_at=START, traits=traits
    )
