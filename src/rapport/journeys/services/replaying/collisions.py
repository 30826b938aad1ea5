"""Who would have been on other journeys at the same time, or got others' messages close by."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from rapport.core import sql
from rapport.journeys.models import Journey, ListenedEvent
from rapport.journeys.services.definitions import Definition, listened
from rapport.journeys.services.origin import ORIGIN, journey_id
from rapport.journeys.services.replaying.simulating import Walk
from rapport.messaging.registry import SEND_ORIGINS

MOST_NAMED = 20
_STAYS = """
    SELECT person_id, journey_id, entered_at, ended_at FROM journeys_enrolment
    WHERE person_id = ANY(%b) AND entered_at < %b AND journey_id <> %b AND (ended_at IS NULL OR ended_at >= %b)
        AND outcome <> 'holdout'
"""
Stay = tuple[uuid.UUID, dt.datetime, dt.datetime | None]


def stays(
    journey: Journey, persons: Sequence[uuid.UUID], since: dt.datetime, until: dt.datetime
) -> Mapping[uuid.UUID, list[Stay]]:
    """{person: other journeys they were on in the span, from when to when}."""
    by_person: dict[uuid.UUID, list[Stay]] = defaultdict(list)
    for person, other, entered, ended in sql.run(_STAYS, [list(persons), until, journey.pk, since]):
        by_person[person].append((other, entered, ended))
    return by_person


def beside(walk: Walk, others: Sequence[Stay]) -> set[uuid.UUID]:
    """The journeys on which the person was while they would have been on this one."""
    return {
        other
        for other, entered, ended in others
        for run in walk.runs
        if run.outcome != "holdout"
        and (ended is None or ended > run.entered_at)
        and (run.ended_at is None or run.ended_at > entered)
    }


def shown(
    journey: Journey, definition: Definition, people: Counter[uuid.UUID], near: Counter[tuple[str, str]]
) -> list[dict[str, Any]]:
    """By journey or other origin: how many people at the same time, how many messages within a day, same trigger."""
    messages = Counter[tuple[str, str]]()
    for (origin, origin_id), number in near.items():
        name = str(journey_id(origin_id)) if origin == ORIGIN.name else origin_id
        messages[(origin, name)] += number
    rivals = _rivals(journey, definition)
    pairs = {(ORIGIN.name, str(pk)) for pk in (*people, *rivals)} | set(messages)
    names = _names(pairs)
    rows: list[dict[str, Any]] = [
        {
            "origin": origin,
            "id": name,
            "name": names[(origin, name)][0],
            "url": names[(origin, name)][1],
            "people": people[uuid.UUID(name)] if origin == ORIGIN.name else 0,
            "messages": messages[(origin, name)],
            "same_trigger": origin == ORIGIN.name and uuid.UUID(name) in rivals,
        }
        for origin, name in pairs
        if (origin, name) in names
    ]
    return sorted(rows, key=lambda row: (-row["people"], -row["messages"], row["name"]))[:MOST_NAMED]


def _rivals(journey: Journey, definition: Definition) -> set[uuid.UUID]:
    """Live journeys that the same event lets people into."""
    role = ListenedEvent.Role.ENTRY
    events = [event for event, listened_as in listened(definition) if listened_as == role]
    rows = Journey.objects.filter(
        live__listened__event__in=events, live__listened__role=role, paused_at=None, archived_at=None
    )
    return set(rows.exclude(pk=journey.pk).values_list("pk", flat=True))


def _names(pairs: set[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, str]]:
    """{(origin, id): (name, address)} of those that still exist."""
    names: dict[tuple[str, str], tuple[str, str]] = {}
    for origin in {origin for origin, _id in pairs}:
        kind = SEND_ORIGINS.get(origin)
        if kind is None:
            continue
        ids = [name for named_origin, name in pairs if named_origin == origin]
        for name, described in kind.describe(ids).items():
            names[(origin, name)] = (described.name, kind.url(name))
    return names
