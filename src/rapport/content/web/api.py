"""The REST API of forms and of what was entered into them."""

from __future__ import annotations

import datetime as dt
import uuid
from functools import partial
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from rapport.content.web import queries, services, submitting
from rapport.content.web.models import WebForm
from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Page, Schema, cursor_page, refusals
from rapport.core.api.pages import Cursor, Limit
from rapport.core.clock import clock_of

router = Router(tags=["forms"])
SubmissionState = Literal["accepted", "spam"]


class WebFormPatch(InputSchema):
    """What is left out stays as it is. `definition` holds steps with fields, and consents; see the guide of forms."""

    key: str | None = Field(None, max_length=64)
    name: str | None = Field(None, max_length=120)
    language: str | None = Field(None, max_length=16)
    definition: dict[str, Any] | None = None
    translations: dict[str, dict[str, str]] | None = None


class WebFormIn(WebFormPatch):
    key: str = Field(max_length=64)
    name: str = Field(max_length=120)
    definition: dict[str, Any]


class WebFormOut(Schema):
    """`views`: how often its page was opened; `accepted` and `spam`: how many answers."""

    id: uuid.UUID
    key: str
    name: str
    language: str
    definition: dict[str, Any]
    translations: dict[str, dict[str, str]]
    version: int
    live_at: dt.datetime | None
    views: int
    accepted: int
    spam: int
    created_at: dt.datetime
    updated_at: dt.datetime


class FormSubmissionOut(Schema):
    """`person` is empty until the answer is worked in, and for spam."""

    id: uuid.UUID
    version: int
    at: dt.datetime
    state: SubmissionState
    reasons: list[str]
    person_id: uuid.UUID | None
    values: dict[str, Any]
    consents: list[str]
    language: str
    page: str
    campaign: dict[str, Any]


_refusals = partial(refusals, "The form cannot be used this way.")


def _given(body: WebFormPatch) -> dict[str, Any]:
    return body.model_dump(exclude_unset=True, exclude_none=True)


def _shown(request: HttpRequest, form_id: uuid.UUID) -> WebForm:
    queries.form_for(actor_of(request), form_id)
    return queries.counted(WebForm.objects.filter(pk=form_id)).get()


@router.get("", response=Page[WebFormOut], summary="List forms, newest change first")
def list_forms(request: HttpRequest, *, cursor: Cursor = None, limit: Limit = 50) -> Any:
    rows = queries.counted(queries.forms(actor_of(request)))
    page, following = cursor_page(
        rows, scope="web-forms", sort=("-updated_at", "id"), cursor=cursor, limit=limit
    )
    return {"data": page, "next_cursor": following}


@router.post("", response={201: WebFormOut}, summary="Create a form, closed at first")
def create_form(request: HttpRequest, body: WebFormIn) -> Any:
    with _refusals():
        row = services.create(actor=actor_of(request), values=_given(body), clock=clock_of(request))
    return Status(201, _shown(request, row.pk))


@router.get("/{uuid:form_id}", response=WebFormOut, summary="Get a form with its results")
def get_form(request: HttpRequest, form_id: uuid.UUID) -> Any:
    return _shown(request, form_id)


@router.patch("/{uuid:form_id}", response=WebFormOut, summary="Change a form, as its next version")
def change_form(request: HttpRequest, form_id: uuid.UUID, body: WebFormPatch) -> Any:
    with _refusals():
        services.change(
            actor=actor_of(request), form_id=form_id, values=_given(body), clock=clock_of(request)
        )
    return _shown(request, form_id)


@router.post("/{uuid:form_id}/open", response=WebFormOut, summary="Let a form take answers")
def open_form(request: HttpRequest, form_id: uuid.UUID) -> Any:
    services.turn(actor=actor_of(request), form_id=form_id, live=True, clock=clock_of(request))
    return _shown(request, form_id)


@router.post("/{uuid:form_id}/close", response=WebFormOut, summary="Let a form take no more answers")
def close_form(request: HttpRequest, form_id: uuid.UUID) -> Any:
    services.turn(actor=actor_of(request), form_id=form_id, live=False, clock=clock_of(request))
    return _shown(request, form_id)


@router.get(
    "/{uuid:form_id}/submissions", response=Page[FormSubmissionOut], summary="List answers, newest first"
)
def list_submissions(
    request: HttpRequest,
    form_id: uuid.UUID,
    *,
    state: SubmissionState = "accepted",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Any:
    actor = actor_of(request)
    rows = queries.submissions(actor, queries.form_for(actor, form_id)).filter(state=state)
    scope = f"form-submissions:{form_id}:{state}"
    page, following = cursor_page(rows, scope=scope, sort=("-at", "id"), cursor=cursor, limit=limit)
    return {"data": page, "next_cursor": following}


@router.post(
    "/submissions/{uuid:submission_id}/release",
    response=FormSubmissionOut,
    summary="Take what was judged spam for an answer",
)
def release_submission(request: HttpRequest, submission_id: uuid.UUID) -> Any:
    with refusals(without_field=409):
        return submitting.release(
            actor=actor_of(request), submission_id=submission_id, clock=clock_of(request)
        )
