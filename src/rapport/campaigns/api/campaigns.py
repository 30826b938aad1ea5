"""Campaigns over the API: the same services as the pages."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Annotated, Any

from django.db import transaction
from django.http import HttpRequest
from ninja import Query, Router, Status

from rapport.campaigns import queries
from rapport.campaigns.api.refusing import named, refusals
from rapport.campaigns.api.rules import set_schedule
from rapport.campaigns.api.schemas import (
    CampaignIn,
    CampaignOut,
    CampaignPatch,
    CampaignTestIn,
    CampaignTestOut,
    DeliveryOut,
    DeliveryQuery,
    InlineTemplate,
    PauseIn,
    SendIn,
    VariantIn,
    campaign_out,
    variants_out,
)
from rapport.campaigns.models import Campaign
from rapport.campaigns.services import campaigns, rules, testing, variants
from rapport.campaigns.services.variants import Alternative
from rapport.content import queries as content
from rapport.content.models import Template
from rapport.content.services import templates
from rapport.core.access import Actor, actor_of
from rapport.core.api import Limit, Page, Problem, cursor_page
from rapport.messaging import queries as messaging

# What may be taken away again.
CLEARED = {"per_hour", "window_from", "window_until"}
router = Router(tags=["campaigns"])
DeliveryFilter = Annotated[DeliveryQuery, Query()]


@router.get("", response=Page[CampaignOut], summary="List campaigns, or the runs of one, newest first")
def list_campaigns(
    request: HttpRequest, limit: Limit, series: uuid.UUID | None = None, cursor: str | None = None
) -> Any:
    """What a recurring campaign sends is listed by its id as `series`, and only there."""
    rows, scope, by = queries.campaigns(actor_of(request), with_runs=False), "campaigns", "-created_at"
    if series is not None:
        rows = queries.runs(actor_of(request), queries.campaign_for(actor_of(request), series))
        scope, by = f"campaigns:{series}", "-planned_at"
    page, following = cursor_page(rows, scope=scope, sort=(by, "id"), cursor=cursor, limit=limit)
    results = messaging.results_of_origin("campaign", [str(row.pk) for row in page])
    return {
        "data": [campaign_out(row, results.get(str(row.pk), messaging.Results())) for row in page],
        "next_cursor": following,
    }


@router.post("", response={201: CampaignOut}, summary="Create a campaign")
def create_campaign(request: HttpRequest, body: CampaignIn) -> Any:
    actor = actor_of(request)
    actor.require("campaigns.edit")
    with refusals(), transaction.atomic():
        values = _records(actor, _plain(body, exclude_unset=False))
        template = _template(actor, body.template, body.name)
        campaign = campaigns.create_campaign(actor=actor, template=template, **values)
        _set_up(actor, campaign, body)
    return Status(201, _now(request, campaign.pk))


@router.get("/{uuid:campaign_id}", response=CampaignOut, summary="Get a campaign and its results")
def get_campaign(request: HttpRequest, campaign_id: uuid.UUID) -> Any:
    return campaign_out(queries.campaign_for(actor_of(request), campaign_id))


@router.patch("/{uuid:campaign_id}", response=CampaignOut, summary="Change a campaign that was not sent")
def edit_campaign(request: HttpRequest, campaign_id: uuid.UUID, body: CampaignPatch) -> Any:
    actor = actor_of(request)
    values = _plain(body, exclude_unset=True)
    with refusals(), transaction.atomic():
        campaign = queries.campaign_for(actor, campaign_id, lock=True)
        changes = _records(actor, values)
        if body.template is not None:
            changes["template"] = _template(actor, body.template, campaign.name)
        if changes:
            campaigns.edit_campaign(actor=actor, campaign_id=campaign_id, **changes)
        _set_up(actor, campaign, body)
        if body.archived is not None:
            undo = not body.archived
            campaigns.archive_campaign(actor=actor, campaign_id=campaign_id, undo=undo)
    return _now(request, campaign_id)


@router.post("/{uuid:campaign_id}/send", response={202: CampaignOut}, summary="Send now or at a time")
def send(request: HttpRequest, campaign_id: uuid.UUID, body: SendIn | None = None) -> Any:
    at = body.at if body else None
    with refusals():
        campaigns.send_campaign(actor=actor_of(request), campaign_id=campaign_id, at=at)
    return Status(202, _now(request, campaign_id))


@router.put("/{uuid:campaign_id}/test", response=CampaignTestOut, summary="Compare templates in a campaign")
def set_campaign_test(request: HttpRequest, campaign_id: uuid.UUID, body: CampaignTestIn) -> CampaignTestOut:
    """Before it is sent; replaces what was planned."""
    actor = actor_of(request)
    actor.require("campaigns.edit")
    campaign = queries.campaign_for(actor, campaign_id)
    others = _alternatives(actor, campaign, "templates", body.templates)
    others += _alternatives(actor, campaign, "variants", body.variants)
    if not others:
        raise Problem(422, "What is it compared with?", {"/body/variants": "needed"})
    terms = variants.Terms(**body.model_dump(exclude={"templates", "variants"}))
    test = variants.set_test(actor=actor, campaign=campaign, others=others, terms=terms)
    rows = testing.variants_of(campaign)
    return CampaignTestOut(
        experiment=test.experiment.key,
        templates=[row.template_id for row in rows],
        variants=variants_out(rows),
        share=test.share,
        hours=test.hours,
        planned=test.experiment.planned,
    )


@router.post("/{uuid:campaign_id}/pause", response=CampaignOut, summary="Halt sending")
def pause(request: HttpRequest, campaign_id: uuid.UUID, body: PauseIn | None = None) -> Any:
    reason = body.reason if body else ""
    with refusals():
        campaigns.pause_campaign(actor=actor_of(request), campaign_id=campaign_id, reason=reason)
    return _now(request, campaign_id)


@router.post("/{uuid:campaign_id}/resume", response=CampaignOut, summary="Go on after a halt")
def resume(request: HttpRequest, campaign_id: uuid.UUID) -> Any:
    with refusals():
        campaigns.resume_campaign(actor=actor_of(request), campaign_id=campaign_id)
    return _now(request, campaign_id)


@router.post("/{uuid:campaign_id}/cancel", response=CampaignOut, summary="Take back, or stop for good")
def cancel(request: HttpRequest, campaign_id: uuid.UUID) -> Any:
    with refusals():
        campaigns.cancel_send(actor=actor_of(request), campaign_id=campaign_id)
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
    send = queries.campaign_for(actor, campaign_id).send
    if send is None:
        return {"data": [], "next_cursor": None}
    rows = messaging.deliveries(actor, messaging.siblings(send), state=only.state, reason=only.reason)
    scope = f"deliveries:{campaign_id}"
    page, following = cursor_page(rows, scope=scope, sort=("id",), cursor=cursor, limit=limit)
    return {"data": page, "next_cursor": following}


def _now(request: HttpRequest, campaign_id: uuid.UUID) -> CampaignOut:
    return campaign_out(queries.campaign_for(actor_of(request), campaign_id))


def _plain(body: CampaignIn | CampaignPatch, *, exclude_unset: bool) -> dict[str, Any]:
    """What is written as it is; `audience` and `schedule` taken apart."""
    apart = {
        "archived",
        "template",
        "audience",
        "schedule",
        "variants",
        "holdout",
        "share",
        "hours",
        "event",
        "fallbacks",
    }
    values = body.model_dump(exclude_unset=exclude_unset, exclude=apart)
    values = {name: value for name, value in values.items() if value is not None or name in CLEARED}
    if body.audience is not None:
        values["segment"] = body.audience.segment
    if "segment" not in values and not exclude_unset:
        raise Problem(422, "Whom is it for?", {"/body/audience": "needed"})
    if body.schedule is not None:
        values["planned_at"] = body.schedule.at
    return values


def _set_up(actor: Actor, campaign: Campaign, body: CampaignIn | CampaignPatch) -> None:
    """Variants, other channels and what begins it. What is taken away makes room for the rest."""
    if body.variants == []:
        variants.plan(actor=actor, campaign=campaign, others=[], terms=variants.Terms())
    if body.schedule is not None:
        set_schedule(actor, campaign, body.schedule)
    if body.fallbacks is not None:
        others = _templates(actor, "fallbacks", body.fallbacks)
        ways = [(template.channel, template) for template in others]
        rules.set_fallbacks(actor=actor, campaign=campaign, ways=ways)
    if body.variants:
        alternatives = _alternatives(actor, campaign, "variants", body.variants)
        terms = variants.Terms(share=body.share, hours=body.hours, holdout=body.holdout, event=body.event)
        variants.plan(actor=actor, campaign=campaign, others=alternatives, terms=terms)


def _templates(actor: Actor, field: str, ids: list[uuid.UUID]) -> list[Template]:
    with named(field):
        return [content.template_for(actor, template) for template in ids]


def _alternatives(
    actor: Actor, campaign: Campaign, field: str, given: Sequence[uuid.UUID | VariantIn]
) -> list[Alternative]:
    """The other ways for it to read. Raises Problem (422) for a template that is not there."""
    with named(field):
        return [
            Alternative(content.template_for(actor, way))
            if isinstance(way, uuid.UUID)
            else Alternative(
                content.template_for(actor, way.template) if way.template else campaign.message,
                way.subject, way.preheader, way.sender_name,
            )
            for way in given
        ]  # fmt: skip


def _records(actor: Actor, values: dict[str, Any]) -> dict[str, Any]:
    """Names turned into records. Raises Problem (422) for one that names nothing."""
    records = dict(values)
    if "segment" in values:
        with named("segment"):
            records["segment"] = queries.segment_named(actor, values["segment"])
    if "purpose" in values:
        with named("purpose"):
            records["purpose"] = queries.purpose_named(values["purpose"])
    return records


def _template(actor: Actor, given: uuid.UUID | InlineTemplate, name: str) -> Template:
    if isinstance(given, InlineTemplate):
        template = templates.create_template(actor=actor, name=name, **given.model_dump())
        templates.compile_template(template)
        return template
    with named("template"):
        return content.template_for(actor, given)
