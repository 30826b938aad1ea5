"""People over REST: find, read, make, and set traits."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any, ClassVar, cast

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status
from pydantic import ConfigDict, Field, StringConstraints

from rapport.core.access import Actor, actor_of, system
from rapport.core.api import InputSchema, Page, Problem, Schema, cursor_page
from rapport.core.api.pages import Cursor, Limit
from rapport.core.services import ownership
from rapport.core.services.ownership import Assignment
from rapport.people import identity_types, queries, registry
from rapport.people.models import Person
from rapport.people.queries.lists import searched
from rapport.people.services import profile

router = Router(tags=["people"])
TraitName = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Traits = Annotated[dict[TraitName, Any], Field(max_length=200, description="A null removes a trait.")]


class IdentifierOut(Schema):
    type: str
    value: str
    first_seen_at: dt.datetime
    source: str


class PersonOut(Schema):
    """A person as lists show them."""

    id: uuid.UUID
    name: str
    email: str
    is_identified: bool
    created_at: dt.datetime
    updated_at: dt.datetime
    first_seen_at: dt.datetime
    last_seen_at: dt.datetime
    restricted_at: dt.datetime | None
    owner_id: int | None
    team_id: int | None
    traits: dict[str, Any]
    identifiers: list[IdentifierOut]


class OtherClaim(Schema):
    """What another source says of the trait, which did not win."""

    source: str
    at: str
    value: Any = None


class TraitSource(Schema):
    """Where a trait's value came from, and when that was said; who says otherwise."""

    source: str
    at: str
    others: list[OtherClaim] = []


class ProfileOut(PersonOut):
    """The whole record. Other parts of Rapport add their sections, such as `consents` and `segments`.

    `suppressions` are the person's addresses that nothing is sent to. With the `reason` `erased` the address was that
    of somebody who asked to be forgotten: keep the record only if they came back by themselves.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow")

    trait_sources: dict[str, TraitSource]
    merged_ids: list[uuid.UUID]
    consents: list[dict[str, Any]] = []
    suppressions: list[dict[str, Any]] = []
    segments: list[dict[str, Any]] = []


class PersonIn(InputSchema):
    """`identifiers` names the person: at least one of email, phone, user_id, anonymous_id."""

    identifiers: Annotated[dict[str, Annotated[str, StringConstraints(max_length=254)]], Field(min_length=1)]
    traits: Traits = {}


class PersonPatch(InputSchema):
    """What is left out stays. A null owner or team: nobody."""

    traits: Traits = {}
    owner_id: int | None = None
    team_id: int | None = None


@router.get("", response=Page[PersonOut], summary="List or find people")
def list_people(
    request: HttpRequest,
    identifier: Annotated[
        str | None, Query(max_length=300, description="Such as email:ada@example.org")
    ] = None,
    search: Annotated[
        str | None, Query(max_length=100, description="Part of a name or e-mail address, or an identifier")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Most recently seen first. With `identifier`, at most one; it is normalised before it is compared."""
    actor = actor_of(request)
    actor.require("people.view")
    rows = queries.people(actor).prefetch_related("identifiers")
    if identifier is not None:
        return {
            "data": [_summary(person) for person in _named(rows, request, identifier)],
            "next_cursor": None,
        }
    if search:
        rows = searched(rows, search)
    page, following = cursor_page(
        rows, scope="people", sort=("-last_seen_at", "id"), cursor=cursor, limit=limit
    )
    return {"data": [_summary(person) for person in page], "next_cursor": following}


def _named(rows: QuerySet[Person], request: HttpRequest, identifier: str) -> QuerySet[Person]:
    types = identity_types.refresh().by_key
    kind, _sign, value = identifier.partition(":")
    if kind not in types:
        reason = f"Write it as type:value; the types are {', '.join(types)}."
        raise Problem(422, "The identifier has no known type.", {"/query/identifier": reason})
    person = queries.find(actor_of(request), f"{kind}:{_with_plus(types[kind].normaliser, value)}")
    return rows.filter(pk=person.pk) if person else rows.none()


def _with_plus(normaliser: str, value: str) -> str:
    """A plus sign that was not escaped in the address of the request arrives as a blank."""
    if normaliser == "email":
        return value.strip().replace(" ", "+")
    return f"+{value[1:]}" if normaliser == "phone" and value[:1] == " " and value[1:2].isdecimal() else value


@router.post("", response={201: ProfileOut}, summary="Make or complete a person")
def create_person(request: HttpRequest, body: PersonIn) -> Status[dict[str, Any]]:
    """Finds the person of these identifiers, or makes one, and sets the traits."""
    actor = actor_of(request)
    try:
        person = profile.create_person(
            actor=actor, identifiers=list(body.identifiers.items()), traits=body.traits, source=actor.label
        )
    except ValidationError as error:
        raise refused(error) from error
    except ValueError as error:
        raise Problem(422, str(error), {"/body/identifiers": str(error)}) from error
    return Status(201, _profile(queries.person_for(actor, person.pk)))


@router.get("/{uuid:person_id}", response=ProfileOut, summary="Read a person")
def get_person(request: HttpRequest, person_id: uuid.UUID) -> dict[str, Any]:
    """Asked for a person who was merged, answers with the survivor: compare `id`."""
    actor = actor_of(request)
    actor.require("people.view")
    return _profile(queries.person_for(actor, person_id))


@router.patch("/{uuid:person_id}", response=ProfileOut, summary="Change a person")
def change_person(request: HttpRequest, person_id: uuid.UUID, body: PersonPatch) -> dict[str, Any]:
    """Traits that are not named stay. Source priority decides, as with events; else the newest wins."""
    actor = actor_of(request)
    actor.require("people.edit")
    person = queries.person_for(actor, person_id)
    try:
        if body.traits:
            profile.set_traits(actor=actor, person_id=person.pk, traits=body.traits, source=actor.label)
        assign(actor, "person", person.pk, body)
    except ValidationError as error:
        raise refused(error) from error
    # Read for the system: who gives a record away may see it no longer.
    return _profile(queries.person_for(system("answer"), person.pk))


def assign(actor: Actor, kind: str, record_id: uuid.UUID, body: Schema) -> None:
    """Sets the owner and the team that the body names. Raises ValidationError."""
    given: dict[str, int | None] = body.dict(include={"owner_id", "team_id"}, exclude_unset=True)
    if given:
        ownership.assign_one(actor=actor, kind=kind, record_id=record_id, to=cast("Assignment", given))


def refused(error: ValidationError, at: str = "/body/traits") -> Problem:
    """The problem that names each value which does not fit, and what would."""
    if not hasattr(error, "error_dict"):
        return Problem(422, " ".join(error.messages), {"/body": " ".join(error.messages)})
    reasons = {f"{at}/{name}": " ".join(messages) for name, messages in error.message_dict.items()}
    return Problem(422, "Some values do not fit.", reasons)


def _summary(person: Person) -> dict[str, Any]:
    names = PersonOut.model_fields.keys() - {"identifiers"}
    given: dict[str, Any] = {name: getattr(person, name) for name in names}
    shown = sorted(
        person.identifiers.all(),
        key=lambda identifier: (identifier.type, identifier.first_seen_at, identifier.pk),
    )
    given["identifiers"] = [
        {
            "type": identifier.type,
            "value": identifier.value,
            "first_seen_at": identifier.first_seen_at,
            "source": identifier.source,
        }
        for identifier in shown
    ]
    return given


def _profile(person: Person) -> dict[str, Any]:
    stated = person.trait_facts.items()
    return {
        **_summary(person),
        "trait_sources": {
            name: {
                "source": str(fact.get("source", "")),
                "at": str(fact.get("at", "")),
                "others": list(fact.get("others", {}).values()),
            }
            for name, fact in stated
            if name in person.traits
        },
        "merged_ids": [member for member in queries.family(person.pk) if member != person.pk],
        **{name: read(person.pk) for name, read in registry.PROFILE_SECTIONS.items()},
    }
