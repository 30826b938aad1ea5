"""Experiments over the API: planned, read, begun, decided, and asked which variant somebody gets."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Router, Status

from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Limit, Page, Schema, cursor_page
from rapport.core.api.pages import Cursor
from rapport.experiments import queries
from rapport.experiments.models import Experiment
from rapport.experiments.services import assignments, experiments
from rapport.experiments.services.experiments import Plan, Way
from rapport.experiments.services.results import Row, results
from rapport.experiments.statistics.sequential import Interval
from rapport.people.queries import person_for

router = Router(tags=["experiments"])
About = Literal["subject", "content", "sender", "offer", "time", "channel", "page"]
ExperimentState = Literal["draft", "running", "decided", "stopped"]
Decision = Literal["hand", "auto"]


class WayIn(InputSchema):
    """A variant and its share. Whoever is in the holdout gets none."""

    name: str = Field(min_length=1, max_length=120)
    weight: int = Field(1, ge=1, le=1_000)
    is_holdout: bool = False
    reference: str = Field("", max_length=64, description="What your program calls it.")


class ExperimentIn(InputSchema):
    """What is varied, by what it is judged, and what is expected. It stands once the experiment has begun."""

    key: str = Field(min_length=1, max_length=40)
    name: str = Field(min_length=1, max_length=120)
    about: About
    variants: list[WayIn] = Field(min_length=2, max_length=11)
    event: str = Field("Order Completed", min_length=1, max_length=200)
    value_property: str = Field("", max_length=64, description="Sums this property; else people are counted.")
    window_days: int = Field(7, ge=1, le=365)
    base: float = Field(
        gt=0, description="The expected rate (0 to 1) or, of a property, its mean per person."
    )
    deviation: float = Field(0, ge=0, description="Of a property: how much it differs between people.")
    effect: float = Field(0.1, gt=0, description="The smallest relative effect that matters.")
    alpha: float = Field(0.05, gt=0, lt=0.5, description="The risk of a false winner.")
    decision: Decision = "hand"


class IntervalOut(Schema):
    """Holds the truth at all times at once, but for the stated risk; without ends while it is too early to say."""

    estimate: float
    low: float | None
    high: float | None


class VariantOut(Schema):
    key: str
    name: str
    weight: int
    is_holdout: bool
    reference: str
    persons: int
    total: float
    mean: float
    difference: IntervalOut | None = Field(None, description="Against the first variant, per person.")
    share: IntervalOut | None = Field(None, description="The same as a share of the first.")


class ExperimentOut(Schema):
    key: str
    name: str
    about: About
    state: ExperimentState
    event: str
    value_property: str
    window_days: int
    alpha: float
    effect: float
    planned: int = Field(description="People per variant that were meant before it began.")
    decision: Decision
    winner: str | None
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
    counted_at: dt.datetime | None


class ExperimentResultsOut(ExperimentOut):
    variants: list[VariantOut]
    is_balanced: bool = Field(
        description="False: people do not come in the ordered shares; believe no figure."
    )
    best: str | None = Field(description="The variant that is certain to be better than every other.")
    lift: IntervalOut | None = Field(description="Against the holdout, as a share.")


class StateIn(InputSchema):
    """`decided` needs the winner's key."""

    state: Literal["running", "decided", "stopped"]
    variant: str = Field("", max_length=40)


class AssignmentIn(InputSchema):
    """Whom it is for: a person, or a device while nobody is known. Without `expose` nothing is kept or counted."""

    person_id: uuid.UUID | None = None
    anonymous_id: str = Field("", max_length=254)
    expose: bool = True


class AssignmentOut(Schema):
    variant: str | None = Field(description="None while the experiment does not run.")
    is_holdout: bool = False
    reference: str = ""


def _shown(row: Experiment) -> dict[str, Any]:
    names = ExperimentOut.model_fields
    return {name: getattr(row, name) for name in names} | {"winner": row.winner.key if row.winner else None}


def _interval(given: Interval | None) -> dict[str, float | None] | None:
    return {"estimate": given.estimate, "low": given.low, "high": given.high} if given else None


def _variant(row: Row) -> dict[str, Any]:
    names = ("key", "name", "weight", "is_holdout", "reference", "persons", "total")
    shown = {name: getattr(row.variant, name) for name in names}
    return shown | {
        "mean": row.arm.mean,
        "difference": _interval(row.difference),
        "share": _interval(row.share),
    }


def _with_results(row: Experiment) -> dict[str, Any]:
    counted = results(row)
    variants = [*counted.rows, *([counted.holdout] if counted.holdout else [])]
    return _shown(row) | {
        "variants": [_variant(entry) for entry in variants],
        "is_balanced": counted.is_balanced,
        "best": counted.best.key if counted.best else None,
        "lift": _interval(counted.lift.share) if counted.lift else None,
    }


@router.get("", response=Page[ExperimentOut], summary="List experiments, newest first")
def list_experiments(request: HttpRequest, limit: Limit, cursor: Cursor = None) -> dict[str, Any]:
    actor_of(request).require("experiments.view")
    rows = queries.experiments(actor_of(request))
    sort = ("-created_at", "id")
    data, following = cursor_page(rows, scope="experiments", sort=sort, cursor=cursor, limit=limit)
    return {"data": [_shown(row) for row in data], "next_cursor": following}


@router.post("", response={201: ExperimentResultsOut}, summary="Plan an experiment")
def create_experiment(request: HttpRequest, body: ExperimentIn) -> Status[dict[str, Any]]:
    """A draft; `planned` says how many people each variant needs."""
    actor = actor_of(request)
    actor.require("experiments.edit")
    values = body.dict(exclude={"variants", "base", "deviation", "effect", "alpha"})
    ways = [Way(**way.dict()) for way in body.variants]
    plan = Plan(body.base, body.effect, body.alpha, body.deviation)
    return Status(201, _with_results(experiments.create(actor=actor, ways=ways, plan=plan, **values)))


@router.get("/{key}", response=ExperimentResultsOut, summary="Read an experiment with its results")
def get_experiment(request: HttpRequest, key: str) -> dict[str, Any]:
    """As counted last: every quarter of an hour while it runs."""
    actor_of(request).require("experiments.view")
    return _with_results(queries.experiment_for(actor_of(request), key))


@router.put("/{key}/state", response=ExperimentResultsOut, summary="Begin, decide or stop an experiment")
def set_experiment_state(request: HttpRequest, key: str, body: StateIn) -> dict[str, Any]:
    """A decision gives everybody the winner from then on."""
    actor = actor_of(request)
    actor.require("experiments.edit")
    row = queries.experiment_for(actor, key)
    if body.state == "running":
        row = experiments.start(actor=actor, experiment=row)
    elif body.state == "stopped":
        row = experiments.stop(actor=actor, experiment=row)
    else:
        row = experiments.decide(actor=actor, experiment=row, variant_key=body.variant)
    return _with_results(row)


@router.post("/{key}/assignments", response=AssignmentOut, summary="Ask which variant somebody gets")
def assign_variant(request: HttpRequest, key: str, body: AssignmentIn) -> dict[str, Any]:
    """The same one whenever it is asked. With `expose` it is counted from now on, and `Experiment Viewed` is told."""
    actor = actor_of(request)
    actor.require("experiments.assign")
    row = queries.experiment_for(actor, key)
    if body.person_id is None and not body.anonymous_id:
        raise ValidationError({"person_id": _("Name a person or a device.")})
    person = person_for(actor, body.person_id) if body.person_id else None
    variant = assignments.variant_for(
        row, person_id=person.pk if person else None, anonymous_id=body.anonymous_id, expose=body.expose
    )
    if variant is None:
        return {"variant": None}
    return {"variant": variant.key, "is_holdout": variant.is_holdout, "reference": variant.reference}
