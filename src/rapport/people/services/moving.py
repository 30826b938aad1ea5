"""Rows of other apps that simply go with their person when persons are merged, and come back when they are parted."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import Any

from django.db.models import Model

from rapport.people.registry import Mergeable, Pair


def rows_follow(name: str, model: type[Model]) -> Mergeable:
    """The `Mergeable` of a model with a `person`. The number of queries does not grow with that of the merges."""
    rows = model._default_manager

    def merge(pairs: list[Pair]) -> dict[uuid.UUID, Any]:
        persons = {person for pair in pairs for person in pair}
        owners = dict(rows.filter(person_id__in=persons).values_list("pk", "person_id"))
        snapshots: dict[uuid.UUID, Any] = {}
        moved: dict[uuid.UUID, set[Any]] = defaultdict(set)
        for survivor, absorbed in pairs if owners else ():
            if taken := [pk for pk, owner in owners.items() if owner == absorbed]:
                owners |= dict.fromkeys(taken, survivor)
                snapshots[absorbed] = [str(pk) for pk in taken]
                moved[survivor] |= set(taken)
        for survivor, taken_rows in moved.items():
            rows.filter(pk__in=taken_rows).update(person_id=survivor)
        return snapshots

    def unmerge(pair: Pair, snapshot: Any) -> None:
        """Gives back what nobody else has taken since."""
        survivor, absorbed = pair
        rows.filter(pk__in=snapshot or [], person_id=survivor).update(person_id=absorbed)

    return Mergeable(name, (f"{model._meta.label}.person",), merge, unmerge)
