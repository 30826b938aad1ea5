"""What the API of messaging takes and gives."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from rapport.core.api import Schema
from rapport.messaging import queries
from rapport.messaging.models import Campaign, Delivery, Template


class InlineTemplate(Schema):
    """A template made together with its campaign."""

    subject: str = Field(min_length=1, max_length=254)
    mjml: str = Field(min_length=1, max_length=500_000)
    preheader: str = Field("", max_length=254)
    text: str = Field("", max_length=200_000)


class CampaignIn(Schema):
    """`segment` is an id or a key; `template` an id or an inline one; `purpose` a key."""

    name: str = Field(min_length=1, max_length=120)
    segment: str = Field(min_length=1, max_length=64)
    template: uuid.UUID | InlineTemplate
    purpose: str = Field(min_length=1, max_length=64)
    channel: str = Field("email", max_length=16)


class CampaignPatch(Schema):
    """Only what is given changes."""

    name: str | None = Field(None, min_length=1, max_length=120)
    segment: str | None = Field(None, min_length=1, max_length=64)
    template: uuid.UUID | InlineTemplate | None = None
    purpose: str | None = Field(None, min_length=1, max_length=64)
    channel: str | None = Field(None, max_length=16)
    archived: bool | None = None


class SendIn(Schema):
    """When to send; now, if nothing is said."""

    at: AwareDatetime | None = None


class PauseIn(Schema):
    reason: str = Field("", max_length=500)


class ResultsOut(Schema):
    """Deliveries by state; opens and clicks by who did them."""

    total: int
    queued: int
    sent: int
    skipped: int
    failed: int
    uncertain: int
    opened_human: int
    opened_machine: int
    clicked_human: int
    clicked_machine: int
    unsubscribed: int


class CampaignOut(Schema):
    id: uuid.UUID
    name: str
    segment: str
    template: uuid.UUID
    template_version: int | None
    purpose: str
    channel: str
    status: str
    created_at: dt.datetime
    send_at: dt.datetime | None
    completed_at: dt.datetime | None
    results: ResultsOut


class DeliveryQuery(Schema):
    """Which lines of the ledger: those in a state, or with a reason."""

    state: Literal["", "queued", "claimed", "sent", "skipped", "failed", "uncertain"] = ""
    reason: str = Field("", max_length=64)


class DeliveryOut(Schema):
    """One line of the send ledger. `explanation` says what decided."""

    id: uuid.UUID
    person_id: uuid.UUID | None
    channel: str
    address: str
    state: str
    reason: str
    detail: str
    attempts: int
    queued_at: dt.datetime
    not_before: dt.datetime | None
    finished_at: dt.datetime | None
    explanation: dict[str, Any]


class TemplateIn(Schema):
    """A draft; without `mjml` it starts from the standard one."""

    name: str = Field(min_length=1, max_length=120)
    subject: str = Field("", max_length=254)
    preheader: str = Field("", max_length=254)
    mjml: str = Field("", max_length=500_000)
    text: str = Field("", max_length=200_000)


class TemplatePatch(Schema):
    name: str | None = Field(None, min_length=1, max_length=120)
    subject: str | None = Field(None, max_length=254)
    preheader: str | None = Field(None, max_length=254)
    mjml: str | None = Field(None, max_length=500_000)
    text: str | None = Field(None, max_length=200_000)
    archived: bool | None = None


class TemplateOut(Schema):
    id: uuid.UUID
    name: str
    subject: str
    preheader: str
    mjml: str
    text: str
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


class TemplatePreviewIn(Schema):
    """For whom to render; without a person, with empty traits."""

    person: uuid.UUID | None = None


class TemplatePreviewOut(Schema):
    """`missing` are names that were printed but the person does not have."""

    subject: str
    html: str
    text: str
    warnings: list[str]
    missing: list[str]


def campaign_out(campaign: Campaign, results: queries.Results | None = None) -> CampaignOut:
    """A campaign as the API gives it."""
    send = queries.send_of(campaign)
    found = results or queries.results(campaign)
    return CampaignOut(
        id=campaign.pk,
        name=campaign.name,
        segment=campaign.segment.key,
        template=campaign.template_id,
        template_version=send.template_version.version if send else None,
        purpose=campaign.purpose.key,
        channel=campaign.channel,
        status=queries.status(campaign, send, paused=queries.open_pause(campaign) is not None),
        created_at=campaign.created_at,
        send_at=send.send_at if send else None,
        completed_at=send.completed_at if send else None,
        results=ResultsOut(
            total=found.total,
            queued=found.waiting,
            sent=found.sent,
            skipped=found.skipped,
            failed=found.failed,
            uncertain=found.uncertain,
            opened_human=found.opened_human,
            opened_machine=found.opened_machine,
            clicked_human=found.clicked_human,
            clicked_machine=found.clicked_machine,
            unsubscribed=found.unsubscribed,
        ),
    )


def delivery_out(delivery: Delivery) -> DeliveryOut:
    return DeliveryOut.model_validate(delivery, from_attributes=True)


def template_out(template: Template) -> TemplateOut:
    return TemplateOut.model_validate(template, from_attributes=True)
