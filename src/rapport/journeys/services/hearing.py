"""Events: noted in the stream's transaction, acted on by the loop, in order for each person."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from django.db import InterfaceError, OperationalError, transaction

from rapport.core import sql
from rapport.core.clock import Clock
from rapport.core.services.wake import wake
from rapport.events.registry import EventListener, Occurrence
from rapport.journeys.models import Enrolment, HeardEvent, Journey, JourneyVersion, ListenedEvent
from rapport.journeys.services import entering, moving, store
from rapport.journeys.services.definitions import segments_heard
from rapport.journeys.services.engine import Move
from rapport.journeys.services.happenings import Happening, affected, entrant_of, fits, opens
from rapport.journeys.services.locking import lock_hearers
from rapport.journeys.services.world import LiveWorld
from rapport.people.queries import survivor_of

LOOP = "journeys"
SHARDS = 8  # so many workers hear at a time
BATCH = 2_000
# So many who come in together come in bulk: they hold up nobody who came alone.
CROWD = 200
LOCK = 7_302_500
# An event that is told later than this lets nobody in: whoever imports three years of orders greets nobody for them.
HISTORY = dt.timedelta(days=1)
TRIES = 5
logger = logging.getLogger("rapport.journeys")
Role = ListenedEvent.Role


class _Merged(Exception):
    """Somebody is part of somebody else now."""


def _wanted(names: Collection[str]) -> list[str]:
    return list(
        ListenedEvent.objects.filter(event__in=list(names)).values_list("event", flat=True).distinct()
    )


def _hear(events: Sequence[Occurrence]) -> None:
    HeardEvent.objects.bulk_create(
        [
            HeardEvent(
                shard=event.person_id.int % SHARDS,
                key=event.key.hex() or event.message_id[:64],
                event=event.event,
                person=event.person_id,
                at=event.at,
                properties=event.properties,
                is_public=event.is_public,
            )
            for event in events
        ]
    )
    wake(LOOP)


LISTENER = EventListener("journeys", _wanted, _hear)


def run_once(clock: Clock) -> int:
    """Acts on what waits longest, shard by shard; returns how many events."""
    return sum(_shard(shard, clock) for shard in _waiting())


def _waiting() -> list[int]:
    return [shard for (shard,) in sql.run("SELECT DISTINCT shard FROM journeys_heardevent ORDER BY shard")]


@transaction.atomic
def _shard(shard: int, clock: Clock) -> int:
    if not sql.run("SELECT pg_try_advisory_xact_lock(%b, %b)", [LOCK, shard])[0][0]:
        return 0
    rows = list(HeardEvent.objects.filter(shard=shard).order_by("pk")[:BATCH])
    for _attempt in range(TRIES):
        try:
            with transaction.atomic():
                _hear_of(rows, clock)
        except _Merged:
            continue
        HeardEvent.objects.filter(pk__in=[row.pk for row in rows]).delete()
        return len(rows)
    return 0  # they keep being merged, and are heard of later


def _hear_of(rows: Sequence[HeardEvent], clock: Clock) -> None:
    """Raises _Merged if persons were merged or parted meanwhile: their runs were looked for where they are no more."""
    persons = {row.person for row in rows}
    survivors = survivor_of(persons)
    lock_hearers({row.event for row in rows}, survivors.values())
    happenings = [
        Happening(row.event, survivors[row.person], row.at, _properties(row.properties), row.is_public)
        for row in rows
        if row.person in survivors
    ]
    for wave in _waves(happenings):
        _act_on(wave, clock)
    if survivor_of(persons) != survivors:
        raise _Merged


def _properties(raw: bytes | memoryview) -> Mapping[str, Any]:
    try:
        given = msgspec.json.decode(bytes(raw) or b"{}")
    except msgspec.DecodeError:
        return {}
    return given if isinstance(given, dict) else {}


def _waves(happenings: Sequence[Happening]) -> Iterator[list[Happening]]:
    """One event of each person at a time, in order."""
    while happenings:
        seen: set[uuid.UUID] = set()
        wave: list[Happening] = []
        later: list[Happening] = []
        for happening in happenings:
            (later if happening.person_id in seen else wave).append(happening)
            seen.add(happening.person_id)
        yield wave
        happenings = later


def _act_on(wave: Sequence[Happening], clock: Clock) -> None:
    """Acts on these; one that cannot be acted on is left out and holds up no other."""
    try:
        with transaction.atomic():
            _act(wave, clock)
    except (OperationalError, InterfaceError):
        raise  # says nothing of the events, which go on waiting
    except Exception:
        if len(wave) == 1:
            logger.exception("journeys could not act on “%s” of %s", wave[0].event, wave[0].person_id)
            return
        half = len(wave) // 2
        _act_on(wave[:half], clock)
        _act_on(wave[half:], clock)


def _act(wave: Sequence[Happening], clock: Clock) -> None:
    names = {happening.event for happening in wave}
    listened = ListenedEvent.objects.filter(event__in=names).select_related("version__journey")
    by_version: dict[int, tuple[JourneyVersion, set[tuple[str, str]]]] = {}
    for row in listened.order_by("version_id"):
        by_version.setdefault(row.version_id, (row.version, set()))[1].add((row.event, row.role))
    by_person = {happening.person_id: happening for happening in wave}
    world = LiveWorld(clock.now())
    world.traits(list(by_person))
    standing = _standing(by_version, list(by_person), clock)
    for version, roles in by_version.values():
        for key in segments_heard(version.definition):
            world.members(key, list(by_person))
        _leave_or_go_on(version, roles, standing.get(version.pk, []), by_person, world, clock)
        if version.journey.live_id == version.pk and _is_open(version.journey):
            _let_in(version, roles, wave, world, clock)


def _standing(
    by_version: Mapping[int, tuple[JourneyVersion, set[tuple[str, str]]]],
    person_ids: Sequence[uuid.UUID],
    clock: Clock,
) -> dict[int, list[Enrolment]]:
    """Who is on these versions, locked. Whoever is on the way to a step that waits is taken there first."""
    rows = Enrolment.objects.filter(
        version_id__in=by_version, person_id__in=person_ids, ended_at=None
    ).order_by("pk")
    standing: dict[int, list[Enrolment]] = {}
    for row in rows.select_for_update(no_key=True):
        standing.setdefault(row.version_id, []).append(row)
    for pk, together in standing.items():
        version, roles = by_version[pk]
        due = [row for row in together if row.due_at is not None and row.due_at <= clock.now()]
        if due and _is_open(version.journey) and any(role == Role.STEP for _event, role in roles):
            moving.move(version.journey, version, due, clock)
            fresh = Enrolment.objects.filter(pk__in=[row.pk for row in together], ended_at=None)
            standing[pk] = list(fresh.order_by("pk"))
    return standing


def _is_open(journey: Journey) -> bool:
    return not journey.paused_at and not journey.archived_at


def _leave_or_go_on(
    version: JourneyVersion,
    roles: set[tuple[str, str]],
    enrolments: Sequence[Enrolment],
    by_person: Mapping[uuid.UUID, Happening],
    world: LiveWorld,
    clock: Clock,
) -> None:
    moves: list[Move] = []
    for row in enrolments:
        if move := affected(version.definition, roles, row, by_person[row.person_id], world):
            moves.append(move)
    store.write(version.journey, version, moves, clock)


def _let_in(
    version: JourneyVersion,
    roles: set[tuple[str, str]],
    wave: Sequence[Happening],
    world: LiveWorld,
    clock: Clock,
) -> None:
    trigger = version.definition["trigger"]
    world.traits([happening.person_id for happening in wave])
    since = clock.now() - HISTORY
    if version.number == 1:
        since = max(since, version.published_at - dt.timedelta(seconds=1))
    entrants = [
        entrant_of(trigger, happening)
        for happening in wave
        if (happening.event, Role.ENTRY) in roles
        and happening.at > since
        and opens(trigger, happening)
        and fits(trigger, happening, {}, world)
    ]
    if entrants:
        is_bulk = len(entrants) > CROWD
        entering.enter(version.journey, version, entrants, world, clock, is_bulk)
