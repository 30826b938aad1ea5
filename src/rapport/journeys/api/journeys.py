"""Journeys over the API: written, checked, published, paused; who is on them; people let in and taken out."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from rapport.core.access import actor_of
from rapport.core.api import Limit, Page, cursor_page
from rapport.core.api.pages import Cursor
from rapport.journeys import queries
from rapport.journeys.api.problems import refused
from rapport.journeys.api.schemas import (
    EnrolmentDetailOut,
    EnrolmentIn,
    EnrolmentOut,
    JourneyDetailOut,
    JourneyIn,
    JourneyOut,
    JourneyPatch,
    PauseIn,
    PublicationIn,
)
from rapport.journeys.masks import Masks
from rapport.journeys.models import Enrolment, Journey
from rapport.journeys.services import definitions, journeys, transfers

router = Router(tags=["journeys"])


@router.get("", response=Page[JourneyOut], summary="List journeys")
def list_journeys(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Without the archived, newest first."""
    actor = actor_of(request)
    actor.require("journeys.view")
    rows = queries.journeys(actor)
    data, following = cursor_page(
        rows, scope="journeys", sort=("-created_at", "pk"), cursor=cursor, limit=limit
    )
    return {"data": [_shown(row) for row in data], "next_cursor": following}


@router.post("", response={201: JourneyDetailOut}, summary="Write a journey")
def create_journey(request: HttpRequest, body: JourneyIn) -> Status[dict[str, Any]]:
    """A draft. It may have problems; they are in the answer."""
    with refused():
        row = journeys.create(actor=actor_of(request), name=body.name, definition=body.definition)
    return Status(201, _detailed(row))


@router.get("/schema", response=dict[str, Any], summary="Read the schema of definitions")
def get_journey_schema(request: HttpRequest) -> dict[str, Any]:
    """JSON Schema 2020-12, with every kind of step."""
    actor_of(request).require("journeys.view")
    return definitions.schema()


@router.get("/{journey_id}", response=JourneyDetailOut, summary="Read a journey")
def get_journey(request: HttpRequest, journey_id: uuid.UUID) -> dict[str, Any]:
    """The draft, what is live, what is wrong, and how many are where."""
    actor = actor_of(request)
    actor.require("journeys.view")
    return _detailed(queries.journey_for(actor, journey_id))


@router.patch("/{journey_id}", response=JourneyDetailOut, summary="Change a journey's draft")
def update_journey(request: HttpRequest, journey_id: uuid.UUID, body: JourneyPatch) -> dict[str, Any]:
    """What is live goes on as it is until the draft is published."""
    with refused():
        row = journeys.edit(actor=actor_of(request), journey_id=journey_id, **body.dict(exclude_unset=True))
    return _detailed(row)


@router.post("/{journey_id}/publication", response=JourneyDetailOut, summary="Publish a journey")
def publish_journey(
    request: HttpRequest, journey_id: uuid.UUID, body: PublicationIn | None = None
) -> dict[str, Any]:
    """New people enter by this version; those who are on an earlier one finish by that, or go on at a step of this."""
    actor = actor_of(request)
    with refused():
        numbers = dict(queries.journey_for(actor, journey_id).versions.values_list("number", "pk"))
        moves = [
            transfers.Transfer(numbers.get(move.version, 0), move.step, move.to)
            for move in (body.moves if body else ())
        ]
        transfers.publish(actor=actor, journey_id=journey_id, moves=moves)
    return _detailed(queries.journey_for(actor, journey_id))


@router.put("/{journey_id}/pause", response=JourneyDetailOut, summary="Pause a journey, or let it go on")
def pause_journey(request: HttpRequest, journey_id: uuid.UUID, body: PauseIn) -> dict[str, Any]:
    """While it is paused nobody enters and nobody goes on."""
    with refused():
        row = journeys.pause(actor=actor_of(request), journey_id=journey_id, undo=not body.paused)
    return _detailed(row)


@router.delete("/{journey_id}", response={204: None}, summary="Archive a journey")
def archive_journey(request: HttpRequest, journey_id: uuid.UUID) -> Status[None]:
    """Whoever is on it stands still."""
    journeys.archive(actor=actor_of(request), journey_id=journey_id)
    return Status(204, None)


@router.get("/{journey_id}/enrolments", response=Page[EnrolmentOut], summary="List who is on a journey")
def list_enrolments(
    request: HttpRequest, journey_id: uuid.UUID, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Those who are and were on it, newest first."""
    actor = actor_of(request)
    actor.require("journeys.view")
    rows = queries.enrolments(actor, queries.journey_for(actor, journey_id)).select_related("journey")
    data, following = cursor_page(
        rows, scope="enrolments", sort=("-entered_at", "pk"), cursor=cursor, limit=limit
    )
    masks = Masks(actor)
    return {"data": [enrolment_shown(row, masks) for row in data], "next_cursor": following}


@router.post("/{journey_id}/enrolments", response={201: EnrolmentOut}, summary="Let somebody in")
def create_enrolment(
    request: HttpRequest, journey_id: uuid.UUID, body: EnrolmentIn
) -> Status[dict[str, Any]]:
    """By the rules of entry; who is refused gets 422 with the reason."""
    with refused():
        row = journeys.enrol(actor=actor_of(request), journey_id=journey_id, **body.dict())
    return Status(201, enrolment_shown(row, Masks(actor_of(request))))


@router.get("/enrolments/{enrolment_id}", response=EnrolmentDetailOut, summary="Read an enrolment")
def get_enrolment(request: HttpRequest, enrolment_id: int) -> dict[str, Any]:
    """With every step they passed, and why."""
    actor = actor_of(request)
    actor.require("journeys.view")
    row = queries.enrolment_for(actor, enrolment_id)
    passed = list(queries.passages(row).values("step", "branch", "at", "because"))
    masks = Masks(actor)
    shown = masks.document(passed, row.version.definition["trigger"])
    return {**enrolment_shown(row, masks), "passed": shown}


@router.delete("/enrolments/{enrolment_id}", response=EnrolmentOut, summary="Take somebody out")
def delete_enrolment(request: HttpRequest, enrolment_id: int) -> dict[str, Any]:
    """Nothing more happens to them on it; what has ended stays as it ended."""
    actor = actor_of(request)
    return enrolment_shown(journeys.remove(actor=actor, enrolment_id=enrolment_id), Masks(actor))


def enrolment_shown(row: Enrolment, masks: Masks) -> dict[str, Any]:
    fields = ("id", "journey_id", "person_id", "key", "step", "due_at", "awaited")
    more = ("entered_at", "ended_at", "outcome", "error")
    values = {name: getattr(row, name) for name in (*fields, *more)}
    values["key"] = masks.key(row.version.definition["trigger"], row.key)
    return {**values, "journey": row.journey.name, "version": row.version.number, "since": row.moved_at}


def _shown(row: Journey) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in ("id", "name", "state", "revision", "created_at")}
    return {**values, "version": row.live.number if row.live else None}


def _detailed(row: Journey) -> dict[str, Any]:
    return {
        **_shown(row),
        "definition": row.draft,
        "live": row.live.definition if row.live else None,
        "problems": definitions.check(row.draft),
        "figures": queries.figures(row),
        "standing": queries.standing_by_step(row),
    }
