"""What journeys ask of programs and people over the API: answers, crowds that are let in, tasks, playbooks."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal

from django.http import Http404, HttpRequest
from ninja import Field, Router, Status

from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Limit, Page, Schema, cursor_page
from rapport.core.api.pages import Cursor
from rapport.core.api.problems import refusals
from rapport.journeys import queries
from rapport.journeys.models import Intake, JourneyTask
from rapport.journeys.services import answering, intakes, tasks
from rapport.journeys.services.playbooks import PLAYBOOKS, making

router = Router(tags=["journeys"])
TaskState = Literal["open", "done", "approved", "denied", "over"]
TaskKind = Literal["notice", "task", "approval"]
IntakeState = Literal["running", "ended", "stopped"]


class AnswerIn(InputSchema):
    """The step at which somebody waits, the way they go, and what later steps may ask for."""

    step: str = Field(max_length=40)
    branch: str = Field(max_length=40)
    answer: dict[str, Any] | None = None


class AnswerOut(Schema):
    enrolment: int
    step: str
    branch: str


class IntakeIn(InputSchema):
    segment: str = Field(max_length=200, description="Its key.")
    per_hour: int | None = Field(None, ge=1, le=10_000_000)


class IntakePreviewOut(Schema):
    """`refused` counts by reason; of the first 20,000 members."""

    members: int
    looked_at: int
    enter: int
    refused: dict[str, int]


class IntakeOut(Schema):
    id: uuid.UUID
    segment: str
    state: IntakeState
    per_hour: int | None = None
    looked_at: int
    entered: int
    started_at: dt.datetime


class TaskOut(Schema):
    id: int
    kind: TaskKind
    state: TaskState
    title: str
    text: str
    journey_id: uuid.UUID
    person_id: uuid.UUID
    assignee: str = Field(description="The email of whose it is; empty: anybody's.")
    due_at: dt.datetime | None = None
    created_at: dt.datetime
    ended_by: str
    note: str


class TaskAnswerIn(InputSchema):
    answer: Literal["done", "approved", "denied"]
    note: str = Field("", max_length=500)


class QuestionOut(Schema):
    name: str
    label: str
    kind: str
    required: bool
    initial: Any = None


class PlaybookOut(Schema):
    key: str
    name: str
    text: str
    questions: list[QuestionOut]


class PlaybookIn(InputSchema):
    """`answers` by the names of the questions; what is missing is answered as usual."""

    name: str = Field("", max_length=120)
    answers: dict[str, Any] = Field(default_factory=dict)


class MadeOut(Schema):
    id: uuid.UUID
    name: str


@router.get("/playbooks", response=list[PlaybookOut], summary="List playbooks")
def list_playbooks(request: HttpRequest) -> list[dict[str, Any]]:
    """Ready journeys, each with what it asks."""
    actor_of(request).require("journeys.view")
    return [
        {
            "key": row.key,
            "name": str(row.name),
            "text": str(row.text),
            "questions": [
                {
                    "name": question.name,
                    "label": str(question.label),
                    "kind": question.kind,
                    "required": question.is_required,
                    "initial": question.initial,
                }
                for question in row.questions
            ],
        }
        for row in PLAYBOOKS
    ]


@router.post("/playbooks/{playbook_key}", response={201: MadeOut}, summary="Make a journey of a playbook")
def use_playbook(request: HttpRequest, playbook_key: str, body: PlaybookIn) -> Status[dict[str, Any]]:
    """A draft, with its messages as drafts."""
    actor_of(request).require("journeys.edit")
    playbook = making.playbook_of(playbook_key)
    if playbook is None:
        raise Http404("no such playbook")
    with refusals(without_field=409):
        row = making.make(actor=actor_of(request), playbook=playbook, answers=body.answers, name=body.name)
    return Status(201, {"id": row.pk, "name": row.name})


@router.get("/tasks", response=Page[TaskOut], summary="List tasks of journeys")
def list_tasks(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Newest first."""
    actor = actor_of(request)
    actor.require("journeys.view")
    data, following = cursor_page(
        queries.tasks(actor), scope="journey-tasks", sort=("-created_at", "pk"), cursor=cursor, limit=limit
    )
    return {"data": [_task(row) for row in data], "next_cursor": following}


@router.post("/tasks/{task_id}/answer", response=TaskOut, summary="Answer a task of a journey")
def answer_task(request: HttpRequest, task_id: int, body: TaskAnswerIn) -> dict[str, Any]:
    """Done; or, where approval was asked for, approved or denied, which lets the journey go on."""
    with refusals(without_field=409):
        row = tasks.end(actor=actor_of(request), task_id=task_id, answer=body.answer, note=body.note)
    return _task(row)


@router.post("/enrolments/{enrolment_id}/answers", response={202: AnswerOut}, summary="Answer a step")
def create_answer(request: HttpRequest, enrolment_id: int, body: AnswerIn) -> Status[dict[str, Any]]:
    """Lets somebody go on who waits for a program; approvals are given by those who were asked."""
    with refusals(without_field=409):
        answering.answer(actor=actor_of(request), enrolment_id=enrolment_id, **body.dict())
    return Status(202, {"enrolment": enrolment_id, "step": body.step, "branch": body.branch})


@router.post("/{journey_id}/intakes/preview", response=IntakePreviewOut, summary="Who would be let in")
def preview_intake(request: HttpRequest, journey_id: uuid.UUID, body: IntakeIn) -> dict[str, Any]:
    """Of those who are in the segment now, by the rules of entry."""
    with refusals(without_field=409):
        seen = intakes.preview(actor=actor_of(request), journey_id=journey_id, segment_key=body.segment)
    return {
        "members": seen.members,
        "looked_at": seen.looked_at,
        "enter": seen.enter,
        "refused": seen.refused,
    }


@router.post("/{journey_id}/intakes", response={201: IntakeOut}, summary="Let a segment in")
def create_intake(request: HttpRequest, journey_id: uuid.UUID, body: IntakeIn) -> Status[dict[str, Any]]:
    """Everybody who is in it now, at most so many an hour."""
    with refusals(without_field=409):
        row = intakes.start(
            actor=actor_of(request), journey_id=journey_id, segment_key=body.segment, per_hour=body.per_hour
        )
    return Status(201, _intake(row))


@router.delete("/intakes/{intake_id}", response=IntakeOut, summary="Let in nobody more")
def stop_intake(request: HttpRequest, intake_id: uuid.UUID) -> dict[str, Any]:
    """Whoever is in stays."""
    return _intake(intakes.stop(actor=actor_of(request), intake_id=intake_id))


def _intake(row: Intake) -> dict[str, Any]:
    names = ("id", "state", "per_hour", "looked_at", "entered", "started_at")
    return {**{name: getattr(row, name) for name in names}, "segment": row.segment.key}


def _task(row: JourneyTask) -> dict[str, Any]:
    names = (
        "id",
        "kind",
        "state",
        "title",
        "text",
        "journey_id",
        "person_id",
        "due_at",
        "created_at",
        "ended_by",
        "note",
    )
    return {
        **{name: getattr(row, name) for name in names},
        "assignee": row.assignee.email if row.assignee else "",
    }
