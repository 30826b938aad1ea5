"""Replays over the API: a draft or a version tried over past events, and one person walked through."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Status

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.journeys import queries
from rapport.journeys.api.problems import refused
from rapport.journeys.api.replay_schemas import HoldoutOut, ReplayDetailOut, ReplayIn, ReplayOut
from rapport.journeys.masks import Masks
from rapport.journeys.models import Replay
from rapport.journeys.services import holdout_effect
from rapport.journeys.services.replaying import replays, walking
from rapport.journeys.services.replaying.reading import Span
from rapport.people.queries import person_for

router = Router(tags=["journeys"])
Days = Annotated[int, Query(ge=1, le=400)]
Version = Annotated[int | None, Query(ge=1, le=2_147_483_647, description="Without it: the draft.")]


@router.post("/{journey_id}/replays", response={202: ReplayOut}, summary="Try a journey over past events")
def create_replay(request: HttpRequest, journey_id: uuid.UUID, body: ReplayIn) -> Status[dict[str, Any]]:
    """In the background and without effects; who would have entered, what they would have got, and what objects."""
    actor, clock = actor_of(request), clock_of(request)
    actor.require(replays.PERMISSION)
    with refused():
        row = replays.order(
            actor=actor,
            journey_id=journey_id,
            span=_span(body, clock.now()),
            version=body.version or "draft",
            against=body.against,
            clock=clock,
        )
    return Status(202, _shown(row))


@router.get("/{journey_id}/replays", response=list[ReplayOut], summary="List a journey's replays")
def list_replays(request: HttpRequest, journey_id: uuid.UUID) -> list[dict[str, Any]]:
    """Those of the last thirty days, newest first, a hundred at most."""
    actor = actor_of(request)
    actor.require("journeys.view")
    return [_shown(row) for row in queries.replays(queries.journey_for(actor, journey_id))[:100]]


@router.get("/{journey_id}/replays/{replay_id}", response=ReplayDetailOut, summary="Read a replay")
def get_replay(request: HttpRequest, journey_id: uuid.UUID, replay_id: uuid.UUID) -> dict[str, Any]:
    """With some of the people in it."""
    actor = actor_of(request)
    actor.require("journeys.view")
    row = queries.replay_for(actor, queries.journey_for(actor, journey_id), replay_id)
    masks = Masks(actor)
    samples = [
        {
            "person_id": sample.person_id,
            "person": str(sample.person),
            "why": sample.why,
            "data": masks.document(sample.data, row.definition["trigger"]),
        }
        for sample in queries.samples_of(actor, row)
    ]
    assumptions = [queries.assumption_words(entry) for entry in row.result.get("assumptions", ())]
    return {**_shown(row), "samples": samples, "assumptions": assumptions}


@router.get("/{journey_id}/holdout", response=HoldoutOut | None, summary="Read what a journey brings")
def get_holdout(request: HttpRequest, journey_id: uuid.UUID) -> dict[str, Any] | None:
    """The goal's rate beside that of the holdout; null without a goal, or while nobody is held back."""
    actor = actor_of(request)
    actor.require("journeys.view")
    shown = holdout_effect.effect(queries.journey_for(actor, journey_id))
    if shown is None:
        return None
    sides = {"treated": shown.treated, "holdout": shown.holdout}
    return {
        "days": shown.days,
        **{name: {"people": arm.persons, "reached": arm.total} for name, arm in sides.items()},
        "lift": shown.goal.share.estimate,
        "low": shown.goal.share.low,
        "high": shown.goal.share.high,
        "altogether": shown.goal.altogether.estimate,
    }


@router.get("/{journey_id}/walks/{person_id}", response=dict[str, Any], summary="Walk one person through")
def get_walk(
    request: HttpRequest,
    journey_id: uuid.UUID,
    person_id: uuid.UUID,
    days: Days = 30,
    version: Version = None,
) -> dict[str, Any]:
    """Over their events of the last so many days, moment by moment: what happened, where they stood, and why."""
    actor, now = actor_of(request), clock_of(request).now()
    actor.require("journeys.view")
    journey, person = queries.journey_for(actor, journey_id), person_for(actor, person_id)
    with refused():
        number, definition = replays.definition_of(journey, version or "draft")
    span = Span(now - dt.timedelta(days=days), now)
    walk = walking.walk(journey, definition, person.pk, span, now=now)
    shown = Masks(actor).document(walking.shown(walk), definition["trigger"])
    return {"version": number, **shown}


def _span(body: ReplayIn, now: dt.datetime) -> Span:
    if body.since is not None and body.days is None:
        return Span(body.since, body.until or now)
    if body.days is None:
        raise ValidationError({"days": _("Say how many days, or from when.")})
    return Span(now - dt.timedelta(days=body.days), now)


def _shown(row: Replay) -> dict[str, Any]:
    job = row.job
    names = ("id", "journey_id", "version", "since", "until", "created_at", "result", "job_id")
    return {
        **{name: getattr(row, name) for name in names},
        "against": None if row.against is None else row.against_version or "draft",
        "state": job.state if job else "done" if row.result else "gone",
        "done": job.done if job else 0,
        "total": job.total if job else 0,
        "error": job.last_error if job else "",
    }
