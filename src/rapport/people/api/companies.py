"""Companies over REST: /api/v1/companies."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field, StringConstraints

from rapport.core.access import actor_of, system
from rapport.core.api import InputSchema, Page, Schema, cursor_page
from rapport.core.api.pages import Cursor, Limit
from rapport.people import queries
from rapport.people.api import Traits, TraitSource, assign, refused
from rapport.people.models import Company, CompanyMember
from rapport.people.queries import lists as list_queries
from rapport.people.services import company_edits

router = Router(tags=["companies"])
Domain = Annotated[str, StringConstraints(max_length=253)]


class CompanyOut(Schema):
    """A company. `group_id` is what group calls name it by; `parent_id` is the company it belongs to."""

    id: uuid.UUID
    group_id: str
    name: str
    domains: list[str]
    parent_id: uuid.UUID | None
    owner_id: int | None
    team_id: int | None
    traits: dict[str, Any]
    trait_sources: dict[str, TraitSource]
    archived_at: dt.datetime | None
    created_at: dt.datetime
    updated_at: dt.datetime


class CompanyIn(InputSchema):
    name: str = Field(min_length=1, max_length=254)
    group_id: str = Field("", max_length=254, description="Left out: one is made.")
    domains: list[Domain] = Field(default=[], max_length=50)
    parent_id: uuid.UUID | None = None
    traits: Traits = {}


class CompanyPatch(InputSchema):
    """What is left out stays. `parent_id` null: it belongs to no other company."""

    name: str | None = Field(None, min_length=1, max_length=254)
    domains: list[Domain] | None = Field(None, max_length=50)
    parent_id: uuid.UUID | None = None
    owner_id: int | None = None
    team_id: int | None = None
    traits: Traits = {}


class CompanyMemberOut(Schema):
    person_id: uuid.UUID
    name: str
    role: str
    since: dt.datetime
    until: dt.datetime | None


class MemberIn(InputSchema):
    role: str = Field("", max_length=120)
    since: dt.datetime | None = None
    until: dt.datetime | None = None


@router.get("", response=Page[CompanyOut], summary="List companies")
def list_companies(
    request: HttpRequest,
    search: Annotated[
        str | None, Query(max_length=100, description="Part of a name or id, or a domain")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Those that are not archived, latest change first."""
    actor = actor_of(request)
    actor.require("people.view")
    rows = list_queries.live_companies(actor)
    if search:
        rows = list_queries.companies_searched(rows, search)
    page, following = cursor_page(
        rows, scope="companies", sort=("-updated_at", "id"), cursor=cursor, limit=limit
    )
    return {"data": [_out(company) for company in page], "next_cursor": following}


@router.post("", response={201: CompanyOut}, summary="Make a company")
def create_company(request: HttpRequest, body: CompanyIn) -> Status[dict[str, Any]]:
    actor = actor_of(request)
    if body.parent_id:
        list_queries.company_for(actor, body.parent_id)
    try:
        company = company_edits.create_company(actor=actor, source=actor.label, **body.dict())
    except ValidationError as error:
        raise refused(error, "/body") from error
    return Status(201, _out(company))


@router.get("/{uuid:company_id}", response=CompanyOut, summary="Read a company")
def get_company(request: HttpRequest, company_id: uuid.UUID) -> dict[str, Any]:
    actor = actor_of(request)
    actor.require("people.view")
    return _out(list_queries.company_for(actor, company_id))


@router.patch("/{uuid:company_id}", response=CompanyOut, summary="Change a company")
def change_company(request: HttpRequest, company_id: uuid.UUID, body: CompanyPatch) -> dict[str, Any]:
    """Traits follow the rules of source priority, as those of group calls do."""
    actor = actor_of(request)
    actor.require("people.edit")
    company = list_queries.company_for(actor, company_id)
    given = body.dict(exclude_unset=True, exclude={"owner_id", "team_id"})
    if given.get("parent_id"):
        list_queries.company_for(actor, given["parent_id"])
    try:
        if traits := given.pop("traits", None):
            company_edits.set_company_traits(
                actor=actor, company_id=company.pk, traits=traits, source=actor.label
            )
        if given:
            company_edits.edit_company(
                actor=actor,
                company_id=company.pk,
                name=given.get("name") or company.name,
                domains=given["domains"] if given.get("domains") is not None else company.domains,
                parent_id=given.get("parent_id", company.parent_id),
                source=actor.label,
            )
        assign(actor, "company", company.pk, body)
    except ValidationError as error:
        raise refused(error, "/body") from error
    return _out(list_queries.company_for(system("answer"), company_id))


@router.delete("/{uuid:company_id}", response={204: None}, summary="Archive a company")
def archive_company(request: HttpRequest, company_id: uuid.UUID) -> Status[None]:
    """Its members, traits and history stay."""
    actor = actor_of(request)
    company = list_queries.company_for(actor, company_id)
    company_edits.archive_company(actor=actor, company_id=company.pk)
    return Status(204, None)


@router.get("/{uuid:company_id}/members", response=Page[CompanyMemberOut], summary="List a company's people")
def list_members(
    request: HttpRequest, company_id: uuid.UUID, cursor: Cursor = None, limit: Limit = 50
) -> dict[str, Any]:
    """Newest first; those who left have an `until`."""
    actor = actor_of(request)
    actor.require("people.view")
    company = list_queries.company_for(actor, company_id)
    page, following = cursor_page(
        list_queries.members_of(actor, company),
        scope=f"members:{company.pk}",
        sort=("-since", "-id"),
        cursor=cursor,
        limit=limit,
    )
    return {"data": [_member(member) for member in page], "next_cursor": following}


@router.put(
    "/{uuid:company_id}/members/{uuid:person_id}",
    response=CompanyMemberOut,
    summary="Join a person to a company",
)
def set_member(
    request: HttpRequest, company_id: uuid.UUID, person_id: uuid.UUID, body: MemberIn
) -> dict[str, Any]:
    """Or changes role, beginning and end of a membership that there is."""
    actor = actor_of(request)
    actor.require("people.edit")
    company = list_queries.company_for(actor, company_id)
    person = queries.person_for(actor, person_id)
    try:
        member = company_edits.set_member(
            actor=actor, company_id=company.pk, person_id=person.pk, **body.dict()
        )
    except ValidationError as error:
        raise refused(error, "/body") from error
    return _member(member)


@router.delete(
    "/{uuid:company_id}/members/{uuid:person_id}",
    response={204: None},
    summary="Take a person off a company's record",
)
def remove_member(request: HttpRequest, company_id: uuid.UUID, person_id: uuid.UUID) -> Status[None]:
    actor = actor_of(request)
    actor.require("people.edit")
    company = list_queries.company_for(actor, company_id)
    person = queries.person_for(actor, person_id)
    company_edits.remove_member(actor=actor, company_id=company.pk, person_id=person.pk)
    return Status(204, None)


def _out(company: Company) -> dict[str, Any]:
    names = CompanyOut.model_fields.keys() - {"trait_sources"}
    sources = {
        name: {
            "source": str(fact.get("source", "")),
            "at": str(fact.get("at", "")),
            "others": list(fact.get("others", {}).values()),
        }
        for name, fact in company.trait_facts.items()
        if name in company.traits
    }
    return {name: getattr(company, name) for name in names} | {"trait_sources": sources}


def _member(member: CompanyMember) -> dict[str, Any]:
    return {
        "person_id": member.person_id,
        "name": str(member.person),
        "role": member.role,
        "since": member.since,
        "until": member.until,
    }
