"""Reads of relationships: the kinds there are, and those of one person or company."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import Http404

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.people import queries
from rapport.people.models import Company, Person, Relationship, RelationshipType
from rapport.people.relationship_types import BUILT_IN, RelationshipKind


def kinds(*, archived: bool = False) -> dict[str, RelationshipKind]:
    """{key: kind}, predefined ones first."""
    kinds_by_key = {kind.key: kind for kind in BUILT_IN}
    for row in RelationshipType.objects.order_by("label"):
        if row.archived_at is not None and not archived:
            kinds_by_key.pop(row.key, None)
        else:
            kinds_by_key[row.key] = RelationshipKind(
                row.key, row.label, row.inverse or row.label, row.with_company
            )
    return kinds_by_key


@dataclass(frozen=True, slots=True)
class Related:
    """One relationship as seen from one side: what the other is to this one."""

    row: Relationship
    label: str
    other: Person | Company

    @property
    def is_company(self) -> bool:
        return isinstance(self.other, Company)

    def is_over(self, clock: Clock = SYSTEM) -> bool:
        """Whether it ended before today."""
        return self.row.until is not None and self.row.until < clock.now().date()


def visible(actor: Actor) -> QuerySet[Relationship]:
    """Relationships between records the actor may see."""
    persons, companies = queries.people(actor).values("pk"), queries.companies(actor).values("pk")
    return Relationship.objects.filter(
        Q(other_person=None) | Q(other_person__in=persons),
        Q(other_company=None) | Q(other_company__in=companies),
        person__in=persons,
    ).select_related("person", "other_person", "other_company")


def of_person(actor: Actor, person: Person) -> list[Related]:
    """The person's relationships, current ones first."""
    rows = visible(actor).filter(Q(person=person) | Q(other_person=person)).order_by("type", "pk")
    names = kinds(archived=True)
    related = []
    for row in rows:
        kind = names.get(row.type, RelationshipKind(row.type, row.type, row.type))
        if row.person_id != person.pk:
            related.append(Related(row, str(kind.label), row.person))
        elif other := row.other_person or row.other_company:
            related.append(Related(row, str(kind.inverse), other))
    return sorted(related, key=lambda relation: relation.is_over())


def of_company(actor: Actor, company: Company) -> list[Related]:
    names = kinds(archived=True)
    rows = visible(actor).filter(other_company=company).order_by("type", "pk")
    return [
        Related(row, str(names[row.type].label if row.type in names else row.type), row.person)
        for row in rows
    ]


def relationship_for(actor: Actor, person_id: uuid.UUID, relationship_id: int) -> Relationship:
    """Raises Http404."""
    person = queries.person_for(actor, person_id)
    relationship = (
        visible(actor).filter(Q(person=person) | Q(other_person=person), pk=relationship_id).first()
    )
    if relationship is None:
        raise Http404
    return relationship
