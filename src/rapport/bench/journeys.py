"""`bench journeys`: people carried from step to step, beside a bare loop that claims and puts off the same rows.

One process runs the loop as a worker does. So many people wait at a step; then all come due at once; then as many enter
another journey together, while now and then somebody enters alone; and one is tried over a month of events.
"""

from __future__ import annotations

import datetime as dt
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rapport.bench import replays, rig
from rapport.core.clock import SYSTEM, Clock, VirtualClock

if TYPE_CHECKING:
    from rapport.journeys.models import Journey

PEOPLE = 1_000_000
ENTERING = 100_000
IDLE_ROUNDS = 50
CHUNK = 5_000
STEPS: dict[str, Any] = {
    "first": {"type": "wait", "for": {"days": 30}, "next": "rich"},
    "rich": {
        "type": "if",
        "if": {"trait": "points", "op": "gte", "value": 500},
        "next": {"yes": "half", "no": "half"},
    },
    "half": {"type": "share", "shares": {"a": 1, "b": 1}, "next": {"a": "second", "b": "second"}},
    "second": {"type": "wait", "for": {"days": 30}},
}


def measure(folder: Path, people: int, events: int, clock: Clock = SYSTEM) -> dict[str, Any]:
    """Engines of its own; `people` wait, a tenth of them enters at once; then a replay over so many events."""
    entering = min(ENTERING, max(people // 10, 1_000))
    with rig.engines(folder):
        waiting = _waiting(people, clock)
        figures = {**_idle(), **_transitions(waiting, people, clock), **_entering(entering, clock)}
        figures |= replays.measure(events, min(replays.ENTRIES, people))
    return {"figures": figures, "sizes": {"people": people, "entering": entering, "batch": _batch()}}


def _batch() -> int:
    from rapport.journeys.services import loop

    return loop.BATCH


def _published(steps: dict[str, Any], trigger: dict[str, Any]) -> Journey:
    from rapport.core.access import system
    from rapport.journeys.services import journeys

    actor = system("bench")
    definition = {"trigger": trigger, "start": next(iter(steps)), "steps": steps}
    row = journeys.create(actor=actor, name="Bench", definition=definition)
    journeys.publish(actor=actor, journey_id=row.pk)
    row.refresh_from_db()
    return row


def _waiting(people: int, clock: Clock) -> Journey:
    """A journey with everybody in the middle of a wait."""
    from rapport.journeys.models import Enrolment
    from rapport.people.models import Person

    row, now = _published(STEPS, {"type": "api"}), clock.now()
    version = row.versions.get()
    due, data = (
        now + dt.timedelta(days=30),
        {"trigger": {"event": "Signed Up", "properties": {"plan": "pro"}}},
    )
    for start in range(0, people, CHUNK):
        numbers = range(start, min(start + CHUNK, people))
        persons = [
            Person(
                id=uuid.uuid4(),
                name=f"Ada {n}",
                first_seen_at=now,
                last_seen_at=now,
                traits={"points": n % 1000},
            )
            for n in numbers
        ]
        Person.objects.bulk_create(persons)
        Enrolment.objects.bulk_create(
            [
                Enrolment(
                    journey=row, version=version, person=person, step="first", due_at=due, is_waiting=True,
                    data=data, entered_at=now, moved_at=now,
                )
                for person in persons
            ]
        )  # fmt: skip
    return row


def _idle() -> dict[str, float]:
    """What the loop costs while nothing is due: it looks twice a second at most."""
    from rapport.journeys.services import loop

    loop.run_once()
    began, used = time.monotonic(), time.process_time()
    for _round in range(IDLE_ROUNDS):
        loop.run_once()
    spent, cpu = time.monotonic() - began, time.process_time() - used
    return {
        "idle_round_ms": round(1000 * spent / IDLE_ROUNDS, 2),
        "idle_share_of_a_core": round(2 * cpu / IDLE_ROUNDS, 4),
    }


def _transitions(row: Journey, people: int, clock: Clock) -> dict[str, float]:
    """Everybody comes due; three steps each, then the next wait. Beside it, a bare loop over the same rows."""
    from rapport.journeys.services import loop

    month = dt.timedelta(days=31)
    virtual = VirtualClock(clock.now() + month)
    began = time.monotonic()
    while loop.run_once(virtual):
        pass
    ours = time.monotonic() - began
    virtual.advance(month)
    bare = _bare(row, virtual.now())
    return {
        "people_per_second": round(people / ours),
        "transitions_per_second": round(3 * people / ours),
        "bare_rows_per_second": round(people / bare),
        "ratio_of_rows": round(bare / ours, 2),
    }


def _bare(row: Journey, now: dt.datetime) -> float:
    """Seconds in which the same rows are claimed in the same batches and only put off."""
    from django.db import transaction

    from rapport.core.jobs import claim_rows
    from rapport.journeys.models import Enrolment
    from rapport.journeys.services import loop

    began = time.monotonic()
    due = Enrolment.objects.filter(journey=row, is_bulk=False, ended_at=None, due_at__lte=now)
    while True:
        with transaction.atomic():
            taken = claim_rows(due.order_by("due_at", "pk").only("pk"), limit=loop.BATCH)
            if not taken:
                return time.monotonic() - began
            later = now + dt.timedelta(days=30)
            Enrolment.objects.filter(pk__in=[enrolment.pk for enrolment in taken]).update(
                due_at=later, moved_at=now
            )


def _entering(count: int, clock: Clock) -> dict[str, float]:
    """So many enter at once, in bulk; meanwhile somebody enters alone after each batch."""
    from rapport.journeys.models import Enrolment
    from rapport.journeys.services import entering, loop
    from rapport.journeys.services.entering import Entrant
    from rapport.journeys.services.world import LiveWorld
    from rapport.people.models import Person

    row = _published({"tell": {"type": "emit", "event": "Told"}}, {"type": "api"})
    version = row.versions.get()
    ids = list(Person.objects.order_by("pk").values_list("pk", flat=True)[: count + 200])
    crowd, single = ids[:count], iter(ids[count:])
    began, waits = time.monotonic(), list[float]()

    def enter(persons: list[uuid.UUID], *, is_bulk: bool) -> None:
        from django.db import transaction

        with transaction.atomic():
            people = [Entrant(person) for person in persons]
            entering.enter(row, version, people, LiveWorld(clock.now()), clock, is_bulk)

    for start in range(0, count, 10_000):
        enter(crowd[start : start + 10_000], is_bulk=True)
    while Enrolment.objects.filter(journey=row, ended_at=None).exists():
        person = next(single, None)
        started = time.monotonic()
        if person:
            enter([person], is_bulk=False)
        loop.run_once()
        if person:
            waits.append(time.monotonic() - started)
    return {
        "entered_and_first_step_seconds": round(time.monotonic() - began, 1),
        "single_beside_p95_ms": round(1000 * rig.percentile(waits, 95)),
    }
