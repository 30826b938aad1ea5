"""Calls, visits, meetings and notes over REST."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import AwareDatetime, Field

from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Page, Schema, cursor_page
from rapport.core.api.pages import Cursor, Limit
from rapport.core.clock import clock_of
from rapport.events.models import ActivityVersion
from rapport.events.queries import activities as queries
from rapport.events.services import activities as services

router = Router(tags=["activities"])


class ActivityChangeIn(InputSchema):
    """What an activity was; `at` is now when nothing is said."""

    at: AwareDatetime | None = None
    direction: Literal["", "in", "out"] = ""
    outcome: str = Field("", max_length=120)
    minutes: int | None = Field(None, ge=0, le=100_000)
    text: str = Field("", max_length=20_000)
    company_id: uuid.UUID | None = None


class ActivityIn(ActivityChangeIn):
    kind: Literal["call", "visit", "meeting", "note"]


class ActivityOut(Schema):
    id: uuid.UUID
    kind: str
    at: dt.datetime
    direction: str
    outcome: str
    minutes: int | None
    text: str
    company_id: uuid.UUID | None
    version: int
    removed: bool
    by: str


@router.get(
    "/people/{uuid:person_id}/activities",
    response=Page[ActivityOut],
    summary="List activities logged by hand",
)
def list_activities(
    request: HttpRequest, person_id: uuid.UUID, *, cursor: Cursor = None, limit: Limit = 50
) -> dict[str, Any]:
    """Calls, visits, meetings and notes, latest first, each as it was said last."""
    actor = actor_of(request)
    actor.require("people.view")
    rows, following = cursor_page(
        queries.activities(actor, person_id),
        scope=f"activities:{person_id}",
        sort=["-at", "-id"],
        cursor=cursor,
        limit=limit,
    )
    return {"data": [_out(row) for row in rows], "next_cursor": following}


@router.post("/people/{uuid:person_id}/activities", response={201: ActivityOut}, summary="Log an activity")
def log_activity(request: HttpRequest, person_id: uuid.UUID, body: ActivityIn) -> Status[dict[str, Any]]:
    """A call, visit, meeting or note; it appears on the timeline."""
    version = services.log_activity(
        actor=actor_of(request),
        person_id=person_id,
        kind=body.kind,
        details=_said(body, clock_of(request).now()),
    )
    return Status(201, _out(version))


@router.put(
    "/people/{uuid:person_id}/activities/{uuid:activity_id}",
    response=ActivityOut,
    summary="Correct an activity",
)
def correct_activity(
    request: HttpRequest, person_id: uuid.UUID, activity_id: uuid.UUID, body: ActivityChangeIn
) -> dict[str, Any]:
    """Says it anew; what it said before stays in its history."""
    activity = queries.activity_for(actor_of(request), person_id, activity_id)
    before = queries.history(activity)[0]
    details = _said(body, before.at)
    return _out(services.correct_activity(actor=actor_of(request), activity_id=activity.pk, details=details))


@router.delete(
    "/people/{uuid:person_id}/activities/{uuid:activity_id}",
    response={204: None},
    summary="Take an activity off the record",
)
def remove_activity(request: HttpRequest, person_id: uuid.UUID, activity_id: uuid.UUID) -> Status[None]:
    """Its history stays, and a further event says that it was removed."""
    activity = queries.activity_for(actor_of(request), person_id, activity_id)
    services.remove_activity(actor=actor_of(request), activity_id=activity.pk)
    return Status(204, None)


def _said(body: ActivityChangeIn, otherwise: dt.datetime) -> services.Details:
    return services.Details(
        at=body.at or otherwise,
        direction=body.direction,
        outcome=body.outcome,
        minutes=body.minutes,
        text=body.text,
        company_id=body.company_id,
    )


def _out(version: ActivityVersion) -> dict[str, Any]:
    names = ("at", "direction", "outcome", "minutes", "text", "company_id", "removed")
    return {name: getattr(version, name) for name in names} | {
        "id": version.activity_id,
        "kind": version.activity.kind,
        "version": version.number,
        "by": version.actor_label,
    }
