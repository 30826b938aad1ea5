"""Merging, keeping apart and the rules of identity over REST."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any, ClassVar, Literal

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import ConfigDict, Field, StringConstraints

from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Page, Problem, Schema, cursor_page
from rapport.core.api.pages import Cursor, Limit
from rapport.people import identity_types, queries
from rapport.people.models import Merge, Person
from rapport.people.queries import merging as merge_queries
from rapport.people.services import identifier_types, merging, unmerging
from rapport.people.services.identity_trial import try_out

router = Router(tags=["identity"])
Text = Annotated[str, StringConstraints(max_length=254)]
Key = Annotated[str, StringConstraints(max_length=32, pattern=r"^[a-zA-Z][a-zA-Z0-9_.-]{0,31}$")]
Reason = Annotated[str, StringConstraints(max_length=500)]


class MergeOut(Schema):
    """One line of the journal of merges."""

    id: int
    survivor_id: uuid.UUID
    absorbed_id: uuid.UUID
    merged_at: dt.datetime
    rule: str
    evidence: dict[str, Any]
    undone_at: dt.datetime | None
    undone_by: str


class MergeIn(InputSchema):
    absorbed_id: uuid.UUID
    reason: Reason = ""


class UndoIn(InputSchema):
    reason: Reason = ""


class SideOut(Schema):
    """One of two persons as an undo leaves them."""

    person_id: uuid.UUID
    identifiers: list[str]
    traits: dict[str, Any]


class ApartIn(InputSchema):
    other_id: uuid.UUID
    reason: Reason = ""


class ApartOut(Schema):
    """Somebody who is not this person, whatever they share."""

    other_id: uuid.UUID
    reason: str
    decided_at: dt.datetime
    decided_by: str


class TypeIn(InputSchema):
    """The rules of a type of identifier. `most` 0 means any number, counted within `period`."""

    label: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    normaliser: Literal["text", "lower", "digits", "email", "phone"] = "text"
    most: Annotated[int, Field(ge=0, le=100_000)] = 5
    period: Literal["ever", "day", "week", "month"] = "ever"
    priority: Annotated[int, Field(ge=1, le=10_000)] = 100
    merges: bool = True
    unique: bool = True
    identifies: bool = False
    trait: Annotated[str, StringConstraints(max_length=100)] = ""
    blocked_values: Annotated[list[Text], Field(max_length=1000)] = []
    blocked_pattern: Annotated[str, StringConstraints(max_length=200)] = ""


class TypeOut(TypeIn):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="ignore")

    key: str


class IdentityTrialIn(InputSchema):
    identifiers: Annotated[dict[Key, Text], Field(min_length=1, max_length=20)]


class StepOut(Schema):
    type: str
    value: str | None
    owner_id: uuid.UUID | None
    why: str


class IdentityTrialOut(Schema):
    """Whom an event with these identifiers would belong to; nothing is written."""

    person_id: uuid.UUID | None
    joins: list[uuid.UUID]
    identifiers: list[StepOut]


@router.get("/people/{uuid:person_id}/merges", response=Page[MergeOut], summary="List a person's merges")
def list_merges(
    request: HttpRequest, person_id: uuid.UUID, cursor: Cursor = None, limit: Limit = 50
) -> dict[str, Any]:
    """Newest first, undone ones too, with their evidence."""
    person = queries.person_for(actor_of(request), person_id)
    rows, following = cursor_page(
        queries.merges_of(person), scope="merges", sort=("-id",), cursor=cursor, limit=limit
    )
    return {"data": rows, "next_cursor": following}


@router.post("/people/{uuid:person_id}/merges", response={201: MergeOut}, summary="Merge two people")
def create_merge(request: HttpRequest, person_id: uuid.UUID, body: MergeIn) -> Status[Merge]:
    """Makes `absorbed_id` part of this person, who keeps their id. It can be undone."""
    actor = actor_of(request)
    actor.require("people.edit")
    first, other = queries.person_for(actor, person_id), queries.person_for(actor, body.absorbed_id)
    evidence = {"reason": body.reason} if body.reason else {}
    try:
        merge = merging.merge_people(
            actor=actor, survivor_id=first.pk, absorbed_id=other.pk, rule="by hand", evidence=evidence
        )
    except merging.CannotMerge as error:
        raise Problem(409, str(error)) from error
    return Status(201, merge)


def _merge_of(request: HttpRequest, person_id: uuid.UUID, merge_id: int) -> Merge:
    person = queries.person_for(actor_of(request), person_id)
    merge = queries.merges_of(person).filter(pk=merge_id).first() if merge_id < 2**63 else None
    if merge is None:
        raise Http404("no such merge")
    return merge


@router.get(
    "/people/{uuid:person_id}/merges/{int:merge_id}/undoing",
    response=list[SideOut],
    summary="Preview undoing a merge",
)
def preview_undoing(request: HttpRequest, person_id: uuid.UUID, merge_id: int) -> list[dict[str, Any]]:
    """Who would get what: first who keeps this id, then who is parted. 409 when it cannot be undone."""
    merge = _merge_of(request, person_id, merge_id)
    try:
        sides = unmerging.preview(merge)
    except unmerging.CannotUnmerge as error:
        raise Problem(409, str(error)) from error
    return [
        {
            "person_id": side.head,
            "identifiers": [str(identifier) for identifier in side.identifiers],
            "traits": side.traits,
        }
        for side in sides
    ]


@router.post(
    "/people/{uuid:person_id}/merges/{int:merge_id}/undoing",
    response={201: MergeOut},
    summary="Undo a merge",
)
def undo_merge(request: HttpRequest, person_id: uuid.UUID, merge_id: int, body: UndoIn) -> Status[Merge]:
    """Parts two people again with everything since, and keeps them apart. 409 when it cannot be undone."""
    actor = actor_of(request)
    actor.require("people.edit")
    merge = _merge_of(request, person_id, merge_id)
    try:
        unmerging.undo_merge(actor=actor, merge=merge, reason=body.reason)
    except unmerging.CannotUnmerge as error:
        raise Problem(409, str(error)) from error
    merge.refresh_from_db()
    return Status(201, merge)


@router.get("/people/{uuid:person_id}/apart", response=list[ApartOut], summary="List who is kept apart")
def list_apart(request: HttpRequest, person_id: uuid.UUID) -> list[dict[str, Any]]:
    """People of whom somebody said that they are not this person."""
    actor = actor_of(request)
    person = queries.person_for(actor, person_id)
    return [_apart(other, line) for line, other in merge_queries.apart_from(actor, person)]


def _apart(other: Person, line: Any) -> dict[str, Any]:
    return {
        "other_id": other.pk,
        "reason": line.reason,
        "decided_at": line.decided_at,
        "decided_by": line.decided_by,
    }


@router.post("/people/{uuid:person_id}/apart", response={201: ApartOut}, summary="Keep two people apart")
def keep_apart(request: HttpRequest, person_id: uuid.UUID, body: ApartIn) -> Status[dict[str, Any]]:
    """Says that two are different people: nothing joins them any more, nor through others."""
    actor = actor_of(request)
    actor.require("people.edit")
    first, other = queries.person_for(actor, person_id), queries.person_for(actor, body.other_id)
    try:
        line = merging.keep_apart(actor=actor, first_id=first.pk, other_id=other.pk, reason=body.reason)
    except merging.CannotMerge as error:
        raise Problem(409, str(error)) from error
    return Status(201, _apart(other, line))


@router.delete(
    "/people/{uuid:person_id}/apart/{uuid:other_id}", response={204: None}, summary="Allow merging again"
)
def allow_merging(request: HttpRequest, person_id: uuid.UUID, other_id: uuid.UUID) -> Status[None]:
    """Takes back what keeps two people apart; it does not merge them."""
    actor = actor_of(request)
    actor.require("people.edit")
    first, other = queries.person_for(actor, person_id), queries.person_for(actor, other_id)
    merging.allow_merging(actor=actor, first_id=first.pk, other_id=other.pk)
    return Status(204, None)


@router.get("/identifier-types", response=list[TypeOut], summary="List types of identifiers")
def list_types(request: HttpRequest) -> list[dict[str, Any]]:
    """Strongest first, built-in ones too."""
    actor_of(request).require("people.view")
    return [_type(key) for key in identity_types.refresh(now=True).by_key]


def _type(key: str) -> dict[str, Any]:
    type_columns = identifier_types.settings_of(identity_types.current().by_key[key])
    given = {name: getattr(type_columns, name) for name in type_columns.__slots__}
    return {**given, "key": key, "blocked_values": list(type_columns.blocked_values)}


@router.put("/identifier-types/{key}", response=TypeOut, summary="Add or change a type of identifiers")
def put_type(request: HttpRequest, key: Key, body: TypeIn) -> dict[str, Any]:
    """In force in every worker within seconds, for events from then on."""
    given = body.dict() | {"blocked_values": tuple(body.blocked_values)}
    try:
        row = identifier_types.save_type(
            actor=actor_of(request), key=key, columns=identifier_types.TypeSettings(**given)
        )
    except ValidationError as error:
        errors = {f"/body/{name}": " ".join(texts) for name, texts in error.message_dict.items()}
        raise Problem(422, "The type cannot be saved; see errors.", errors) from error
    given = {name: getattr(row, name) for name in TypeIn.model_fields}
    return {**given, "key": row.key}


@router.delete("/identifier-types/{key}", response={204: None}, summary="Remove a type of identifiers")
def delete_type(request: HttpRequest, key: Key) -> Status[None]:
    """A built-in type gets its own rules back. 409 while somebody is recognised by it."""
    try:
        identifier_types.remove_type(actor=actor_of(request), key=key)
    except ValidationError as error:
        raise Problem(409, " ".join(error.messages)) from error
    return Status(204, None)


@router.post("/identity-trials", response=IdentityTrialOut, summary="Try identifiers out")
def trial(request: HttpRequest, body: IdentityTrialIn) -> dict[str, Any]:
    """Whose an event with these identifiers would be, which people it would join, and why."""
    trial_result = try_out(actor=actor_of(request), given=list(body.identifiers.items()))
    return {
        "person_id": trial_result.person.pk if trial_result.person else None,
        "joins": [join.pk for join in trial_result.joins],
        "identifiers": [
            {
                "type": step.kind,
                "value": step.value,
                "owner_id": step.owner.pk if step.owner else None,
                "why": step.note,
            }
            for step in trial_result.steps
        ],
    }
