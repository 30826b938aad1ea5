"""Owner and team in a merge: the survivor keeps theirs, or takes the absorbed person's where they have none."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q

from rapport.people.models import Person
from rapport.people.registry import Mergeable, Pair


def merge(pairs: list[Pair]) -> dict[uuid.UUID, Any]:
    """{absorbed person: what the survivor took}, for an undo."""
    assigned = ~Q(owner=None) | ~Q(team=None)
    absorbed = Person.objects.filter(assigned, pk__in=[lost for _kept, lost in pairs]).in_bulk()
    taken: dict[uuid.UUID, Any] = {}
    for survivor, lost in pairs:
        if person := absorbed.get(lost):
            given = {"owner_id": person.owner_id, "team_id": person.team_id}
            if Person.objects.filter(pk=survivor, owner=None, team=None).update(**given):
                taken[lost] = given
    return taken


def unmerge(pair: Pair, snapshot: Any) -> None:
    """Takes from the survivor what came with the absorbed person, unless somebody assigned it anew."""
    if snapshot:
        Person.objects.filter(pk=pair[0], **snapshot).update(owner=None, team=None)


MERGEABLE = Mergeable("owner", (), merge, unmerge)
