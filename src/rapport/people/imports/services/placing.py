"""The store that writes: new people in one statement, everybody else by identity resolution."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from rapport.core import sql
from rapport.people import identity_types
from rapport.people.imports.services.planning import Identifier, Known, Placed, Rules
from rapport.people.models import Person
from rapport.people.services import identity
from rapport.people.services import identity_store as store
from rapport.people.services.identity_naming import Birth
from rapport.people.services.traits import usable

_PEOPLE = (
    "INSERT INTO people_person (id, created_at, updated_at, first_seen_at, last_seen_at, is_identified,"
    " name, email, traits, trait_facts, version)"
    " SELECT id, now(), now(), seen, seen, known, '', '', '{}', '{}', 1"
    " FROM unnest(%b::uuid[], %b::timestamptz[], %b::bool[]) AS n (id, seen, known)"
    " ON CONFLICT (id) DO NOTHING RETURNING id"
)


class Writing:
    """In the chunk's transaction. Raises identity.Raced when somebody else linked an identifier meanwhile."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def owners(self, identifiers: Collection[Identifier]) -> dict[Identifier, uuid.UUID]:
        found = sql.run(
            "SELECT i.type, i.value, i.person_id FROM people_identifier i"
            " JOIN unnest(%b::text[], %b::text[]) AS w (type, value) USING (type, value)",
            [[each[0] for each in identifiers], [each[1] for each in identifiers]],
        )
        return {(kind, value): person for kind, value, person in found}

    def known(self, people: Collection[uuid.UUID]) -> dict[uuid.UUID, Known]:
        rows = Person.objects.select_for_update().filter(pk__in=people).order_by("pk")
        found = rows.values_list("pk", "traits", "trait_facts", "first_seen_at")
        return {pk: Known(traits, facts, seen) for pk, traits, facts, seen in found}

    def place(self, fresh: list[Placed], others: list[Placed]) -> None:
        others.extend(self._insert(fresh))
        others.sort(key=lambda row: row.draft.number)
        if not others:
            return
        before = self.owners({each for row in others for each in row.sees})
        sightings = []
        for row in others:
            owners = {before.get(each) for each in row.sees}
            if len(owners) == 1 and None not in owners:
                row.person = owners.pop()
            else:
                sightings.append((row, self._sighting(row)))
        if sightings:
            self._resolve(sightings, before)

    def _resolve(
        self, sightings: list[tuple[Placed, identity.Sighting]], before: dict[Identifier, uuid.UUID]
    ) -> None:
        done = identity.resolve([sighting for _, sighting in sightings])
        after = self.owners({each for row, _ in sightings for each in row.sees if each not in before})
        made: set[uuid.UUID] = set()
        for row, sighting in sightings:
            row.person = sighting.person_id
            if row.person in done.created and row.person not in made:
                row.made = True
                made.add(row.person)
            for each in row.sees:
                if each not in before and after.get(each) == row.person:
                    row.linked.append(each)
                    before[each] = after[each]

    def _sighting(self, row: Placed) -> identity.Sighting:
        message_id = self.rules.message_id(row.draft.number)
        return identity.Sighting(
            row.sees, row.draft.first_seen or self.rules.at, message_id, self.rules.source
        )

    def _insert(self, rows: list[Placed]) -> list[Placed]:
        """Inserts people whom nobody knows; returns the rows whose id was somebody's before."""
        if not rows:
            return []
        ids = [identity.person_id_for(row.sees[0]) for row in rows]
        seen = [row.draft.first_seen or self.rules.at for row in rows]
        identifying = identity_types.refresh().known
        known = [row.sees[0][0] in identifying for row in rows]
        new = {found for (found,) in sql.run(_PEOPLE, [ids, seen, known])}
        left: list[Placed] = []
        for row, person in zip(rows, ids, strict=True):
            if person in new:
                row.person, row.made, row.linked = person, True, list(row.sees)
                row.values = usable(row.draft.traits)
            else:
                left.append(row)
        self._link([row for row in rows if row.made])
        return left

    def _link(self, rows: list[Placed]) -> None:
        store.insert_links(
            [
                store.Link(row.person, row.person, each, self._birth(row, each), self.rules.source)
                for row in rows
                for each in row.sees
                if row.person
            ]
        )

    def _birth(self, row: Placed, identifier: Identifier) -> Birth:
        at = row.draft.first_seen or self.rules.at
        return Birth(
            at, self.rules.message_id(row.draft.number), [each for each in row.sees if each != identifier]
        )
