"""Relationships and the history of values over REST, below a person."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status
from pydantic import AwareDatetime, Field

from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Schema
from rapport.people import queries
from rapport.people.api import refused
from rapport.people.api.traits import Change
from rapport.people.models import Relationship
from rapport.people.queries import lists as list_queries
from rapport.people.queries import relations as relation_queries
from rapport.people.queries import traits as trait_queries
from rapport.people.services import relationships

router = Router(tags=["relationships"])


class RelationshipOut(Schema):
    """`person_id` is `label` of the other: a person or a company."""

    id: int
    type: str
    label: str
    inverse: str
    person_id: uuid.UUID
    other_person_id: uuid.UUID | None
    other_company_id: uuid.UUID | None
    since: dt.date | None
    until: dt.date | None
    note: str
    source: str


class RelationshipIn(InputSchema):
    """The person of the address is the type's label of the other."""

    type: str = Field(max_length=40, description="Such as parent, spouse, household, referrer, employee.")
    other_person_id: uuid.UUID | None = None
    other_company_id: uuid.UUID | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    note: str = Field("", max_length=254)


@router.get(
    "/people/{uuid:person_id}/relationships",
    response=list[RelationshipOut],
    summary="List a person's relationships",
)
def list_relationships(request: HttpRequest, person_id: uuid.UUID) -> list[dict[str, Any]]:
    """From both sides: compare `person_id`."""
    actor = actor_of(request)
    actor.require("people.view")
    person = queries.person_for(actor, person_id)
    return [_out(related.row) for related in relation_queries.of_person(actor, person)]


@router.post(
    "/people/{uuid:person_id}/relationships",
    response={201: RelationshipOut},
    summary="Relate a person to another or to a company",
)
def relate(request: HttpRequest, person_id: uuid.UUID, body: RelationshipIn) -> Status[dict[str, Any]]:
    actor = actor_of(request)
    actor.require("people.edit")
    other = queries.person_for(actor, body.other_person_id).pk if body.other_person_id else None
    company = list_queries.company_for(actor, body.other_company_id).pk if body.other_company_id else None
    tie = relationships.Tie(
        body.type,
        queries.person_for(actor, person_id).pk,
        other,
        company,
        body.since,
        body.until,
        body.note,
    )
    try:
        return Status(201, _out(relationships.relate(actor=actor, tie=tie, source=actor.label)))
    except ValidationError as error:
        raise refused(error, "/body") from error


@router.delete(
    "/people/{uuid:person_id}/relationships/{int:relationship_id}",
    response={204: None},
    summary="Take a relationship off the record",
)
def forget(request: HttpRequest, person_id: uuid.UUID, relationship_id: int) -> Status[None]:
    actor = actor_of(request)
    row = relation_queries.relationship_for(actor, person_id, relationship_id)
    relationships.forget(actor=actor, relationship=row)
    return Status(204, None)


@router.get(
    "/people/{uuid:person_id}/trait-history",
    response=list[Change],
    summary="Every change of a person's values",
)
def trait_history(
    request: HttpRequest,
    person_id: uuid.UUID,
    trait: Annotated[str, Query(max_length=100)] = "",
    before: Annotated[AwareDatetime | None, Query(description="A recorded_at to go on from")] = None,
) -> list[dict[str, Any]]:
    """The newest 50, those of everybody merged into the person included."""
    actor = actor_of(request)
    actor.require("people.view")
    person = queries.person_for(actor, person_id)
    entries = trait_queries.history(
        queries.family(person.pk), trait=trait, before=before.isoformat() if before else ""
    )
    return [
        {
            "trait": entry.trait,
            "at": entry.at.isoformat(),
            "recorded_at": entry.recorded_at.isoformat(),
            "old": entry.old,
            "new": entry.new,
            "source": entry.source,
            "actor": entry.actor,
        }
        for entry in entries
    ]


def _out(row: Relationship) -> dict[str, Any]:
    kind = relation_queries.kinds(archived=True).get(row.type)
    names = RelationshipOut.model_fields.keys() - {"label", "inverse"}
    words = {"label": str(kind.label), "inverse": str(kind.inverse)} if kind else {"label": "", "inverse": ""}
    return {name: getattr(row, name) for name in names} | words
