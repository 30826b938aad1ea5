"""Templates over the API."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Router, Status

from rapport.core.api import Limit, Page, actor_of, cursor_page
from rapport.messaging import queries
from rapport.messaging.api.campaigns import do
from rapport.messaging.api.schemas import (
    TemplateIn,
    TemplateOut,
    TemplatePatch,
    TemplatePreviewIn,
    TemplatePreviewOut,
    template_out,
)
from rapport.messaging.services import previews, templates

router = Router(tags=["templates"])


@router.get("", response=Page[TemplateOut], summary="List templates, newest change first")
def list_templates(request: HttpRequest, limit: Limit, cursor: str | None = None) -> Any:
    rows = queries.templates(actor_of(request))
    sort = ("-updated_at", "id")
    found, following = cursor_page(rows, scope="templates", sort=sort, cursor=cursor, limit=limit)
    return {"data": [template_out(one) for one in found], "next_cursor": following}


@router.post("", response={201: TemplateOut}, summary="Create a template")
def create_template(request: HttpRequest, body: TemplateIn) -> Any:
    return Status(
        201, template_out(do(templates.create_template, actor=actor_of(request), **body.model_dump()))
    )


@router.get("/{uuid:template_id}", response=TemplateOut, summary="Get a template")
def get_template(request: HttpRequest, template_id: uuid.UUID) -> Any:
    return template_out(queries.template_for(actor_of(request), template_id))


@router.patch("/{uuid:template_id}", response=TemplateOut, summary="Change a template's draft")
def edit_template(request: HttpRequest, template_id: uuid.UUID, body: TemplatePatch) -> Any:
    actor = actor_of(request)
    values = body.model_dump(exclude_unset=True, exclude_none=True, exclude={"archived"})
    with transaction.atomic():
        if values:
            do(templates.save_draft, actor=actor, template_id=template_id, **values)
        if body.archived is not None:
            undo = not body.archived
            do(templates.archive_template, actor=actor, template_id=template_id, undo=undo)
    return template_out(queries.template_for(actor, template_id))


@router.post("/{uuid:template_id}/publish", response=TemplateOut, summary="Freeze the draft as a version")
def publish(request: HttpRequest, template_id: uuid.UUID) -> Any:
    actor = actor_of(request)
    do(templates.publish, actor=actor, template_id=template_id)
    return template_out(queries.template_for(actor, template_id))


@router.post(
    "/{uuid:template_id}/preview", response=TemplatePreviewOut, summary="Render the draft for a person"
)
def preview(request: HttpRequest, template_id: uuid.UUID, body: TemplatePreviewIn) -> Any:
    actor = actor_of(request)
    template = queries.template_for(actor, template_id)
    found = do(previews.preview, actor=actor, template=template, person_id=body.person)
    return TemplatePreviewOut.model_validate(found, from_attributes=True)
