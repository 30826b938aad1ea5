"""Reads of whole pages: the people list, names beside events, companies and their members."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404
from django.urls import reverse

from rapport.core import sql
from rapport.core.access import Actor
from rapport.core.registry import SearchHit
from rapport.people import identity_types, queries
from rapport.people.models import Company, CompanyMember, CompanyMerge, Identifier, Person
from rapport.people.normalise import normalise


def names_of(actor: Actor, person_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """What to call each person (the survivor's name where they were merged). Two queries."""
    survivors = queries.survivor_of(person_ids)
    names = {
        person.pk: str(person) for person in queries.people(actor).filter(pk__in=set(survivors.values()))
    }
    return {person_id: names[survivor] for person_id, survivor in survivors.items() if survivor in names}


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
    ids = searched(queries.people(actor), text).values_list("pk", flat=True)[:limit]
    return [member for family in queries.families(list(ids)).values() for member in family]


def _by_identifier(text: str) -> list[uuid.UUID]:
    """Owners of the identifiers that the text is when written properly; "type:value" names one type."""
    kind, sign, value = text.partition(":")
    kinds = tuple(identity_types.refresh().by_key)
    wanted = {kind: normalise(kind, text) for kind in kinds}
    if sign and kind in kinds:
        wanted = {kind: normalise(kind, value)}
    match = Q()
    for type_, normal in wanted.items():
        if normal:
            match |= Q(type=type_, value=normal)
    if not match:
        return []
    return list(Identifier.objects.filter(match).values_list("person_id", flat=True))


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text.strip())
    except ValueError:
        return None


def live_companies(actor: Actor) -> QuerySet[Company]:
    """Companies that are not archived."""
    return queries.companies(actor).filter(archived_at=None)


def companies_for_list(actor: Actor) -> QuerySet[Company]:
    """Companies with the number of their people now."""
    members = CompanyMember.objects.filter(
        company=OuterRef("pk"), person__in=queries.people(actor).values("pk"), until=None
    )
    counted = members.order_by().values("company").annotate(number=Count("pk")).values("number")
    gone = CompanyMerge.objects.filter(absorbed=OuterRef("pk"), undone_at=None)
    standing = live_companies(actor).filter(~Exists(gone)).select_related("parent")
    return standing.annotate(people=Coalesce(Subquery(counted), 0))


def company_for(actor: Actor, company_id: uuid.UUID) -> Company:
    """Raises Http404."""
    company = queries.companies(actor).select_related("parent").filter(pk=company_id).first()
    if company is None:
        raise Http404
    return company


def members_of(actor: Actor, company: Company) -> QuerySet[CompanyMember]:
    """The company's people that the actor may see, present ones first, then the newest."""
    members = CompanyMember.objects.filter(company=company, person__in=queries.people(actor))
    return members.select_related("person").order_by(F("until").desc(nulls_first=True), "-since", "-pk")


def companies_of(actor: Actor, person: Person) -> QuerySet[CompanyMember]:
    gone = CompanyMerge.objects.filter(absorbed=OuterRef("company"), undone_at=None)
    rows = CompanyMember.objects.filter(
        ~Exists(gone), person=person, company__in=queries.companies(actor).values("pk")
    )
    return rows.select_related("company").order_by("-since", "-pk")


def subsidiaries_of(actor: Actor, company: Company) -> QuerySet[Company]:
    return companies_for_list(actor).filter(parent=company).order_by("name", "pk")


def ancestors_of(actor: Actor, company: Company) -> list[Company]:
    """The companies above it, the uppermost first. One query."""
    rows = sql.run(
        "WITH RECURSIVE up AS (SELECT id, parent_id, 0 AS depth FROM people_company WHERE id = %b"
        " UNION SELECT c.id, c.parent_id, depth + 1 FROM people_company c JOIN up ON c.id = up.parent_id)"
        " SELECT id FROM up WHERE depth > 0 ORDER BY depth DESC",
        [company.pk],
    )
    ids = [id_ for (id_,) in rows]
    by_id = queries.companies(actor).in_bulk(ids)
    return [by_id[id_] for id_ in ids if id_ in by_id]


def member_ids(actor: Actor, company_id: uuid.UUID, *, limit: int) -> list[uuid.UUID]:
    """Present members of the company and of those below it, with everybody merged into them. Raises Http404."""
    company = company_for(actor, company_id)
    rows = sql.run(
        "WITH RECURSIVE down AS (SELECT %b::uuid AS id"
        " UNION SELECT c.id FROM people_company c JOIN down ON c.parent_id = down.id)"
        " SELECT DISTINCT m.person_id FROM people_companymember m JOIN down ON m.company_id = down.id"
        " JOIN people_person p ON p.id = m.person_id AND p.merged_into_id IS NULL AND p.erased_at IS NULL"
        " WHERE m.until IS NULL LIMIT %b",
        [company.pk, limit],
    )
    ids = queries.visible_ids(actor, [id_ for (id_,) in rows])
    return [member for family in queries.families(ids).values() for member in family]


def companies_searched(companies: QuerySet[Company], text: str) -> QuerySet[Company]:
    """Companies whose name or id contains the text, or one of whose domains it is. Some have no name but their id."""
    text = text.strip()
    domain = Q(domains__contains=[text.lower()])
    return companies.filter(Q(name__icontains=text) | Q(group_id__icontains=text) | domain)


def company_hits(actor: Actor, text: str, limit: int) -> list[SearchHit]:
    """Companies for the search of everything."""
    companies = companies_searched(live_companies(actor), text).order_by("name", "pk")[:limit]
    return [
        SearchHit(str(row), reverse("people:company", args=[row.pk]), "building-2", ", ".join(row.domains))
        for row in companies
    ]


def search_hits(actor: Actor, text: str, limit: int) -> list[SearchHit]:
    """People for the search of everything, most recently seen first."""
    persons = searched(queries.people(actor), text).order_by("-last_seen_at", "pk")[:limit]
    return [
        SearchHit(str(person), reverse("people:profile", args=[person.pk]), "user-round", person.email)
        for person in persons
    ]
