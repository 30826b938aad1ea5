"""After the stream: brings people's rows in ClickHouse up to date, then lets segments look at them."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
from django.db import connection, transaction

from rapport.core import clickhouse, sql
from rapport.core.clock import SYSTEM, Clock
from rapport.people import registry
from rapport.people.models import ChangeSet, Identifier, Merge, Person
from rapport.people.queries import families, survivor_of

log = logging.getLogger("rapport.projector")
LOCK = 7_302_002
# People looked at in one go; under load, the changes of many batches are mostly about the same people.
LIMIT = 20_000


def run_once(clock: Clock = SYSTEM, limit: int = LIMIT) -> int:
    """Deals with the oldest change sets that ClickHouse is ready for; returns how many persons were looked at."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
            if not cursor.fetchone()[0]:
                return 0
        sets, people, profiles = _take(limit)
        if not sets:
            return 0
        project(profiles, clock=clock)
        present = list(dict.fromkeys(survivor_of(people | profiles).values()))
        for projection in registry.PROJECTIONS:
            projection.project(present, clock.now())
        ChangeSet.objects.filter(pk__in=sets).delete()
        return max(1, len(present))


# Sets whose events ClickHouse shows. In one statement: a set and its block that come in between are seen both or not.
_READY = """
    SELECT id FROM people_changeset
    WHERE after_block < coalesce((SELECT min(id) FROM core_spoolblock), 9223372036854775807)
    ORDER BY id LIMIT 1000
"""
# Each person with the set that names them first: under load, sets name mostly the same people.
_PEOPLE = """
    SELECT person, min(id) FROM people_changeset, unnest(people) AS person WHERE id = ANY(%b) GROUP BY 1 ORDER BY 2
"""
_PROFILES = "SELECT DISTINCT person FROM people_changeset, unnest(profiles) AS person WHERE id = ANY(%b)"


def _take(limit: int) -> tuple[list[int], set[uuid.UUID], set[uuid.UUID]]:
    """The oldest sets that name `limit` people at most, or the oldest one: their ids, people and profiles."""
    ready: list[int] = [id_ for (id_,) in sql.run(_READY)]
    if not ready:
        return [], set(), set()
    named: dict[int, list[uuid.UUID]] = {}
    for person, first in sql.run(_PEOPLE, [ready]):
        named.setdefault(first, []).append(person)
    people: set[uuid.UUID] = set()
    sets = ready
    for first, new in named.items():
        if people and len(people) + len(new) > limit:
            sets = [id_ for id_ in ready if id_ < first]
            break
        people.update(new)
    return sets, people, {person for (person,) in sql.run(_PROFILES, [sets])}


def project(person_ids: Sequence[uuid.UUID] | set[uuid.UUID], clock: Clock = SYSTEM) -> None:
    """Writes the `people` rows of these persons, and for merged ones where their events belong now."""
    if not person_ids:
        return
    stamp = _version(clock)
    people = list(Person.objects.filter(pk__in=list(person_ids)))
    live = [person for person in people if person.merged_into_id is None and person.erased_at is None]
    ids = [person.pk for person in live]
    identifiers = _identifiers(ids)
    columns = {name: read(ids) for name, read in registry.ROW_COLUMNS.items()}
    lines = [_row(person, identifiers.get(person.pk, []), columns, clock=clock) for person in live]
    gone = [person for person in people if person.merged_into_id is not None or person.erased_at is not None]
    lines += [_tombstone(person, clock=clock) for person in gone]
    if lines:
        clickhouse.insert_lines("people", b"\n".join(lines), token=str(uuid.uuid4()))
    _project_overrides(people, stamp)


def _identifiers(ids: list[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    identifiers: dict[uuid.UUID, list[str]] = {}
    rows = (
        Identifier.objects.filter(person_id__in=ids)
        .order_by("type", "pk")
        .values_list("person_id", "type", "value")
    )
    for person, type_, value in rows:
        identifiers.setdefault(person, []).append(f"{type_}:{value}")
    return identifiers


def _row(
    person: Person, identifiers: list[str], columns: dict[str, dict[uuid.UUID, Any]], clock: Clock
) -> bytes:
    row = {
        "person_id": person.pk,
        "version": _version(clock),
        "deleted": 0,
        "is_identified": int(person.is_identified),
        "first_seen_at": _moment(person.first_seen_at),
        "last_seen_at": _moment(person.last_seen_at),
        "traits": person.traits,
        "identifiers": identifiers,
    }
    row |= {name: values[person.pk] for name, values in columns.items() if person.pk in values}
    return msgspec.json.encode(row)


def _tombstone(person: Person, clock: Clock) -> bytes:
    return msgspec.json.encode(
        {
            "person_id": person.pk,
            "version": _version(clock),
            "deleted": 1,
            "first_seen_at": _moment(person.first_seen_at),
            "last_seen_at": _moment(person.last_seen_at),
        }
    )


def _version(clock: Clock) -> int:
    """Later projections win; only one projector works at a time, so the clock orders them."""
    return int(clock.now().timestamp() * 1_000_000)


def _moment(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).isoformat(" ", "milliseconds")[:23]


def _project_overrides(people: list[Person], stamp: int) -> None:
    """Says whose the events of merged persons are, and of all merged into them before; likewise after undoing."""
    ids = [person.pk for person in people]
    merged = [person.pk for person in people if person.merged_into_id is not None]
    owner = {
        member: root for root, all_ in families(set(survivor_of(merged).values())).items() for member in all_
    }
    # Who was absorbed once and stands by themselves again must say so, or the old line would go on counting.
    absorbed = set(Merge.objects.filter(absorbed_id__in=ids).values_list("absorbed_id", flat=True))
    owner |= {person.pk: person.pk for person in people if person.merged_into_id is None}
    lines = [
        msgspec.json.encode({"person_id": person, "survivor_id": root, "version": stamp})
        for person, root in owner.items()
        if person != root or person in absorbed
    ]
    if lines:
        clickhouse.insert_lines("person_override", b"\n".join(lines), token=str(uuid.uuid4()))
