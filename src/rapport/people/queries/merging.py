"""Reads about merging: two persons side by side, who is kept apart, and trying identifiers out."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise

from rapport.core.access import Actor
from rapport.people import identity_types, queries, registry
from rapport.people.models import CompanyMember, Identifier, NotSame, Person
from rapport.people.normalise import normalise
from rapport.people.values.formatting import format_value


@dataclass(slots=True)
class Side:
    """One of two persons, or what would become one."""

    person: Person
    members: list[uuid.UUID]
    identifiers: list[Identifier]
    companies: list[str]
    figures: list[tuple[str | Promise, int]]


@dataclass(slots=True)
class Difference:
    """One trait of two persons; `wins` says whose would stand after a merge: 0, 1, or -1 where they are equal."""

    name: str
    values: tuple[str, str]
    wins: int


def side_of(person: Person, members: list[uuid.UUID], identifiers: Sequence[Identifier]) -> Side:
    """Everything that helps to tell whether this is the same human being."""
    figures = [(figure.label, sum(figure.read(members).values())) for figure in registry.FIGURES]
    companies = CompanyMember.objects.filter(person_id__in=members).values_list("company__name", flat=True)
    return Side(person, members, list(identifiers), sorted({name for name in companies if name}), figures)


def whole(person: Person) -> Side:
    return side_of(person, queries.family(person.pk), list(queries.identifiers_of(person)))


def differences(person: Person, other: Person) -> list[Difference]:
    """Traits of both, those that differ first."""
    names = sorted(person.traits.keys() | other.traits.keys())
    rows = []
    for name in names:
        values = (format_value(person.traits.get(name)), format_value(other.traits.get(name)))
        newer = _said(other, name) > _said(person, name)
        rows.append(Difference(name, values, -1 if values[0] == values[1] else int(newer)))
    return sorted(rows, key=lambda difference: difference.wins == -1)


def _said(person: Person, name: str) -> tuple[str, str]:
    fact = person.trait_facts.get(name) or {}
    return str(fact.get("at", "")), str(fact.get("message_id", ""))


def apart_from(actor: Actor, person: Person) -> list[tuple[NotSame, Person]]:
    """Who was said to be somebody else than this person, with the line that says so; each once."""
    members = queries.family(person.pk)
    lines = list(
        NotSame.objects.filter(Q(first_id__in=members) | Q(other_id__in=members), lifted_at=None).order_by(
            "pk"
        )
    )
    others = {line.pk: line.other_id if line.first_id in members else line.first_id for line in lines}
    roots = queries.survivor_of(others.values())
    visible = queries.people(actor).in_bulk(list(set(roots.values())))
    entries: dict[uuid.UUID, tuple[NotSame, Person]] = {}
    for line in lines:
        other = visible.get(roots.get(others[line.pk], uuid.UUID(int=0)))
        if other is not None and other.pk != person.pk:
            entries.setdefault(other.pk, (line, other))
    return list(entries.values())


def candidates(people: QuerySet[Person], person: Person) -> QuerySet[Person]:
    return people.exclude(pk=person.pk).order_by("-last_seen_at", "pk")


@dataclass(slots=True)
class Step:
    """One identifier of a trial: what it is read as, whose it is, and why it counts or not."""

    kind: str
    given: str
    value: str | None
    owner: Person | None
    note: str = ""


@dataclass(slots=True)
class Trial:
    """Whom an event with some identifiers would belong to, and what it would join."""

    steps: list[Step] = field(default_factory=list)
    person: Person | None = None
    joins: list[Person] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def owner_of(actor: Actor, kind: str, value: str) -> Person | None:
    return queries.people(actor).filter(identifiers__type=kind, identifiers__value=value).first()


def read_as(given: Sequence[tuple[str, str]]) -> list[tuple[str, str, str | None]]:
    """(type, as given, normalised or None), strongest type first."""
    rules = identity_types.refresh()
    read: list[tuple[str, str, Any]] = [(kind, raw, normalise(kind, raw)) for kind, raw in given]
    return sorted(read, key=lambda identifier: rules.place(identifier[0]))
