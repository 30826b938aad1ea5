"""What begins a campaign, over the API, and the call that lets a person in."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from ninja import Router, Status
from pydantic import AwareDatetime, Field

from rapport.campaigns import queries
from rapport.campaigns.api.refusing import refusals
from rapport.campaigns.models import Campaign, CampaignRule
from rapport.campaigns.services import entries, rules
from rapport.core.access import Actor, actor_of
from rapport.core.api import InputSchema, Problem, Schema
from rapport.core.clock import clock_of
from rapport.people import queries as people
from rapport.people.models import Person

router = Router(tags=["campaigns"])
CALLED = {"at": "time"}  # what services call a value, and what a schedule does
ScheduleKind = Literal["once", "recurring", "event", "api"]
Unit = Literal["day", "week", "month"]
Operator = Literal["is", "is_not", "contains", "above", "below"]
EntryState = Literal["waiting", "taken", "refused"]


class ConditionIn(InputSchema):
    property: str = Field(min_length=1, max_length=100, description="Dots lead into objects.")
    operator: Operator = "is"
    value: str = Field("", max_length=200)


class ScheduleIn(InputSchema):
    """What begins it. `once`: at `at`, when it is sent. `recurring`: every so many units, at `time` in `zone`.
    `event`: after the event. `api`: by `POST /campaigns/{id}/triggers`. All but `once` begin with `/send`.
    """

    kind: ScheduleKind = "once"
    at: AwareDatetime | None = None
    unit: Unit | None = None
    every: int | None = Field(None, ge=1, le=365)
    weekdays: list[int] | None = Field(None, max_length=7, description="Monday is 0.")
    month_day: int | None = Field(None, ge=1, le=31, description="31 is the last day of each month.")
    time: dt.time | None = None
    zone: str | None = Field(None, max_length=64)
    starts: dt.date | None = None
    event: str | None = Field(None, max_length=200)
    conditions: list[ConditionIn] | None = Field(None, max_length=10)
    delay_minutes: int | None = Field(None, ge=0)
    again_days: int | None = Field(None, ge=0, description="None: once for each person. 0: each time.")


class ConditionOut(Schema):
    property: str
    operator: Operator
    value: str


class ScheduleOut(Schema):
    kind: ScheduleKind
    at: dt.datetime | None = None
    unit: Unit | None = None
    every: int | None = None
    weekdays: list[int] = Field(default_factory=list)
    month_day: int | None = None
    time: dt.time | None = None
    zone: str = ""
    starts: dt.date | None = None
    event: str = ""
    conditions: list[ConditionOut] = Field(default_factory=list)
    delay_minutes: int = 0
    again_days: int | None = None


class TriggerIn(InputSchema):
    """Whom it is for: a person by id, or `to` with one identifier. `data` is printed as `{{ data.… }}`."""

    person: uuid.UUID | None = None
    to: dict[str, str] = Field(default_factory=dict, max_length=1)
    data: dict[str, Any] = Field(default_factory=dict)


class TriggerOut(Schema):
    id: uuid.UUID
    person: uuid.UUID
    state: EntryState
    reason: str = Field(description="Why it came to nothing: before, segment, late or stopped.")
    due_at: dt.datetime


def set_schedule(actor: Actor, campaign: Campaign, given: ScheduleIn) -> None:
    values = given.model_dump(exclude={"kind", "at", "time"}, exclude_none=True)
    kind = "" if given.kind == "once" else given.kind
    if kind or rules.rule_of(campaign):
        try:
            rules.set_rule(actor=actor, campaign=campaign, kind=kind, at=given.time, **values)
        except ValidationError as error:
            words = {CALLED.get(name, name): " ".join(why) for name, why in error.message_dict.items()}
            where = {f"/body/schedule/{name}": why for name, why in words.items()}
            raise Problem(422, error.messages[0], where) from error


def schedule_out(campaign: Campaign) -> ScheduleOut:
    rule = rules.rule_of(campaign)
    if rule is None:
        at = campaign.send.send_at if campaign.send else campaign.planned_at
        return ScheduleOut(kind="once", at=at)
    names = rules.FIELDS[CampaignRule.Kind(rule.kind)]
    values: dict[str, Any] = {name: getattr(rule, name) for name in names if name != "at"}
    if rule.kind == CampaignRule.Kind.RECURRING:
        values["time"] = rule.at
    return ScheduleOut.model_validate({"kind": rule.kind, **values})


@router.post(
    "/{uuid:campaign_id}/triggers", response={202: TriggerOut}, summary="Let a person into a campaign"
)
def trigger(request: HttpRequest, campaign_id: uuid.UUID, body: TriggerIn) -> Any:
    """Of a campaign that begins by call. With an `Idempotency-Key` once, for ever."""
    actor = actor_of(request)
    campaign = queries.campaign_for(actor, campaign_id)
    key = request.headers.get("Idempotency-Key", "")
    with refusals():
        row = entries.enter(
            actor=actor, campaign=campaign, person=_person(actor, body), data=body.data, key=key,
            clock=clock_of(request),
        )  # fmt: skip
    return Status(
        202, {**{n: getattr(row, n) for n in ("id", "state", "reason", "due_at")}, "person": row.person_id}
    )


def _person(actor: Actor, body: TriggerIn) -> Person:
    if (body.person is None) == (not body.to):
        raise Problem(422, "Name a person, by id or by one identifier.", {"/body/person": "needed"})
    if body.person is not None:
        person: Person | None = people.person_for(actor, body.person)
    else:
        ((type_, value),) = body.to.items()
        person = people.find(actor, f"{type_}:{value}")
    if person is None:
        raise Http404
    people.require_persons(actor, "campaigns.send", [person.pk])
    return person
