"""The lock that everything takes which changes who belongs to whom: a person with everybody merged into them.

Merging, undoing, keeping apart, erasing and restricting lock whole families, row by row in the order of their ids, and
look again who belongs to them once they are locked: whoever waited for another's merge meets the family it made. What
the stream joins is locked in the same order (`identity_store.lock`).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from rapport.people import queries
from rapport.people.models import Person

TRIES = 20


class Unsettled(ValueError):
    """Others keep merging these persons; try again."""


class _Moved(Exception):
    """The families changed before they were locked."""


@dataclass(slots=True)
class Families:
    """`people` are locked. `root_of` says whom each person asked for is part of, `members` whom a root consists of."""

    people: dict[uuid.UUID, Person]
    root_of: dict[uuid.UUID, uuid.UUID]
    members: dict[uuid.UUID, list[uuid.UUID]]

    def standing(self, person_id: uuid.UUID) -> Person | None:
        """The person that somebody is part of; None when they are gone or erased."""
        root = self.people.get(self.root_of.get(person_id, person_id))
        return root if root is not None and root.erased_at is None else None


def lock(person_ids: Iterable[uuid.UUID]) -> Families:
    """The whole families of these persons, locked until the end of the caller's transaction. Raises Unsettled."""
    wanted = list(dict.fromkeys(person_ids))
    for _attempt in range(TRIES):
        try:
            with transaction.atomic():  # going back to its savepoint lets go of what was locked
                return _lock_once(wanted)
        except _Moved:
            continue
    raise Unsettled(_("These persons are being merged right now. Try again in a moment."))


def _lock_once(wanted: list[uuid.UUID]) -> Families:
    root_of, members = _families(wanted)
    people = lock_rows(member for family in members.values() for member in family)
    if (root_of, members) != _families(wanted):
        raise _Moved
    return Families(people, root_of, members)


def _families(wanted: list[uuid.UUID]) -> tuple[dict[uuid.UUID, uuid.UUID], dict[uuid.UUID, list[uuid.UUID]]]:
    root_of = queries.survivor_of(wanted)
    members = queries.families(set(root_of.values()))
    return root_of, {root: sorted(family) for root, family in sorted(members.items())}


def lock_rows(person_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Person]:
    """These persons alone, locked, always in the same order, so that two who meet wait instead of deadlocking."""
    rows = Person.objects.select_for_update(no_key=True).filter(pk__in=list(person_ids)).order_by("pk")
    return {person.pk: person for person in rows}
