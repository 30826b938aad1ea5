"""Campaigns over the API: the same services as the pages."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from django.db import transaction
from django.http import Http404, HttpRequest
from ninja import Query, Router, Status

from rapport.core.access import Actor
from rapport.core.api import Limit, Page, Problem, actor_of, cursor_page
from rapport.messaging import queries
from rapport.messaging.api.schemas import (
    CampaignIn,
    CampaignOut,
    CampaignPatch,
    DeliveryOut,
    DeliveryQuery,
    InlineTemplate,
    PauseIn,
    SendIn,
    campaign_out,
    delivery_out,
)
from rapport.messaging.models import Template
from rapport.messaging.services import campaigns, templates
from rapport.messaging.services.campaigns import CampaignError
from rapport.messaging.services.liquid import TemplateError

router = Router(tags=["campaigns"])
DeliveryFilter = Annotated[DeliveryQuery, Query()]


@router.get("", response=Page[CampaignOut], summary="List campaigns, newest first")
def list_campaigns(request: HttpRequest, limit: Limit, cursor: str | None = None) -> Any:
    rows = queries.campaigns(actor_of(request))
    found, following = cursor_page(
        rows, scope="campaigns", sort=("-created_at", "id"), cursor=cursor, limit=limit
    )
    results = queries.results_of(found)
    return {"data": [campaign_out(one, results[one.pk]) for one in found], "next_cursor": following}


@router.post("", response={201: CampaignOut}, summary="Create a campaign")
def create_campaign(request: HttpRequest, body: CampaignIn) -> Any:
    actor = actor_of(request)
    with transaction.atomic():
        parts = _parts(actor, body.model_dump(exclude={"name", "template"}))
        template = _template(actor, body.template, body.name)
        campaign = do(campaigns.create_campaign, actor=actor, name=body.name, template=template, **parts)
    return Status(201, campaign_out(campaign))


@router.get("/{uuid:campaign_id}", response=CampaignOut, summary="Get a campaign and its results")
def get_campaign(request: HttpRequest, campaign_id: uuid.UUID) -> Any:
    return campaign_out(queries.campaign_for(actor_of(request), campaign_id))


@router.patch("/{uuid:campaign_id}", response=CampaignOut, summary="Change a campaign that was not sent")
def edit_campaign(request: HttpRequest, campaign_id: uuid.UUID, body: CampaignPatch) -> Any:
    actor = actor_of(request)
    values = body.model_dump(exclude_unset=True, exclude_none=True, exclude={"archived", "template"})
    with transaction.atomic():
        campaign = queries.campaign_for(actor, campaign_id, lock=True)
        changes = _parts(actor, values)
        if body.template is not None:
            changes["template"] = _template(actor, body.template, campaign.name)
        if changes:
            do(campaigns.edit_campaign, actor=actor, campaign_id=campaign_id, **changes)
        if body.archived is not None:
            undo = not body.archived
            do(campaigns.archive_campaign, actor=actor, campaign_id=campaign_id, undo=undo)
    return campaign_out(queries.campaign_for(actor, campaign_id))


@router.post("/{uuid:campaign_id}/send", response={202: CampaignOut}, summary="Send now or at a time")
def send(request: HttpRequest, campaign_id: uuid.UUID, body: SendIn | None = None) -> Any:
    at = body.at if body else None
    do(campaigns.send_campaign, actor=actor_of(request), campaign_id=campaign_id, at=at)
    return Status(202, _now(request, campaign_id))


@router.post("/{uuid:campaign_id}/pause", response=CampaignOut, summary="Halt sending")
def pause(request: HttpRequest, campaign_id: uuid.UUID, body: PauseIn | None = None) -> Any:
    reason = body.reason if body else ""
    do(campaigns.pause_campaign, actor=actor_of(request), campaign_id=campaign_id, reason=reason)
    return _now(request, campaign_id)


@router.post("/{uuid:campaign_id}/resume", response=CampaignOut, summary="Go on after a halt")
def resume(request: HttpRequest, campaign_id: uuid.UUID) -> Any:
    do(campaigns.resume_campaign, actor=actor_of(request), campaign_id=campaign_id)
    return _now(request, campaign_id)


@router.post("/{uuid:campaign_id}/cancel", response=CampaignOut, summary="Take back, or stop for good")
def cancel(request: HttpRequest, campaign_id: uuid.UUID) -> Any:
    do(campaigns.cancel_send, actor=actor_of(request), campaign_id=campaign_id)
    return _now(request, campaign_id)


@router.get("/{uuid:campaign_id}/deliveries", response=Page[DeliveryOut], summary="List the send ledger")
def list_deliveries(
    request: HttpRequest,
    campaign_id: uuid.UUID,
    limit: Limit,
    only: DeliveryFilter,
    cursor: str | None = None,
) -> Any:
    actor = actor_of(request)
    campaign = queries.campaign_for(actor, campaign_id)
    rows = queries.deliveries(actor, campaign, state=only.state, reason=only.reason)
    scope = f"deliveries:{campaign_id}"
    found, following = cursor_page(rows, scope=scope, sort=("id",), cursor=cursor, limit=limit)
    return {"data": [delivery_out(one) for one in found], "next_cursor": following}


def _now(request: HttpRequest, campaign_id: uuid.UUID) -> CampaignOut:
    return campaign_out(queries.campaign_for(actor_of(request), campaign_id))


def _parts(actor: Actor, values: dict[str, Any]) -> dict[str, Any]:
    """Names turned into records. Raises Problem (422) for one that names nothing."""
    found = dict(values)
    try:
        if "segment" in values:
            found["segment"] = queries.segment_named(actor, values["segment"])
    except Http404 as error:
        raise Problem(422, "There is no such segment.", {"/body/segment": "not found"}) from error
    try:
        if "purpose" in values:
            found["purpose"] = queries.purpose_named(values["purpose"])
    except Http404 as error:
        raise Problem(422, "There is no such purpose.", {"/body/purpose": "not found"}) from error
    return found


def _template(actor: Actor, given: uuid.UUID | InlineTemplate, name: str) -> Template:
    if isinstance(given, InlineTemplate):
        made: Template = do(templates.create_template, actor=actor, name=name, **given.model_dump())
        do(templates.compile_template, made)
        return made
    try:
        return queries.template_for(actor, given)
    except Http404 as error:
        raise Problem(422, "There is no such template.", {"/body/template": "not found"}) from error


def do(service: Any, *args: Any, **values: Any) -> Any:
    """Calls a service and answers its refusals as problems."""
    try:
        return service(*args, **values)
    except TemplateError as error:
        where = f"line {error.line}: " if error.line else ""
        raise Problem(
            422, "The template cannot be used.", {"/body/template": where + error.message}
        ) from error
    except CampaignError as error:
        pointer = {f"/body/{error.field}": str(error)} if error.field else None
        raise Problem(422 if error.field else 409, str(error), pointer) from error
