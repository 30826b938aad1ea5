"""The store that writes: new people in one statement, everybody else by identity resolution."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from rapport.people.services import identity, imported, new_people
from rapport.transfers.imports.drafts import Newcomers
from rapport.transfers.imports.services.parallel import TooEarly, Turn
from rapport.transfers.imports.services.planning import Identifier, Placed, Rules, Stored


class Writing:
    """In the chunk's transaction. Raises identity.Raced when somebody else linked an identifier meanwhile.

    Raises parallel.TooEarly when there are more than newcomers and the chunk ahead is still being written.
    """

    def __init__(self, rules: Rules, turn: Turn, newcomers: Newcomers | None = None) -> None:
        self.rules, self._turn, self._newcomers = rules, turn, newcomers

    def owners(self, identifiers: Collection[Identifier]) -> dict[Identifier, uuid.UUID]:
        return imported.owners(identifiers)

    def holders(self, kind: str, people: Collection[uuid.UUID]) -> set[uuid.UUID]:
        return imported.holders(kind, people)

    def stored(self, people: Collection[uuid.UUID]) -> dict[uuid.UUID, Stored]:
        return {pk: Stored(*state) for pk, state in imported.locked(people).items()}

    def place(self, fresh: list[Placed], others: list[Placed]) -> None:
        others.extend(self._insert(fresh))
        others.sort(key=lambda row: row.draft.number)
        if not others:
            return
        if self._turn.early:
            raise TooEarly
        before = self.owners({identifier for row in others for identifier in row.sees})
        sightings = []
        for row in others:
            owners = {before.get(identifier) for identifier in row.sees}
            if len(owners) == 1 and None not in owners:
                row.person = owners.pop()
            else:
                sightings.append((row, self._sighting(row)))
        if sightings:
            self._resolve(sightings, before, {row.person for row in others if row.person})

    def _resolve(
        self,
        sightings: list[tuple[Placed, identity.Sighting]],
        before: dict[Identifier, uuid.UUID],
        placed: set[uuid.UUID],
    ) -> None:
        """`placed` have their person already; whoever is written later is locked with the others, in one order."""
        owners = {
            before[identifier] for row, _ in sightings for identifier in row.sees if identifier in before
        }
        done = identity.resolve([sighting for _, sighting in sightings], also=lambda: placed | owners)
        after = self.owners(
            {identifier for row, _ in sightings for identifier in row.sees if identifier not in before}
        )
        created: set[uuid.UUID] = set()
        for row, sighting in sightings:
            row.person = sighting.person_id
            if row.person in done.created and row.person not in created:
                row.is_new = True
                created.add(row.person)
            for identifier in row.sees:
                if identifier not in before and after.get(identifier) == row.person:
                    row.linked.append(identifier)
                    before[identifier] = after[identifier]

    def _sighting(self, row: Placed) -> identity.Sighting:
        message_id = self.rules.message_id(row.draft.number)
        return identity.Sighting(
            row.sees, row.draft.first_seen or self.rules.at, message_id, self.rules.source
        )

    def _insert(self, rows: list[Placed]) -> list[Placed]:
        """Inserts people whom nobody knows, complete; returns the rows whose id was somebody's before."""
        rest = self._insert_ready(rows)
        scribe = new_people.RowWriter(self.rules.source)
        written = [scribe.write(self.rules.newcomer(row.draft, row.traits)) for row in rest]
        new = new_people.insert(written) if written else set()
        left: list[Placed] = []
        for row, entry in zip(rest, written, strict=True):
            if entry.person in new:
                _is_new(row, entry.person)
            else:
                left.append(row)
        return left

    def _insert_ready(self, rows: list[Placed]) -> list[Placed]:
        """Inserts the block that was made ready, if all of its people are new; returns the rows that are left."""
        ready = [row for row in rows if row.is_ready]
        newcomers = self._newcomers
        if not newcomers or not ready or len(ready) < sum(newcomers.ready):
            return rows
        if not new_people.insert_block(newcomers.block):
            return rows
        for row, person in zip(ready, newcomers.block.ids, strict=True):
            _is_new(row, person)
        return [row for row in rows if not row.is_ready]


def _is_new(row: Placed, person: bytes) -> None:
    row.person, row.is_new = uuid.UUID(bytes=person), True
    row.linked, row.values = row.sees, row.traits
