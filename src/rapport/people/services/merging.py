"""Making two persons one, and taking it back. Every merge is a line in the journal."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from rapport.core import sql
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM
from rapport.core.services import audit
from rapport.people import registry
from rapport.people.known import PERSON
from rapport.people.models import Identifier, Merge, Person
from rapport.people.services import policy as policies
from rapport.people.services.changes import mark_changed
from rapport.people.services.traits import denormalised, merged_facts, parted


@dataclass(frozen=True, slots=True)
class Join:
    """`absorbed` is to become part of `survivor`, by which rule and on what evidence."""

    survivor: uuid.UUID
    absorbed: uuid.UUID
    at: dt.datetime
    rule: str
    evidence: dict[str, Any] = field(default_factory=dict)


def apply_merges(joins: list[Join]) -> None:
    """Carries out joins, in order, set-based, in the caller's transaction. Survivors may be absorbed later on."""
    ids = [join.survivor for join in joins] + [join.absorbed for join in joins]
    people = {
        person.pk: person for person in Person.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    }
    owned: dict[uuid.UUID, list[list[str]]] = {}
    for person, type_, value in Identifier.objects.filter(person_id__in=ids).values_list(
        "person_id", "type", "value"
    ):
        owned.setdefault(person, []).append([type_, value])
    journal = []
    for join in joins:
        survivor, absorbed = people[join.survivor], people[join.absorbed]
        snapshot = {
            "identifiers": owned.get(join.absorbed, []),
            "absorbed": _state(absorbed),
            "survivor": _state(survivor),
            "holdings": {},
        }
        owned.setdefault(join.survivor, []).extend(owned.get(join.absorbed, []))
        _absorb(survivor, absorbed)
        journal.append(
            Merge(
                survivor_id=join.survivor,
                absorbed_id=join.absorbed,
                merged_at=join.at,
                rule=join.rule,
                evidence=join.evidence,
                snapshot=snapshot,
            )
        )
    _save(list(people.values()))
    _move_identifiers(joins)
    _move_holdings(joins, journal)
    Merge.objects.bulk_create(journal)


def _move_holdings(joins: list[Join], journal: list[Merge]) -> None:
    """Lets the other apps move what they hold, and keeps what they need for an undo."""
    pairs = [(join.survivor, join.absorbed) for join in joins]
    moved = {mergeable.name: mergeable.merge(pairs) for mergeable in registry.mergeables()}
    for line in journal:
        line.snapshot["holdings"] = {
            name: found[line.absorbed_id] for name, found in moved.items() if line.absorbed_id in found
        }


def _state(person: Person) -> dict[str, Any]:
    return {
        "traits": person.traits,
        "trait_facts": person.trait_facts,
        "first_seen_at": person.first_seen_at.isoformat(),
        "last_seen_at": person.last_seen_at.isoformat(),
        "is_identified": person.is_identified,
    }


def _absorb(survivor: Person, absorbed: Person) -> None:
    survivor.traits, survivor.trait_facts = merged_facts(
        (survivor.traits, survivor.trait_facts),
        (absorbed.traits, absorbed.trait_facts),
        policies.current(PERSON).priority,
    )
    survivor.first_seen_at = min(survivor.first_seen_at, absorbed.first_seen_at)
    survivor.last_seen_at = max(survivor.last_seen_at, absorbed.last_seen_at)
    survivor.is_identified = survivor.is_identified or absorbed.is_identified
    absorbed.merged_into_id = survivor.pk


def _save(people: list[Person]) -> None:
    now = SYSTEM.now()
    for person in people:
        person.version += 1
        person.updated_at = now
        person.name, person.email = denormalised(person.traits)
    fields = ["traits", "trait_facts", "first_seen_at", "last_seen_at", "is_identified", "merged_into"]
    _bulk_update(people, [*fields, "version", "updated_at", "name", "email"])


def _bulk_update(people: list[Person], fields: list[str]) -> None:
    """One UPDATE … FROM unnest: Django's bulk_update builds a CASE per row and is slow beyond a few rows."""
    attributes = ["merged_into_id" if name == "merged_into" else name for name in fields]
    kinds = {
        "traits": "jsonb",
        "trait_facts": "jsonb",
        "first_seen_at": "timestamptz",
        "last_seen_at": "timestamptz",
        "updated_at": "timestamptz",
        "is_identified": "bool",
        "merged_into_id": "uuid",
        "version": "bigint",
        "name": "text",
        "email": "text",
    }
    columns: list[list[Any]] = [[person.pk for person in people]]
    for name in attributes:
        values = [getattr(person, name) for person in people]
        columns.append([json.dumps(value) for value in values] if kinds[name] == "jsonb" else values)
    arrays = ", ".join(["%b::uuid[]", *(f"%b::{_sent_as(kinds[name])}[]" for name in attributes)])
    sets = ", ".join(f"{name} = n.{name}::{kinds[name]}" for name in attributes)
    sql.run(
        f"UPDATE people_person p SET {sets} FROM unnest({arrays}) AS n (id, {', '.join(attributes)}) WHERE p.id = n.id",
        columns,
    )


def _sent_as(kind: str) -> str:
    return "text" if kind == "jsonb" else kind


def _move_identifiers(joins: list[Join]) -> None:
    final: dict[uuid.UUID, uuid.UUID] = {}
    for join in reversed(joins):
        final[join.absorbed] = final.get(join.survivor, join.survivor)
    sql.run(
        "UPDATE people_identifier i SET person_id = m.survivor"
        " FROM unnest(%b::uuid[], %b::uuid[]) AS m (absorbed, survivor) WHERE i.person_id = m.absorbed",
        [list(final), list(final.values())],
    )


@transaction.atomic
def undo_merge(*, actor: Actor, merge: Merge) -> Merge:
    """Gives the absorbed person back its identifiers, traits and holdings as they were.

    Only the newest merge of a survivor can be undone, because older ones lie under it. Raises ValueError.
    """
    actor.require("people.edit")
    merge = Merge.objects.select_for_update().get(pk=merge.pk)
    survivor, absorbed = _locked_pair(merge)
    if merge.undone_at or absorbed.merged_into_id != survivor.pk:
        raise ValueError("This merge has been undone already.")
    newer = Merge.objects.filter(survivor=survivor, pk__gt=merge.pk, undone_at=None)
    if newer.exists():
        raise ValueError("Undo the newer merges of this person first.")
    now = SYSTEM.now()
    for person, state in ((absorbed, merge.snapshot["absorbed"]), (survivor, merge.snapshot["survivor"])):
        _restore(person, state, given=merge.snapshot["absorbed"] if person is survivor else None)
    absorbed.merged_into_id = None
    _save([survivor, absorbed])
    for type_, value in merge.snapshot["identifiers"]:
        Identifier.objects.filter(person=survivor, type=type_, value=value).update(person=absorbed)
    for mergeable in registry.mergeables():
        mergeable.unmerge((survivor.pk, absorbed.pk), merge.snapshot["holdings"].get(mergeable.name))
    merge.undone_at, merge.undone_by = now, actor.label
    merge.save(update_fields=["undone_at", "undone_by"])
    mark_changed([survivor.pk, absorbed.pk])
    audit.record(actor=actor, action="merge.undone", object_type="person", object_id=survivor.pk)
    return merge


def _locked_pair(merge: Merge) -> tuple[Person, Person]:
    people = Person.objects.select_for_update().in_bulk([merge.survivor_id, merge.absorbed_id])
    return people[merge.survivor_id], people[merge.absorbed_id]


def _restore(person: Person, state: dict[str, Any], given: dict[str, Any] | None) -> None:
    """The state before the merge; for the survivor, what was said since stays."""
    before = (state["traits"], state["trait_facts"])
    if given is None:
        person.traits, person.trait_facts = before
    else:
        absorbed = (given["traits"], given["trait_facts"])
        now = (person.traits, person.trait_facts)
        person.traits, person.trait_facts = parted(now, before, absorbed, policies.current(PERSON).priority)
    person.is_identified = state["is_identified"]
    person.first_seen_at = dt.datetime.fromisoformat(state["first_seen_at"])
