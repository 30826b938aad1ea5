"""Rows of other apps that simply go with their person when persons are merged, and come back when they are parted."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Model

from rapport.core import sql
from rapport.people.registry import Mergeable, Pair

MOVED = """
    UPDATE {table} AS row SET person_id = pair.survivor
    FROM unnest(%b::uuid[], %b::uuid[]) AS pair (absorbed, survivor) WHERE row.person_id = pair.absorbed
    RETURNING pair.absorbed, row.id
"""
Moved = dict[uuid.UUID, dict[str, list[str]]]


def move_rows(tables: Sequence[str], pairs: Sequence[Pair]) -> Moved:
    """Gives rows with a `person_id` to the survivors, by one statement a table; {absorbed: {table: ids}}.

    Pairs may follow one another: of A into B and B into C, what A had ends with C, and is part of what B brought.
    """
    ends: dict[uuid.UUID, uuid.UUID] = {}
    for survivor, absorbed in pairs:
        ends = {start: survivor if end == absorbed else end for start, end in ends.items()}
        ends[absorbed] = survivor
    absorbed_ids = sql.UuidArray([person.bytes for person in ends])
    survivors = sql.UuidArray([person.bytes for person in ends.values()])
    moved: Moved = {}
    for table in tables:
        owned: dict[uuid.UUID, list[str]] = defaultdict(list)
        for owner, row in sql.run(MOVED.format(table=table), [absorbed_ids, survivors]):
            owned[owner].append(str(row))
        for survivor, absorbed in pairs if owned else ():
            if brought := owned.pop(absorbed, []):
                moved.setdefault(absorbed, {})[table] = brought
                owned[survivor].extend(brought)
    return moved


def rows_follow(name: str, *models: type[Model]) -> Mergeable:
    """The `Mergeable` of models with a `person`. The number of queries does not grow with that of the merges."""
    tables = {model._meta.db_table: model._default_manager for model in models}

    def merge(pairs: list[Pair]) -> dict[uuid.UUID, Any]:
        return dict(move_rows(list(tables), pairs))

    def unmerge(pair: Pair, snapshot: Any) -> None:
        """Gives back what nobody else has taken since."""
        survivor, absorbed = pair
        for table, ids in (snapshot or {}).items():
            tables[table].filter(pk__in=ids, person_id=survivor).update(person_id=absorbed)

    return Mergeable(name, tuple(f"{model._meta.label}.person" for model in models), merge, unmerge)
