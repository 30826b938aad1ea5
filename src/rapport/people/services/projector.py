"""After the stream: brings people's rows in ClickHouse up to date, then lets segments look at them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import msgspec
from django.db import transaction

from rapport.core import clickhouse, sql
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import spool
from rapport.people import registry
from rapport.people.models import ChangeSet, Identifier, Person
from rapport.people.queries import survivor_of
from rapport.people.services.changes import (
    division_of,
    divisions,
    is_in_row,
    mark,
)

LOCK = 7_303_000  # advisory lock of a division: this number and the division's
# People looked at in one go; under load, the changes of many batches are mostly about the same people.
LIMIT = 20_000
# How often they may be named, on average, in the sets of one round.
MENTIONS = 10
_decode = msgspec.json.Decoder(list[str]).decode


@dataclass(slots=True)
class Look:
    """What one round is about: the change sets, what of whom they say changed, and how often they name somebody."""

    sets: list[int] = field(default_factory=list)
    changes: registry.Changes = field(default_factory=dict)
    mentions: int = 0


class Projector:
    """Deals with the changes of one division of the people; only one works on a division at a time.

    `repeats` is how often the last round found a person named, on average: what it gained by having waited.
    """

    def __init__(self, division: int = 0, limit: int = LIMIT) -> None:
        self.division, self.limit, self.repeats = division, limit, 1.0

    def run_once(self, clock: Clock = SYSTEM) -> int:
        """Deals with the oldest change sets that ClickHouse is ready for; returns how many persons were looked at."""
        with transaction.atomic():
            if not sql.run("SELECT pg_try_advisory_xact_lock(%b)", [LOCK + self.division])[0][0]:
                return 0
            look = take(self.division, self.limit)
            if not look.sets:
                return 0
            project(
                {person for person, what in look.changes.items() if any(map(is_in_row, what))}, clock=clock
            )
            present = self._present(look.changes)
            for projection in registry.PROJECTIONS:
                projection.project(present, clock.now())
            ChangeSet.objects.filter(pk__in=look.sets).delete()
        self.repeats = look.mentions / max(1, len(look.changes))
        return max(1, len(look.changes))

    def _present(self, changes: registry.Changes) -> registry.Changes:
        """What changed of whom the persons are now; whoever belongs to another division is handed on to it."""
        present: registry.Changes = {}
        elsewhere: registry.Changes = {}
        for person, survivor in survivor_of(changes.keys()).items():
            here = division_of(survivor) == division_of(person)
            (present if here else elsewhere).setdefault(survivor, set()).update(changes[person])
        mark(elsewhere)
        return present


def run_once(clock: Clock = SYSTEM) -> int:
    """One round for every division; returns how many persons were looked at."""
    return sum(Projector(division).run_once(clock) for division in range(divisions()))


_WAITING = """
    SELECT id, after_block, cardinality(people) FROM people_changeset
    WHERE division = %b OR (%b AND division >= %b) ORDER BY id LIMIT 1000
"""
# Each person with what changed and the set that names them first: under load, sets name mostly the same people.
_PEOPLE = """
    SELECT person, signatures[kind], min(id) FROM people_changeset, unnest(people, kinds) AS named (person, kind)
    WHERE id = ANY(%b) GROUP BY 1, 2 ORDER BY 3
"""


def take(division: int, limit: int) -> Look:
    """The oldest sets that name `limit` people at most, or the oldest one, and that ClickHouse shows the events of."""
    look, sizes = Look(), _ready(division, limit)
    named: dict[int, list[tuple[uuid.UUID, str]]] = {}
    for person, signature, first in sql.run(_PEOPLE, [list(sizes)]) if sizes else ():
        named.setdefault(first, []).append((person, signature))
    read = lru_cache(maxsize=None)(_decode)
    for set_id, size in sizes.items():
        news = named.get(set_id, ())
        unnamed = {person for person, _ in news} - look.changes.keys()
        if look.changes and len(look.changes) + len(unnamed) > limit:
            break
        for person, signature in news:
            look.changes.setdefault(person, set()).update(read(signature))
        look.sets.append(set_id)
        look.mentions += size
    return look


def _ready(division: int, limit: int) -> dict[int, int]:
    """The oldest sets, with how many people each names. The first division takes what is left of more than are set."""
    waiting = sql.run(_WAITING, [division, division == 0, divisions()])
    # Asked after the sets: whoever wrote a set has written its block with it.
    stored = spool.pending() or 2**63
    sizes: dict[int, int] = {}
    for set_id, after_block, size in waiting:
        if sizes and sum(sizes.values()) > MENTIONS * limit:
            break
        if after_block < stored:
            sizes[set_id] = size
    return sizes


def oldest() -> dt.datetime | None:
    """Since when the oldest change set waits; None when none does."""
    return ChangeSet.objects.order_by("pk").values_list("since", flat=True).first()


def project(person_ids: Collection[uuid.UUID], clock: Clock = SYSTEM) -> None:
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
    _project_overrides([person.pk for person in people], stamp)


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
    """Later projections win; only one projector at a time works on a person, so the clock orders them."""
    return int(clock.now().timestamp() * 1_000_000)


def _moment(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).isoformat(" ", "milliseconds")[:23]


# Everybody who was ever merged into one of these, or into one who was: also who stands by themselves again.
_ABSORBED = """
    WITH RECURSIVE down (id) AS (
        SELECT absorbed_id FROM people_merge WHERE survivor_id = ANY(%b) OR absorbed_id = ANY(%b)
        UNION SELECT m.absorbed_id FROM people_merge m JOIN down ON m.survivor_id = down.id
    ) SELECT id FROM down
"""


def _project_overrides(person_ids: list[uuid.UUID], stamp: int) -> None:
    """Says whose the events are of those of these persons who were merged once, and of all ever merged into them.

    Of the latter too, because another projector deals with them, and who is looked at now must have their events.
    """
    absorbed = [person for (person,) in sql.run(_ABSORBED, [person_ids, person_ids])]
    if not absorbed:
        return
    lines = [
        msgspec.json.encode({"person_id": person, "survivor_id": root, "version": stamp})
        for person, root in survivor_of(absorbed).items()
    ]
    clickhouse.insert_lines("person_override", b"\n".join(lines), token=str(uuid.uuid4()))
