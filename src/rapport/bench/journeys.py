"""`bench journeys`: people carried from step to step, beside a bare loop of UPDATE … SKIP LOCKED in the same run.

One process runs the loop as a worker does. So many people wait at a step; then all come due at once; then as many enter
another journey together, while now and then somebody enters alone.
"""

from __future__ import annotations

import datetime as dt
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rapport.bench import rig
from rapport.core.clock import SYSTEM, VirtualClock

if TYPE_CHECKING:
    from rapport.journeys.models import Journey

PEOPLE = 1_000_000
ENTERING = 100_000
IDLE_ROUNDS = 50
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
_PERSONS = """
    INSERT INTO people_person (id, created_at, updated_at, first_seen_at, last_seen_at, is_identified, name, email,
                               traits, trait_facts, version)
    SELECT gen_random_uuid(), now(), now(), now(), now(), true, 'Ada ' || n, 'ada' || n || '@example.org',
           jsonb_build_object('points', n %% 1000), '{}', 1 FROM generate_series(1, %s) AS n
"""
_ENROL = """
    INSERT INTO journeys_enrolment (journey_id, version_id, person_id, key, step, due_at, awaited, is_waiting, is_bulk,
                                    data, moves, entered_at, moved_at, outcome, attempts, error)
    SELECT %(journey)s, %(version)s, id, '', 'first', %(due)s, '', true, false,
           '{"trigger": {"event": "Signed Up", "properties": {"plan": "pro"}}}', 0, %(now)s, %(now)s, '', 0, ''
    FROM people_person LIMIT %(count)s
"""
_BARE = """
    WITH taken AS (SELECT id FROM bare_enrolment WHERE due_at <= %s ORDER BY due_at, id LIMIT %s
                   FOR NO KEY UPDATE SKIP LOCKED)
    UPDATE bare_enrolment e SET step = 'second', due_at = %s, moves = moves + 3, moved_at = %s
    FROM taken WHERE taken.id = e.id
"""


def measure(folder: Path, people: int) -> dict[str, Any]:
    """Engines of its own; `people` wait, a tenth of them enters at once."""
    entering = min(ENTERING, max(people // 10, 1_000))
    with rig.engines(folder):
        waiting = _waiting(people)
        figures = {**_idle(), **_transitions(waiting, people), **_entering(entering)}
    return {"figures": figures, "sizes": {"people": people, "entering": entering, "batch": _batch()}}


def _batch() -> int:
    from rapport.journeys.services import loop

    return loop.BATCH


def _execute(statement: str, values: Any = None) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def _published(steps: dict[str, Any], trigger: dict[str, Any]) -> Journey:
    from rapport.core.access import system
    from rapport.journeys.services import journeys

    actor = system("bench")
    definition = {"trigger": trigger, "start": next(iter(steps)), "steps": steps}
    row = journeys.create(actor=actor, name="Bench", definition=definition)
    journeys.publish(actor=actor, journey_id=row.pk)
    row.refresh_from_db()
    return row


def _waiting(people: int) -> Journey:
    """A journey with everybody in the middle of a wait."""
    _execute(_PERSONS, [people])
    row, now = _published(STEPS, {"type": "api"}), SYSTEM.now()
    due = now + dt.timedelta(days=30)
    _execute(
        _ENROL,
        {"journey": row.pk, "version": row.live_id, "due": due, "now": now, "count": people},
    )
    _execute("CREATE TABLE bare_enrolment (LIKE journeys_enrolment INCLUDING ALL)")
    _execute("INSERT INTO bare_enrolment SELECT * FROM journeys_enrolment")
    _execute("ANALYZE journeys_enrolment, bare_enrolment, people_person")
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


def _transitions(row: Journey, people: int) -> dict[str, float]:
    """Everybody comes due; three steps each, then the next wait. Beside it, a bare loop over the same rows."""
    from django.db import transaction

    from rapport.journeys.services import loop

    clock = VirtualClock(SYSTEM.now() + dt.timedelta(days=31))
    began = time.monotonic()
    while loop.run_once(clock):
        pass
    ours = time.monotonic() - began
    now, later = clock.now(), clock.now() + dt.timedelta(days=30)
    began = time.monotonic()
    while True:
        with transaction.atomic():
            if not _execute(_BARE, [now, loop.BATCH, later, now]):
                break
    bare = time.monotonic() - began
    return {
        "people_per_second": round(people / ours),
        "transitions_per_second": round(3 * people / ours),
        "bare_rows_per_second": round(people / bare),
        "ratio_of_rows": round(bare / ours, 2),
    }


def _entering(count: int) -> dict[str, float]:
    """So many enter at once, in bulk; meanwhile somebody enters alone after each batch."""
    from rapport.journeys.models import Enrolment
    from rapport.journeys.services import entering, loop
    from rapport.journeys.services.entering import Entrant
    from rapport.journeys.services.world import LiveWorld
    from rapport.people.models import Person

    row = _published({"told": {"type": "emit", "event": "Told"}}, {"type": "api"})
    ids = list(Person.objects.order_by("pk").values_list("pk", flat=True)[: count + 200])
    crowd, single = ids[:count], iter(ids[count:])
    began, waits = time.monotonic(), list[float]()

    def enter(persons: list[uuid.UUID], *, is_bulk: bool) -> None:
        from django.db import transaction

        with transaction.atomic():
            people = [Entrant(person) for person in persons]
            entering.enter(row, row.live, people, LiveWorld(SYSTEM.now()), SYSTEM, is_bulk)

    for start in range(0, count, 10_000):
        enter(crowd[start : start + 10_000], is_bulk=True)
    while Enrolment.objects.filter(journey=row, ended_at=None).exists():
        person = next(single, None)
        asked = time.monotonic()
        if person:
            enter([person], is_bulk=False)
        loop.run_once()
        if person:
            waits.append(time.monotonic() - asked)
    return {
        "entered_and_first_step_seconds": round(time.monotonic() - began, 1),
        "single_beside_p95_ms": round(1000 * rig.percentile(waits, 95)),
    }
