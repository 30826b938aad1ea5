"""The lock that everything takes which changes who belongs to whom: that of the person whom a family is part of.

Everything that changes a family (merging, undoing, keeping apart, erasing, restricting, taking an import back, editing
many, and what the stream joins in `identity_store.lock`) locks the row of its survivor alone, several in the order of
their ids, in one statement, before it writes anything; then it looks again who belongs to them: whoever waited for
another's merge meets the family it made. The rows of those merged into a survivor are never waited for: whoever writes
them has the survivor's lock. `FOR NO KEY UPDATE` everywhere, because rows that refer to a person lock it for key share.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from rapport.core.jobs import claim_rows
from rapport.people import queries
from rapport.people.models import Person

TRIES = 20


class Unsettled(ValueError):
    """Others keep merging these persons; try again."""


class _Moved(Exception):
    """The families changed before they were locked."""


@dataclass(slots=True)
class Families:
    """Who is part of whom, while their survivors are locked. `people` are all members; `root_of` says whom each person
    asked for is part of, `members` whom a survivor consists of.
    """

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
    root_of = queries.survivor_of(wanted)
    lock_rows(root_of.values())
    if root_of != queries.survivor_of(wanted):
        raise _Moved
    members = {root: sorted(family) for root, family in queries.families(set(root_of.values())).items()}
    people = Person.objects.in_bulk([member for family in members.values() for member in family])
    return Families(people, root_of, members)


def lock_rows(person_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Person]:
    """These persons alone, locked, always in the same order, so that two who meet wait instead of deadlocking."""
    rows = Person.objects.select_for_update(no_key=True).filter(pk__in=set(person_ids)).order_by("pk")
    return {person.pk: person for person in rows}


def free(person_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those whom nobody else has locked, locked now. For whoever comes back to the others later, and must wait for
    nobody because of what they have locked already.
    """
    ids = set(person_ids)
    rows = Person.objects.filter(pk__in=ids).order_by("pk").only("pk")
    return {person.pk for person in claim_rows(rows, limit=len(ids))} if ids else set()
