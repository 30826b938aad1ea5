"""How people get onto a journey: the rules of entry, asked for many at once."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count

from rapport.core import sql
from rapport.core.clock import Clock
from rapport.core.services import outbox
from rapport.core.services.outbox import DomainEvent
from rapport.journeys.models import Enrolment, Journey, JourneyVersion
from rapport.journeys.registry import DEPTH, World, depth_of
from rapport.journeys.services import conditions
from rapport.journeys.services.conditions import Context
from rapport.journeys.services.holdout import is_held
from rapport.journeys.services.tallies import Tally
from rapport.people.models import Person
from rapport.people.queries import survivor_of

# Whoever comes in more often than this of themselves goes round between journeys.
MOST_AN_HOUR = 50
_ENTER = """
    INSERT INTO journeys_enrolment (journey_id, version_id, person_id, key, step, due_at, awaited, is_waiting, is_bulk,
                                    data, moves, entered_at, moved_at, outcome, attempts, error)
    SELECT %b, %b, t.person, t.key, %b, %b, '', false, %b::bool, t.data, 0, %b, %b, '', 0, ''
    FROM unnest(%b::uuid[], %b::text[], %b::jsonb[]) AS t (person, key, data)
    ON CONFLICT (journey_id, person_id, key) WHERE ended_at IS NULL DO NOTHING
    RETURNING id, person_id, key
"""
_BEFORE = """
    SELECT t.person, t.key, max(e.entered_at) FROM unnest(%b::uuid[], %b::text[]) AS t (person, key)
    JOIN journeys_enrolment e ON e.journey_id = %b AND e.person_id = t.person AND e.key = t.key
    GROUP BY t.person, t.key
"""


@dataclass(frozen=True, slots=True)
class Entrant:
    """Somebody who may enter: by which run (`key`), and what let them in."""

    person_id: uuid.UUID
    key: str = ""
    trigger: Mapping[str, Any] = field(default_factory=dict)


def enter(
    journey: Journey,
    version: JourneyVersion,
    entrants: Sequence[Entrant],
    world: World,
    clock: Clock,
    is_bulk: bool = False,
) -> dict[tuple[uuid.UUID, str], int]:
    """{(person, key): enrolment} of those whom the rules let in; in the caller's transaction."""
    now = clock.now()
    survivors = survivor_of({entrant.person_id for entrant in entrants})
    there = world.traits(list(survivors.values()))
    present = {
        (survivors[entrant.person_id], entrant.key): entrant
        for entrant in entrants
        if survivors.get(entrant.person_id) in there
    }
    refused = refusals(journey, version, list(present), world, now)
    stopped = barred(journey, version, [person for person, _key in present], now)
    allowed = {
        pair: entrant for pair, entrant in present.items() if pair not in refused and pair[0] not in stopped
    }
    if not allowed:
        return {}
    start = version.definition["start"]
    persons, keys = [person for person, _key in allowed], [key for _person, key in allowed]
    data = [json.dumps({"trigger": dict(entrant.trigger)}) for entrant in allowed.values()]
    values = [journey.pk, version.pk, start, now, is_bulk, now, now, persons, keys, data]
    entered = {(person, key): pk for pk, person, key in sql.run(_ENTER, values)}
    held_back = _held_back(journey, version, entered, now)
    if count := len(entered) - len(held_back):
        tally = Tally()
        tally.entered(start, count)
        tally.write(journey.pk, version.pk, now)
    _tell(journey, version, {entered[pair]: allowed[pair] for pair in entered}, entered, held_back, clock)
    return entered


def barred(
    journey: Journey, version: JourneyVersion, persons: Sequence[uuid.UUID], now: dt.datetime
) -> dict[uuid.UUID, str]:
    """{person: why not} of those whom no rule of the journey keeps out: "restricted", "endless"."""
    endless = dict.fromkeys(_going_round(journey, version, persons, now), "endless")
    return endless | dict.fromkeys(restricted(persons), "restricted")


def _going_round(
    journey: Journey, version: JourneyVersion, persons: Sequence[uuid.UUID], now: dt.datetime
) -> set[uuid.UUID]:
    """Those who came in again and again within an hour, as by journeys that put them into each other's segments."""
    if version.definition.get("entry", {}).get("again", "never") != "always":
        return set()
    lately = Enrolment.objects.filter(
        journey=journey, person__in=persons, entered_at__gt=now - dt.timedelta(hours=1)
    )
    counted = lately.order_by().values("person_id").annotate(n=Count("pk")).filter(n__gte=MOST_AN_HOUR)
    return set(counted.values_list("person_id", flat=True))


def restricted(persons: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those of them whose data must not be processed for now."""
    rows = Person.objects.filter(pk__in=set(persons), restricted_at__isnull=False)
    return set(rows.values_list("pk", flat=True))


def _tell(
    journey: Journey,
    version: JourneyVersion,
    entrants: Mapping[int, Entrant],
    entered: Mapping[tuple[uuid.UUID, str], int],
    held_back: set[int],
    clock: Clock,
) -> None:
    """That they came in, or were held back."""
    shared = {"journey_id": str(journey.pk), "journey_name": journey.name, "version": version.number}
    events = []
    for (person, key), pk in entered.items():
        depth = depth_of(entrants[pk].trigger.get("properties", {})) + 1
        properties = {**shared, "enrolment": pk, "key": key, DEPTH: depth}
        name = "Journey Held Back" if pk in held_back else "Journey Entered"
        events.append(DomainEvent(name, person, properties, f"journey-{pk}-entered"))
    outbox.emit_many(events, clock=clock)


def _held_back(
    journey: Journey, version: JourneyVersion, entered: Mapping[tuple[uuid.UUID, str], int], now: dt.datetime
) -> set[int]:
    """The enrolments of those whom the holdout draws; for them it ends here."""
    held_back = {
        pk for (person, _key), pk in entered.items() if is_held(journey.pk, version.definition, person)
    }
    if held_back:
        ended = Enrolment.objects.filter(pk__in=held_back)
        ended.update(due_at=None, ended_at=now, outcome=Enrolment.Outcome.HOLDOUT)
    return held_back


def refusals(
    journey: Journey,
    version: JourneyVersion,
    pairs: Sequence[tuple[uuid.UUID, str]],
    world: World,
    now: dt.datetime,
) -> dict[tuple[uuid.UUID, str], str]:
    """{(person, key): why not} of those whom the rules keep out: "again", "too_soon", "audience"."""
    definition = version.definition
    outside = _outside(definition.get("audience"), [person for person, _key in pairs], world)
    reasons = {pair: "audience" for pair in pairs if pair[0] in outside}
    entry = definition.get("entry", {})
    if entry.get("again", "never") == "always":
        return reasons
    columns = [[person for person, _key in pairs], [key for _person, key in pairs]]
    for person, key, last in sql.run(_BEFORE, [*columns, journey.pk]):
        if reason := again(entry, last, now):
            reasons[(person, key)] = reason
    return reasons


def again(entry: Mapping[str, Any], last: dt.datetime | None, now: dt.datetime) -> str:
    """Why somebody who entered last then may not come again now, or ""."""
    rule = entry.get("again", "never")
    if last is None or rule == "always":
        return ""
    if rule == "never":
        return "again"
    return "too_soon" if last > now - dt.timedelta(days=entry["days"]) else ""


def _outside(
    audience: Mapping[str, Any] | None, persons: Sequence[uuid.UUID], world: World
) -> set[uuid.UUID]:
    return set(persons) - within(audience, persons, world) if audience else set()


def within(condition: Mapping[str, Any], persons: Sequence[uuid.UUID], world: World) -> set[uuid.UUID]:
    """Those for whom a condition about the person holds now."""
    traits = world.traits(persons)
    inside = {key: world.members(key, persons) for key in conditions.segments(condition)}
    return {
        person
        for person in persons
        if person in traits
        and conditions.holds(
            condition,
            Context(traits[person], [key for key, members in inside.items() if person in members]),
        )
    }
