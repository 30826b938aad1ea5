"""What a journey brings: who reached the goal within a while of entering, beside those who were held back.

The goal counts whether or not the run still went on when it was reached, so that both sides are measured alike.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from rapport.core import clickhouse
from rapport.core.process_cache import kept_by_cost
from rapport.experiments.statistics.sequential import Arm, Lift, lift
from rapport.journeys.models import Enrolment, Journey
from rapport.journeys.services import conditions
from rapport.journeys.services.happenings import Happening, fits
from rapport.journeys.services.world import LiveWorld
from rapport.people.queries import families

ALPHA, PLANNED, WINDOW_DAYS, CHUNK = 0.05, 10_000, 30, 20_000
_GOALS = (
    "SELECT person_id, at, toJSONString(properties) AS properties FROM events WHERE event = {event:String}"
    " AND person_id IN {people:Array(UUID)} AND at >= {since:DateTime64(3, 'UTC')}"
)
_decode = msgspec.json.Decoder().decode
Entries = Mapping[uuid.UUID, tuple[dt.datetime, bool]]


@dataclass(frozen=True, slots=True)
class Effect:
    """Both sides, and how many more reached the goal for the journey; within so many days of entering."""

    days: int
    treated: Arm
    holdout: Arm
    goal: Lift


def effect(journey: Journey) -> Effect | None:
    """None without a goal, or while nobody is held back."""
    goal = (journey.live.definition if journey.live else {}).get("goal")
    if not goal or not (journey.live and journey.live.definition.get("holdout")):
        return None
    return _effect(journey.pk, msgspec.json.encode(goal, order="deterministic"))


@kept_by_cost
def _effect(journey_id: uuid.UUID, goal: bytes) -> Effect:
    people, reached = {False: 0, True: 0}, {False: 0, True: 0}
    for entries in _entries(journey_id):
        achieved = _achieved(entries, _decode(goal))
        for person, (_at, is_held_back) in entries.items():
            people[is_held_back] += 1
            reached[is_held_back] += person in achieved
    treated, holdout = (Arm.of_conversions(people[side], reached[side]) for side in (False, True))
    return Effect(WINDOW_DAYS, treated, holdout, lift(treated, holdout, alpha=ALPHA, planned=PLANNED))


def _entries(journey_id: uuid.UUID) -> Iterator[Entries]:
    """{person: when they entered first, and whether they were held back}, some thousands at a time."""
    rows = Enrolment.objects.filter(journey=journey_id, version__definition__has_key="holdout")
    firsts = rows.order_by("person_id", "entered_at", "pk").distinct("person_id")
    entries: dict[uuid.UUID, tuple[dt.datetime, bool]] = {}
    for person, at, outcome in firsts.values_list("person_id", "entered_at", "outcome").iterator(CHUNK):
        entries[person] = (at, outcome == Enrolment.Outcome.HOLDOUT)
        if len(entries) == CHUNK:
            yield entries
            entries = {}
    if entries:
        yield entries


def _achieved(entries: Entries, goal: Mapping[str, Any]) -> set[uuid.UUID]:
    """Those who reached the goal in time."""
    homes = {member: home for home, family in families(list(entries)).items() for member in family}
    since = min(at for at, _is_held_back in entries.values())
    values = {
        "event": goal["event"],
        "people": list(homes),
        "since": f"{since.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}",
    }
    world, achieved, where = LiveWorld(since), set[uuid.UUID](), goal.get("where")
    if where:  # together, not one by one
        world.traits(list(entries))
        for key in conditions.segments(where):
            world.members(key, list(entries))
    for member, at, properties in clickhouse.client().query(_GOALS, values).result_rows:
        home = homes[member]
        moment = at.replace(tzinfo=dt.UTC)
        late = moment - entries[home][0]
        if home in achieved or not dt.timedelta(0) <= late <= dt.timedelta(days=WINDOW_DAYS):
            continue
        if fits(goal, Happening(goal["event"], home, moment, _decode(properties)), {}, world):
            achieved.add(home)
    return achieved
