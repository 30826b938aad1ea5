"""Identity resolution: which person an event belongs to, for a whole micro-batch at once.

Deterministic: persons are joined by normalised identifiers, strongest first (user_id, email, phone,
anonymous_id). Two persons with different user ids are never joined by what they share (a device, a mailbox);
only an alias call joins them. What may be linked is bounded by LIMITS. Ids of new persons follow from their
identifier (UUIDv5), so any process names the same person the same.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapport.core import sql
from rapport.people.services.merging import Join, apply_merges

NAMESPACE = uuid.UUID("5d0a3c0e-1a63-5b0f-9c2b-6b1c9b1c7a10")
LIMITS = {"user_id": 1, "email": 5, "phone": 5, "anonymous_id": 500}
IDENTIFYING = frozenset({"user_id", "email", "phone"})
Identifier = tuple[str, str]


class Raced(Exception):
    """Another worker linked one of the same identifiers meanwhile; the batch is to be run again."""


@dataclass(slots=True)
class Sighting:
    """The identifiers that came with one event, strongest first. `resolve` fills in `person_id`."""

    identifiers: Sequence[Identifier]
    at: dt.datetime
    message_id: str
    source: str
    explicit: bool = False
    person_id: uuid.UUID | None = None


@dataclass(slots=True)
class _Known:
    """What must be known of a person to link to it or join it: counts per type, and when it was first seen."""

    counts: dict[str, int] = field(default_factory=dict)
    user_ids: set[str] = field(default_factory=set)
    first_seen: dt.datetime | None = None

    @property
    def rank(self) -> int:
        if self.user_ids:
            return 0
        return 1 if IDENTIFYING & self.counts.keys() else 2

    def add(self, identifier: Identifier) -> None:
        kind, value = identifier
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if kind == "user_id":
            self.user_ids.add(value)

    def accepts(self, identifier: Identifier) -> bool:
        return self.counts.get(identifier[0], 0) < LIMITS[identifier[0]]


@dataclass(slots=True)
class Resolution:
    """What a batch changed: persons made, persons whose profile changed, joins (in order)."""

    created: set[uuid.UUID] = field(default_factory=set)
    changed: set[uuid.UUID] = field(default_factory=set)
    joins: list[Join] = field(default_factory=list)


def resolve(sightings: Sequence[Sighting]) -> Resolution:
    """Finds or makes the person of each sighting, links identifiers, joins persons. In the caller's transaction.

    Raises Raced.
    """
    work = _Batch(sightings)
    for sighting in sightings:
        sighting.person_id = work.person_of(sighting)
    for sighting in sightings:
        if sighting.person_id is not None:
            sighting.person_id = work.root(sighting.person_id)
    return work.write()


def person_id_for(identifier: Identifier, salt: str = "") -> uuid.UUID:
    """The id that a person first seen by this identifier gets."""
    return uuid.uuid5(NAMESPACE, f"{identifier[0]}:{identifier[1]}{salt}")


class _Batch:
    def __init__(self, sightings: Sequence[Sighting]) -> None:
        self.owner: dict[Identifier, uuid.UUID] = {}
        self.known: dict[uuid.UUID, _Known] = {}
        self.parent: dict[uuid.UUID, uuid.UUID] = {}
        self.taken: set[uuid.UUID] = set()
        self.new_people: dict[uuid.UUID, Sighting] = {}
        self.links: list[tuple[uuid.UUID, Identifier, Sighting]] = []
        self.result = Resolution()
        self._load({identifier for sighting in sightings for identifier in sighting.identifiers}, sightings)

    def _load(self, identifiers: set[Identifier], sightings: Sequence[Sighting]) -> None:
        types, values = [i[0] for i in identifiers], [i[1] for i in identifiers]
        found = sql.run(
            "SELECT i.type, i.value, i.person_id FROM people_identifier i"
            " JOIN unnest(%b::text[], %b::text[]) AS w (type, value) USING (type, value)",
            [types, values],
        )
        self.owner = {(type_, value): person for type_, value, person in found}
        candidates = [person_id_for(i) for i in identifiers if i not in self.owner]
        if candidates:
            self.taken = {
                id_ for (id_,) in sql.run("SELECT id FROM people_person WHERE id = ANY(%b)", [candidates])
            }
        self._load_known(self._in_question(sightings))

    def _in_question(self, sightings: Sequence[Sighting]) -> set[uuid.UUID]:
        """Owners of identifiers that came together with others of nobody or of somebody else."""
        found: set[uuid.UUID] = set()
        for sighting in sightings:
            owners = {self.owner.get(identifier) for identifier in sighting.identifiers}
            if len(owners) > 1:
                found |= {owner for owner in owners if owner}
        return found

    def _load_known(self, people: Iterable[uuid.UUID]) -> None:
        ids = list(people)
        if not ids:
            return
        seen = sql.run("SELECT id, first_seen_at FROM people_person WHERE id = ANY(%b)", [ids])
        self.known = {person: _Known(first_seen=first) for person, first in seen}
        linked = sql.run(
            "SELECT person_id, type, value FROM people_identifier WHERE person_id = ANY(%b)", [ids]
        )
        for person, type_, value in linked:
            self.known[person].add((type_, value))

    def root(self, person: uuid.UUID) -> uuid.UUID:
        while person in self.parent:
            person = self.parent[person]
        return person

    def person_of(self, sighting: Sighting) -> uuid.UUID | None:
        if not sighting.identifiers:
            return None
        owners = [self.owner.get(identifier) for identifier in sighting.identifiers]
        first = owners[0]
        if first is not None and all(owner == first for owner in owners):
            return self.root(first)
        return self._link(sighting)

    def _link(self, sighting: Sighting) -> uuid.UUID:
        target: uuid.UUID | None = None
        free: list[Identifier] = []
        for identifier in sighting.identifiers:
            owner = self.owner.get(identifier)
            if owner is None:
                free.append(identifier)
                continue
            owner = self.root(owner)
            if target is None:
                target = owner
            elif owner != target:
                target = self._join(target, owner, sighting)
        strongest = sighting.identifiers[0]
        if target is None or (strongest in free and not self.known[target].accepts(strongest)):
            target = self._create(strongest, sighting)
        for identifier in free:
            if self.known[target].accepts(identifier):
                self._add(target, identifier, sighting)
        return target

    def _create(self, identifier: Identifier, sighting: Sighting) -> uuid.UUID:
        person = person_id_for(identifier)
        if person in self.taken:
            # The id was this identifier's before it was moved or forgotten; a new person needs another.
            person = person_id_for(identifier, f"#{sighting.message_id}")
        self.new_people[person] = sighting
        self.known[person] = _Known(first_seen=sighting.at)
        self.result.created.add(person)
        return person

    def _add(self, person: uuid.UUID, identifier: Identifier, sighting: Sighting) -> None:
        self.known[person].add(identifier)
        self.owner[identifier] = person
        self.links.append((person, identifier, sighting))
        self.result.changed.add(person)

    def _join(self, one: uuid.UUID, other: uuid.UUID, sighting: Sighting) -> uuid.UUID:
        """Joins two persons if they may be; returns whom the event belongs to."""
        a, b = self.known[one], self.known[other]
        if not sighting.explicit and a.user_ids and b.user_ids:
            return one
        if any(
            a.counts.get(t, 0) + b.counts.get(t, 0) > limit for t, limit in LIMITS.items() if t != "user_id"
        ):
            return one
        survivor, absorbed = sorted((one, other), key=self._seniority)
        self.parent[absorbed] = survivor
        keeps, gives = self.known[survivor], self.known[absorbed]
        for kind, count in gives.counts.items():
            keeps.counts[kind] = keeps.counts.get(kind, 0) + count
        keeps.user_ids |= gives.user_ids
        self.result.changed |= {survivor, absorbed}
        self.result.joins.append(
            Join(
                survivor,
                absorbed,
                sighting.at,
                "alias" if sighting.explicit else "shared identifier",
                {
                    "message_id": sighting.message_id,
                    "identifiers": [f"{t}:{v}" for t, v in sighting.identifiers],
                },
            )
        )
        return survivor

    def _seniority(self, person: uuid.UUID) -> tuple[int, float, str]:
        known = self.known[person]
        seen = known.first_seen.timestamp() if known.first_seen else 0.0
        return known.rank, seen, str(person)

    def write(self) -> Resolution:
        self._insert_people()
        self._insert_links()
        if self.result.joins:
            apply_merges(self.result.joins)
        return self.result

    def _insert_people(self) -> None:
        if not self.new_people:
            return
        ids = list(self.new_people)
        times = [self.new_people[person].at for person in ids]
        identified = [self.known[person].rank < 2 for person in ids]
        sql.run(
            "INSERT INTO people_person (id, created_at, updated_at, first_seen_at, last_seen_at, is_identified,"
            " name, email, traits, trait_facts, version)"
            " SELECT id, now(), now(), seen, seen, known, '', '', '{}', '{}', 1"
            " FROM unnest(%b::uuid[], %b::timestamptz[], %b::bool[]) AS n (id, seen, known)"
            " ON CONFLICT (id) DO NOTHING",
            [ids, times, identified],
        )

    def _insert_links(self) -> None:
        if not self.links:
            return
        rows = [
            (person, *identifier, sighting.at, sighting.source) for person, identifier, sighting in self.links
        ]
        added = sql.run(
            "INSERT INTO people_identifier (person_id, type, value, first_seen_at, source)"
            " SELECT * FROM unnest(%b::uuid[], %b::text[], %b::text[], %b::timestamptz[], %b::text[])"
            " ON CONFLICT (type, value) DO NOTHING RETURNING 1",
            [list(column) for column in zip(*rows, strict=True)],
        )
        if len(added) != len(rows):
            raise Raced
        identified = [
            self.root(person) for person, identifier, _ in self.links if identifier[0] in IDENTIFYING
        ]
        if identified:
            sql.run(
                "UPDATE people_person SET is_identified = true WHERE id = ANY(%b) AND NOT is_identified",
                [identified],
            )
