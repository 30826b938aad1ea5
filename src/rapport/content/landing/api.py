"""The REST API of landing pages."""

from __future__ import annotations

import datetime as dt
import uuid
from functools import partial
from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from rapport.content.landing import drawing, queries, services, trials
from rapport.content.landing.models import LandingPage
from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Page, Schema, cursor_page, refusals
from rapport.core.api.pages import Cursor, Limit
from rapport.core.clock import clock_of

router = Router(tags=["landing pages"])


class LandingPagePatch(InputSchema):
    """What is left out stays as it is. `definition` holds the blocks; see the guide of landing pages."""

    slug: str | None = Field(None, max_length=64)
    name: str | None = Field(None, max_length=120)
    host: str | None = Field(None, max_length=253)
    language: str | None = Field(None, max_length=16)
    definition: dict[str, Any] | None = None


class LandingPageIn(LandingPagePatch):
    slug: str = Field(max_length=64)
    name: str = Field(max_length=120)
    definition: dict[str, Any]


class LandingPageOut(Schema):
    """`version` is the newest, `live_version` what visitors see; `experiment` is the key of its newest test."""

    id: uuid.UUID
    slug: str
    name: str
    host: str
    language: str
    definition: dict[str, Any]
    version: int
    live_version: int | None
    live_at: dt.datetime | None
    address: str
    experiment: str | None
    views: int
    answers: int
    created_at: dt.datetime
    updated_at: dt.datetime


class LandingVersionOut(Schema):
    version: int
    language: str
    definition: dict[str, Any]
    views: int
    answers: int
    created_at: dt.datetime
    created_by: str


class LandingChoiceIn(InputSchema):
    """Without a version the newest."""

    version: int | None = Field(None, ge=1, le=1_000_000)


class LandingTestIn(InputSchema):
    """The version that is shown beside the live one, and the event by which they are judged."""

    version: int = Field(ge=1, le=1_000_000)
    event: str = Field("Form Submitted", min_length=1, max_length=200)


_refusals = partial(refusals, "The page cannot be shown this way.")


def _out(rows: list[LandingPage]) -> list[dict[str, Any]]:
    counts = queries.counts(rows)
    own = (
        "id",
        "slug",
        "name",
        "host",
        "language",
        "definition",
        "version",
        "live_at",
        "created_at",
        "updated_at",
    )
    return [
        {
            **{name: getattr(row, name) for name in own},
            "live_version": row.live.version if row.live else None,
            "address": drawing.address_of(row),
            "experiment": row.experiment.key if row.experiment else None,
            "views": counts[row.pk][0],
            "answers": counts[row.pk][1],
        }
        for row in rows
    ]


def _shown(request: HttpRequest, page_id: uuid.UUID) -> dict[str, Any]:
    return _out([queries.page_for(actor_of(request), page_id)])[0]


def _given(body: LandingPagePatch) -> dict[str, Any]:
    return body.model_dump(exclude_unset=True, exclude_none=True)


@router.get("", response=Page[LandingPageOut], summary="List landing pages, newest change first")
def list_pages(request: HttpRequest, *, cursor: Cursor = None, limit: Limit = 50) -> Any:
    rows = queries.pages(actor_of(request)).select_related("live", "experiment")
    page, following = cursor_page(
        rows, scope="landing-pages", sort=("-updated_at", "id"), cursor=cursor, limit=limit
    )
    return {"data": _out(list(page)), "next_cursor": following}


@router.post("", response={201: LandingPageOut}, summary="Create a landing page that nobody sees yet")
def create_page(request: HttpRequest, body: LandingPageIn) -> Any:
    with _refusals():
        row = services.create(actor=actor_of(request), values=_given(body), clock=clock_of(request))
    return Status(201, _shown(request, row.pk))


@router.get("/{uuid:page_id}", response=LandingPageOut, summary="Get a landing page with its results")
def get_page(request: HttpRequest, page_id: uuid.UUID) -> Any:
    return _shown(request, page_id)


@router.patch(
    "/{uuid:page_id}", response=LandingPageOut, summary="Change a landing page, as its next version"
)
def change_page(request: HttpRequest, page_id: uuid.UUID, body: LandingPagePatch) -> Any:
    with _refusals():
        services.change(
            actor=actor_of(request), page_id=page_id, values=_given(body), clock=clock_of(request)
        )
    return _shown(request, page_id)


@router.post("/{uuid:page_id}/publish", response=LandingPageOut, summary="Show a version to visitors")
def publish_page(request: HttpRequest, page_id: uuid.UUID, body: LandingChoiceIn) -> Any:
    with _refusals():
        services.publish(
            actor=actor_of(request), page_id=page_id, version=body.version, clock=clock_of(request)
        )
    return _shown(request, page_id)


@router.post("/{uuid:page_id}/unpublish", response=LandingPageOut, summary="Take a page off the web")
def unpublish_page(request: HttpRequest, page_id: uuid.UUID) -> Any:
    services.unpublish(actor=actor_of(request), page_id=page_id, clock=clock_of(request))
    return _shown(request, page_id)


@router.get(
    "/{uuid:page_id}/versions", response=Page[LandingVersionOut], summary="List versions, newest first"
)
def list_versions(
    request: HttpRequest, page_id: uuid.UUID, *, cursor: Cursor = None, limit: Limit = 50
) -> Any:
    rows = queries.versions(queries.page_for(actor_of(request), page_id))
    page, following = cursor_page(
        rows, scope=f"landing-versions:{page_id}", sort=("-version", "id"), cursor=cursor, limit=limit
    )
    return {"data": page, "next_cursor": following}


@router.post("/{uuid:page_id}/test", response=LandingPageOut, summary="Test a version against the live one")
def test_page(request: HttpRequest, page_id: uuid.UUID, body: LandingTestIn) -> Any:
    with _refusals(without_field=409):
        trials.start(
            actor=actor_of(request), page_id=page_id, version=body.version, event=body.event,
            clock=clock_of(request),
        )  # fmt: skip
    return _shown(request, page_id)
