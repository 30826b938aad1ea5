"""Reads of whole pages: the people list, names beside events, companies and their members."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404
from django.urls import reverse

from rapport.core.access import Actor
from rapport.core.registry import SearchHit
from rapport.people import identity_types, queries
from rapport.people.models import Company, CompanyMember, CompanyMerge, Identifier, Person
from rapport.people.normalise import normalise


def names_of(actor: Actor, person_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """What to call each person (the survivor's name where he was merged). Two queries."""
    survivors = queries.survivor_of(person_ids)
    found = {
        person.pk: str(person) for person in queries.people(actor).filter(pk__in=set(survivors.values()))
    }
    return {asked: found[survivor] for asked, survivor in survivors.items() if survivor in found}


def searched(people: QuerySet[Person], text: str) -> QuerySet[Person]:
    """Persons whose name or e-mail contains the text, or one of whose identifiers it is."""
    text = text.strip()
    if not text:
        return people
    return people.filter(Q(name__icontains=text) | Q(email__icontains=text) | Q(pk__in=_by_identifier(text)))


def matching_ids(actor: Actor, text: str, *, limit: int) -> list[uuid.UUID]:
    """Ids of persons the words may mean, and of everybody merged into them (their events keep the old id)."""
    if (wanted := _uuid(text)) is not None:
        return queries.family(queries.person_for(actor, wanted).pk)
    found = searched(queries.people(actor), text).values_list("pk", flat=True)[:limit]
    return [member for family in queries.families(list(found)).values() for member in family]


def _by_identifier(text: str) -> list[uuid.UUID]:
    """Owners of the identifiers that the text is when written properly; "type:value" names one type."""
    kind, sign, value = text.partition(":")
    kinds = tuple(identity_types.refresh().by_key)
    wanted = {each: normalise(each, text) for each in kinds}
    if sign and kind in kinds:
        wanted = {kind: normalise(kind, value)}
    match = Q()
    for each, normal in wanted.items():
        if normal:
            match |= Q(type=each, value=normal)
    if not match:
        return []
    return list(Identifier.objects.filter(match).values_list("person_id", flat=True))


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text.strip())
    except ValueError:
        return None


def companies_for_list(actor: Actor) -> QuerySet[Company]:
    """Companies with the number of their people."""
    members = CompanyMember.objects.filter(
        company=OuterRef("pk"), person__merged_into=None, person__erased_at=None
    )
    counted = members.order_by().values("company").annotate(number=Count("pk")).values("number")
    gone = CompanyMerge.objects.filter(absorbed=OuterRef("pk"), undone_at=None)
    standing = queries.companies(actor).filter(~Exists(gone))
    return standing.annotate(people=Coalesce(Subquery(counted), 0))


def company_for(actor: Actor, company_id: uuid.UUID) -> Company:
    """Raises Http404."""
    company = queries.companies(actor).filter(pk=company_id).first()
    if company is None:
        raise Http404
    return company


def members_of(actor: Actor, company: Company) -> QuerySet[CompanyMember]:
    """The company's people that the actor may see, newest first."""
    members = CompanyMember.objects.filter(company=company, person__in=queries.people(actor))
    return members.select_related("person").order_by("-since", "-pk")


def companies_of(actor: Actor, person: Person) -> QuerySet[CompanyMember]:
    if not actor.may("people.view"):
        return CompanyMember.objects.none()
    gone = CompanyMerge.objects.filter(absorbed=OuterRef("company"), undone_at=None)
    found = CompanyMember.objects.filter(~Exists(gone), person=person)
    return found.select_related("company").order_by("-since", "-pk")


def search_hits(actor: Actor, text: str, limit: int) -> list[SearchHit]:
    """People for the search of everything, most recently seen first."""
    found = searched(queries.people(actor), text).order_by("-last_seen_at", "pk")[:limit]
    return [
        SearchHit(str(person), reverse("people:profile", args=[person.pk]), "user-round", person.email)
        for person in found
    ]
