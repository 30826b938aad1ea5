"""A person's journeys over the API: where they are, and why they are not on one."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.journeys import queries
from rapport.journeys.api.journeys import enrolment_shown
from rapport.journeys.api.schemas import EnrolmentOut, WhyNotOut
from rapport.journeys.masks import Masks
from rapport.journeys.services import entering
from rapport.journeys.services.replaying import why_not
from rapport.journeys.services.replaying.reading import Span
from rapport.journeys.services.replaying.why_not import Chance
from rapport.journeys.services.world import LiveWorld
from rapport.people.queries import person_for

router = Router(tags=["journeys"])
RunKey = Annotated[str, Query(max_length=200, description="Which of several runs, such as an order.")]

Days = Annotated[int, Query(ge=1, le=400)]


@router.get("/{person_id}/journeys", response=list[EnrolmentOut], summary="Read a person's journeys")
def get_person_journeys(request: HttpRequest, person_id: uuid.UUID) -> list[dict[str, Any]]:
    """Where they are, since when and what comes next; those that go on first, a hundred at most."""
    actor = actor_of(request)
    actor.require("journeys.view")
    person = person_for(actor, person_id)
    masks = Masks(actor)
    return [enrolment_shown(row, masks) for row in queries.enrolments_of([person.pk])[:100]]


@router.get(
    "/{person_id}/journeys/{journey_id}/why-not",
    response=WhyNotOut,
    summary="Why somebody is not on a journey",
)
def get_why_not(
    request: HttpRequest, person_id: uuid.UUID, journey_id: uuid.UUID, key: RunKey = "", days: Days = 30
) -> dict[str, Any]:
    """Asked of the live version now, and of each event of the last so many days: which rule refused it, and when."""
    actor = actor_of(request)
    actor.require("journeys.view")
    journey, person = queries.journey_for(actor, journey_id), person_for(actor, person_id)
    now, masks = clock_of(request).now(), Masks(actor)
    if journey.live is None or journey.state != "live":
        reason = "not_live"
    elif queries.enrolments_of([person.pk]).filter(journey=journey, key=key, ended_at=None).exists():
        reason = "on_it"
    else:
        pair = (person.pk, key)
        refused = entering.refusals(journey, journey.live, [pair], LiveWorld(now), now)
        reason = refused.get(pair, "")
    return {
        "may_enter": not reason,
        "reason": reason,
        "explanation": queries.refusal_words(reason) if reason else "",
        "history": [
            masks.document(
                _chance_shown(row),
                (journey.live.definition if journey.live else journey.draft).get("trigger", {}),
            )
            for row in why_not.history(journey, person.pk, Span(now - dt.timedelta(days=days), now))
        ],
    }


def _chance_shown(row: Chance) -> dict[str, Any]:
    return {**dataclasses.asdict(row), "explanation": queries.refusal_words(row.reason)}
