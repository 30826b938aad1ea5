"""The events that a replay needs, from the store of events, some thousands of persons at a time."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from rapport.core import clickhouse, sql
from rapport.journeys.models import Enrolment, Journey, ListenedEvent
from rapport.journeys.registry import Config
from rapport.journeys.services.definitions import Definition, listened
from rapport.journeys.services.happenings import Happening
from rapport.journeys.services.replaying.past import aware
from rapport.journeys.services.replaying.simulating import BY_HAND, Earlier
from rapport.journeys.services.triggers import TIMED
from rapport.people.queries import families, survivor_of

CHUNK = 5_000
_MOMENT = "DateTime64(3, 'UTC')"
_SPAN = f"at >= {{since:{_MOMENT}}} AND at < {{until:{_MOMENT}}}"
# What the journey itself told is told anew by the replay.
_OTHERS = "(NOT startsWith(message_id, 'journey-') OR toString(properties.journey_id) != {journey:String})"
_ENTRANTS = (
    f"SELECT DISTINCT person_id FROM events WHERE event IN {{names:Array(String)}} AND {_SPAN}"
    " AND ({segment:String} = '' OR toString(properties.segment_key) = {segment:String}) ORDER BY person_id"
)
_EVENTS = (
    "SELECT person_id, at, event, toJSONString(properties) AS properties FROM events"
    f" WHERE event IN {{names:Array(String)}} AND {_SPAN} AND {_OTHERS}"
    " AND person_id IN {people:Array(UUID)} ORDER BY person_id, at, message_id"
)
_EARLIER = """
    SELECT DISTINCT ON (person_id, key) person_id, key, entered_at, ended_at FROM journeys_enrolment
    WHERE journey_id = %b AND person_id = ANY(%b) AND entered_at < %b ORDER BY person_id, key, entered_at DESC
"""
_decode = msgspec.json.Decoder().decode
Persons = dict[uuid.UUID, list[Happening]]


@dataclass(frozen=True, slots=True)
class Span:
    """From when (inclusive) to when."""

    since: dt.datetime
    until: dt.datetime

    @property
    def values(self) -> dict[str, str]:
        return {"since": _stamp(self.since), "until": _stamp(self.until)}


def entrants(journey: Journey, definitions: Sequence[Definition], span: Span) -> list[uuid.UUID]:
    """Everybody whom any of these definitions might let in, as they are now, merges followed; in a fixed order."""
    wanted: dict[uuid.UUID, None] = {}
    for definition in definitions:
        for person in _let_in_by_hand(journey, definition["trigger"], span):
            wanted[person] = None
        names = [event for event, role in listened(definition) if role == ListenedEvent.Role.ENTRY]
        if names:
            values = {"names": names, "segment": definition["trigger"].get("segment", ""), **span.values}
            wanted |= dict.fromkeys(
                row[0] for row in clickhouse.client().query(_ENTRANTS, values).result_rows
            )
    ids = list(wanted)
    homes: dict[uuid.UUID, None] = {}
    for start in range(0, len(ids), 50_000):
        part = ids[start : start + 50_000]
        survivors = survivor_of(part)
        homes |= dict.fromkeys(survivors[person] for person in part if person in survivors)
    return list(homes)


def chunks(persons: Sequence[uuid.UUID]) -> Iterator[Sequence[uuid.UUID]]:
    for start in range(0, len(persons), CHUNK):
        yield persons[start : start + CHUNK]


def happenings_of(
    journey: Journey, persons: Sequence[uuid.UUID], definitions: Sequence[Definition], span: Span
) -> Persons:
    """{person: what happened to them that a definition listens to, in order}, merges followed."""
    homes = {member: home for home, family in families(persons).items() for member in family}
    by_person: Persons = {person: [] for person in persons}
    names = sorted({event for definition in definitions for event, _role in listened(definition)})
    if names:
        values = {"names": names, "people": list(homes), "journey": str(journey.pk), **span.values}
        for member, at, event, properties in clickhouse.client().query(_EVENTS, values).result_rows:
            home = homes[member]
            by_person[home].append(Happening(event, home, aware(at), _decode(properties)))
    is_by_hand = any(not is_heard(definition["trigger"]) for definition in definitions)
    if is_by_hand:
        for row in _by_hand(journey, span).filter(person_id__in=persons):
            by_person[row.person_id].append(_entry_of(row))
    if is_by_hand or len(homes) > len(persons):
        for events in by_person.values():
            events.sort(key=lambda happening: happening.at)
    return by_person


def earlier(
    journey: Journey, persons: Sequence[uuid.UUID], since: dt.datetime
) -> dict[uuid.UUID, dict[str, Earlier]]:
    """{person: {key: their last run before the replay begins}}: it decides who may come again."""
    by_person: dict[uuid.UUID, dict[str, Earlier]] = {}
    for person, key, entered_at, ended_at in sql.run(_EARLIER, [journey.pk, list(persons), since]):
        by_person.setdefault(person, {})[key] = Earlier(entered_at, ended_at)
    return by_person


def is_heard(trigger: Config) -> bool:
    """Whether events say who comes in; otherwise those come who came in reality."""
    return trigger["type"] not in {"api", *TIMED}


def _by_hand(journey: Journey, span: Span) -> Any:
    return Enrolment.objects.filter(journey=journey, entered_at__gte=span.since, entered_at__lt=span.until)


def _let_in_by_hand(journey: Journey, trigger: Config, span: Span) -> list[uuid.UUID]:
    """Whom a program let in within the span: it does so again in the replay."""
    if is_heard(trigger):
        return []
    return list(_by_hand(journey, span).values_list("person_id", flat=True).distinct())


def _entry_of(row: Enrolment) -> Happening:
    given = {"key": row.key, "trigger": row.data.get("trigger", {})}
    return Happening(BY_HAND, row.person_id, row.entered_at, given)


def _stamp(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
