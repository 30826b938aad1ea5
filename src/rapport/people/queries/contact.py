"""Whom a message about a person goes to, and where: merges followed, addresses by type of identifier."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rapport.people import identity_types, queries
from rapport.people.models import Identifier, Person
from rapport.people.normalise import normalise

_BARRED = """CASE WHEN {alias}.id IS NULL THEN 'gone' WHEN {alias}.erased_at IS NOT NULL THEN 'erased'
    WHEN {alias}.restricted_at IS NOT NULL THEN 'restricted' ELSE '' END"""


@dataclass(frozen=True, slots=True)
class Contact:
    """A person as messages see them. `barred` says why nothing may be sent; `family` are all ids they ever had."""

    id: uuid.UUID
    name: str
    email: str
    traits: dict[str, Any]
    address: str
    barred: str
    family: list[uuid.UUID]


@dataclass(frozen=True, slots=True)
class ContactRule:
    """SQL. `joins` come after a FROM item; `refusal` is '', or `gone`, `erased`, `restricted` or `no_address`."""

    joins: str
    refusal: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AddressSource:
    """Where the addresses of a channel come from when they are no identifiers.

    `read(person_ids)` gives {person: address} of those that have one; `exists` is SQL for whether the person `{person}`
    has one.
    """

    read: Callable[[Iterable[uuid.UUID]], Mapping[uuid.UUID, str]]
    exists: str


def contacts(
    person_ids: Iterable[uuid.UUID], identifier: str, source: AddressSource | None = None
) -> dict[uuid.UUID, Contact]:
    """{id asked about: who that is now}, with the normalised address of this type, or of `source`, or an empty text."""
    survivors = queries.survivor_of(person_ids)
    families = queries.families(set(survivors.values()))
    persons = Person.objects.filter(pk__in=families)
    rows = list(persons.values_list("pk", "name", "email", "traits", "erased_at", "restricted_at"))
    addresses = source.read([row[0] for row in rows]) if source else _addresses(rows, identifier)
    by_id = {
        pk: Contact(
            pk,
            name,
            email,
            traits,
            (addresses.get(pk) or "") if source else normalise(identifier, addresses.get(pk) or "") or "",
            "erased" if erased_at else "restricted" if restricted_at else "",
            families[pk],
        )
        for pk, name, email, traits, erased_at, restricted_at in rows
    }
    return {asked_id: by_id[survivor] for asked_id, survivor in survivors.items() if survivor in by_id}


def _addresses(rows: list[tuple[Any, ...]], identifier: str) -> dict[uuid.UUID, Any]:
    """{person: address}: the one that stands in the profile, or the newest identifier of a type without a trait."""
    if identifier == "email":
        return {row[0]: row[2] for row in rows}
    if trait := _trait(identifier):
        return {row[0]: row[3].get(trait) for row in rows}
    newest = Identifier.objects.filter(person_id__in=[row[0] for row in rows], type=identifier)
    return dict(newest.order_by("first_seen_at", "pk").values_list("person_id", "value"))


def contact_rule(person: str, identifier: str, source: AddressSource | None = None) -> ContactRule:
    """The same for a whole set in one statement: the SQL for this expression of a person's id."""
    parameters = {"rule_trait": _trait(identifier), "rule_identifier": identifier}
    has_address = source.exists.format(person="rule_person.id") if source else _has_address(identifier)
    return ContactRule(
        f"LEFT JOIN people_person rule_person ON rule_person.id = {person}",
        f"coalesce(nullif({_BARRED.format(alias='rule_person')}, ''),"
        f" CASE WHEN {has_address} THEN '' ELSE 'no_address' END)",
        parameters,
    )


def _has_address(identifier: str) -> str:
    return {
        "email": "rule_person.email <> ''",
        "": "EXISTS (SELECT FROM people_identifier WHERE person_id = rule_person.id AND type = %(rule_identifier)s)",
    }.get(
        "email" if identifier == "email" else _trait(identifier),
        "rule_person.traits ->> %(rule_trait)s <> ''",
    )


def barred(person: str) -> str:
    """SQL: why nothing may be sent to the person with this id, or an empty text; `merged` when it is another's now."""
    case = f"CASE WHEN p.merged_into_id IS NOT NULL THEN 'merged' ELSE {_BARRED.format(alias='p')} END"
    return f"coalesce((SELECT {case} FROM people_person p WHERE p.id = {person}), 'gone')"


def _trait(identifier: str) -> str:
    rule = identity_types.current().by_key.get(identifier)
    return rule.trait if rule else ""
