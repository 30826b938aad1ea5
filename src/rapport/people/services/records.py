"""Rewriting many persons at once."""

from __future__ import annotations

import json
import uuid
from typing import Any

from rapport.core import sql
from rapport.core.clock import SYSTEM, Clock
from rapport.people.models import Person
from rapport.people.services.traits import denormalised

# Each attribute that a merge or its undoing may change, and its type in the database.
KINDS = {
    "traits": "jsonb",
    "trait_facts": "jsonb",
    "first_seen_at": "timestamptz",
    "last_seen_at": "timestamptz",
    "is_identified": "bool",
    "merged_into_id": "uuid",
    "version": "bigint",
    "updated_at": "timestamptz",
    "name": "text",
    "email": "text",
}


def save(people: list[Person], clock: Clock = SYSTEM) -> None:
    """One UPDATE … FROM unnest: Django's bulk_update builds a CASE per row and is slow beyond a few rows."""
    if not people:
        return
    now = clock.now()
    for person in people:
        person.version += 1
        person.updated_at = now
        person.name, person.email = denormalised(person.traits)
    ids: list[uuid.UUID] = [person.pk for person in people]
    columns: list[list[Any]] = [ids]
    for name, kind in KINDS.items():
        values = [getattr(person, name) for person in people]
        columns.append([json.dumps(value) for value in values] if kind == "jsonb" else values)
    arrays = ", ".join(["%b::uuid[]", *(f"%b::{_sent_as(kind)}[]" for kind in KINDS.values())])
    sets = ", ".join(f"{name} = n.{name}::{kind}" for name, kind in KINDS.items())
    sql.run(
        f"UPDATE people_person p SET {sets} FROM unnest({arrays}) AS n (id, {', '.join(KINDS)}) WHERE p.id = n.id",
        columns,
    )


def _sent_as(kind: str) -> str:
    return "text" if kind == "jsonb" else kind
