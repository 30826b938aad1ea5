"""The REST API of templates."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Router, Status

from rapport.content import queries
from rapport.content.api.schemas import (
    TemplateIn,
    TemplateOut,
    TemplatePatch,
    TemplatePreviewIn,
    TemplatePreviewOut,
)
from rapport.content.services import previews, templates, translations
from rapport.content.services.liquid_source import TemplateError
from rapport.core.access import actor_of
from rapport.core.api import Limit, Page, Problem, cursor_page

router = Router(tags=["templates"])


@contextmanager
def refusals() -> Iterator[None]:
    """What the services refuse, as problems."""
    try:
        yield
    except TemplateError as error:
        raise Problem(422, "The template cannot be used.", {"/body/template": str(error)}) from error


@router.get("", response=Page[TemplateOut], summary="List templates, newest change first")
def list_templates(request: HttpRequest, limit: Limit, cursor: str | None = None) -> Any:
    rows = queries.templates(actor_of(request))
    sort = ("-updated_at", "id")
    templates_page, following = cursor_page(rows, scope="templates", sort=sort, cursor=cursor, limit=limit)
    return {"data": templates_page, "next_cursor": following}


@router.post("", response={201: TemplateOut}, summary="Create a template")
def create_template(request: HttpRequest, body: TemplateIn) -> Any:
    with refusals():
        return Status(201, templates.create_template(actor=actor_of(request), **body.model_dump()))


@router.get("/{uuid:template_id}", response=TemplateOut, summary="Get a template")
def get_template(request: HttpRequest, template_id: uuid.UUID) -> Any:
    return queries.template_for(actor_of(request), template_id)


@router.patch("/{uuid:template_id}", response=TemplateOut, summary="Change a template's draft")
def edit_template(request: HttpRequest, template_id: uuid.UUID, body: TemplatePatch) -> Any:
    actor = actor_of(request)
    values = body.model_dump(exclude_unset=True, exclude_none=True, exclude={"archived", "translations"})
    with refusals(), transaction.atomic():
        if body.translations is not None:
            written = {tag: content.model_dump() for tag, content in body.translations.items()}
            translations.replace(actor=actor, template_id=template_id, written=written)
        if values:
            templates.save_draft(actor=actor, template_id=template_id, **values)
        if body.archived is not None:
            undo = not body.archived
            templates.archive_template(actor=actor, template_id=template_id, undo=undo)
    return queries.template_for(actor, template_id)


@router.post("/{uuid:template_id}/publish", response=TemplateOut, summary="Freeze the draft as a version")
def publish(request: HttpRequest, template_id: uuid.UUID) -> Any:
    actor = actor_of(request)
    with refusals():
        templates.publish(actor=actor, template_id=template_id)
    return queries.template_for(actor, template_id)


@router.post(
    "/{uuid:template_id}/preview", response=TemplatePreviewOut, summary="Render the draft for a person"
)
def preview(request: HttpRequest, template_id: uuid.UUID, body: TemplatePreviewIn) -> Any:
    actor = actor_of(request)
    template = queries.template_for(actor, template_id)
    with refusals():
        return previews.preview(actor=actor, template=template, person_id=body.person, language=body.language)
