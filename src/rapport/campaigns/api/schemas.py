"""What the API of campaigns takes and gives."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from rapport.campaigns import queries
from rapport.campaigns.api.rules import ScheduleIn, ScheduleOut, schedule_out
from rapport.campaigns.models import Campaign, CampaignVariant
from rapport.core.api import InputSchema, Schema
from rapport.governance.registry import default_channel
from rapport.messaging import queries as messaging

SETUP = ("is_local", "per_hour", "window_from", "window_until", "folder", "tags")


class InlineTemplate(InputSchema):
    """A template made together with its campaign."""

    subject: str = Field(min_length=1, max_length=254)
    mjml: str = Field(min_length=1, max_length=500_000)
    preheader: str = Field("", max_length=254)
    text: str = Field("", max_length=200_000)


class AudienceIn(InputSchema):
    segment: str = Field(min_length=1, max_length=64, description="An id or a key.")


class VariantIn(InputSchema):
    """Another way for a campaign to read: what is not given is the campaign's own."""

    template: uuid.UUID | None = None
    subject: str = Field("", max_length=254)
    preheader: str = Field("", max_length=254)
    sender_name: str = Field("", max_length=120)


class CampaignSetup(InputSchema):
    """How it is sent. `variants` are other words or templates to compare with, on `share` percent, decided after
    `hours` by `event`."""

    audience: AudienceIn | None = None
    schedule: ScheduleIn | None = None
    variants: list[uuid.UUID | VariantIn] | None = Field(
        None, max_length=9, description="Each a template's id, or what differs from the campaign."
    )
    share: int = Field(100, ge=1, le=100)
    hours: int = Field(24, ge=1, le=720)
    holdout: int = Field(0, ge=0, le=1_000, description="Its share, beside 50 for each variant.")
    event: str = Field("Message Clicked", min_length=1, max_length=200, description="Decides the winner.")
    fallbacks: list[uuid.UUID] | None = Field(
        None, max_length=3, description="Templates of other channels, for whom its own does not reach."
    )
    is_local: bool | None = Field(None, description="By the clock of each recipient.")
    per_hour: int | None = Field(None, ge=1, description="At most so many an hour.")
    window_from: dt.time | None = None
    window_until: dt.time | None = None
    folder: str | None = Field(None, max_length=60)
    tags: list[str] | None = Field(None, max_length=20)


class CampaignIn(CampaignSetup):
    """`audience.segment` (or `segment`) is an id or a key; `template` an id or an inline one; `purpose` a key."""

    name: str = Field(min_length=1, max_length=120)
    segment: str | None = Field(None, min_length=1, max_length=64)
    template: uuid.UUID | InlineTemplate
    purpose: str = Field(min_length=1, max_length=64)
    channel: str = Field(default_factory=lambda: default_channel().key, max_length=16)


class CampaignPatch(CampaignSetup):
    """Only what is given changes."""

    name: str | None = Field(None, min_length=1, max_length=120)
    segment: str | None = Field(None, min_length=1, max_length=64)
    template: uuid.UUID | InlineTemplate | None = None
    purpose: str | None = Field(None, min_length=1, max_length=64)
    channel: str | None = Field(None, max_length=16)
    archived: bool | None = None


class SendIn(InputSchema):
    """When to send; now, if nothing is said."""

    at: AwareDatetime | None = None


class CampaignTestIn(InputSchema):
    """The campaign as it is against others, on `share` percent; the rest gets the best after `hours`."""

    templates: list[uuid.UUID] = Field(default_factory=list, max_length=9, description="Other templates.")
    variants: list[VariantIn] = Field(default_factory=list, max_length=9, description="Other words.")
    share: int = Field(100, ge=1, le=100)
    hours: int = Field(24, ge=1, le=720)
    holdout: int = Field(0, ge=0, le=1_000, description="Its share, beside 50 for each variant.")
    event: str = Field("Message Clicked", min_length=1, max_length=200)
    window_days: int = Field(7, ge=1, le=365)
    base: float = Field(0.05, gt=0, lt=1, description="How many do it now.")
    effect: float = Field(0.2, gt=0, description="The smallest relative effect that matters.")


class VariantOut(Schema):
    """The first is the campaign as it is. Empty words are the template's own."""

    template: uuid.UUID
    subject: str
    preheader: str
    sender_name: str


class CampaignTestOut(Schema):
    """`experiment` is its key: `GET /experiments/{key}` has the results."""

    experiment: str
    templates: list[uuid.UUID]
    variants: list[VariantOut]
    share: int
    hours: int
    planned: int = Field(description="People per variant that would show the effect.")


class PauseIn(InputSchema):
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
    unsubscribed_machine: int


class AudienceOut(Schema):
    segment: str


class CampaignOut(Schema):
    id: uuid.UUID
    name: str
    segment: str
    template: uuid.UUID | None = Field(description="None while a draft has none yet.")
    template_version: int | None
    purpose: str
    channel: str
    status: str
    created_at: dt.datetime
    audience: AudienceOut
    schedule: ScheduleOut
    fallbacks: list[uuid.UUID]
    variants: list[VariantOut] = Field(description="What is compared; none without a test.")
    is_local: bool
    per_hour: int | None
    window_from: dt.time | None
    window_until: dt.time | None
    folder: str
    tags: list[str]
    series: uuid.UUID | None = Field(description="The recurring campaign that this is a run of.")
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


def campaign_out(campaign: Campaign, results: messaging.Results | None = None) -> CampaignOut:
    """A campaign as the API gives it."""
    send = campaign.send
    if results is None:
        results = messaging.results_of_origin("campaign", [str(campaign.pk)]).get(str(campaign.pk))
    return CampaignOut(
        id=campaign.pk,
        name=campaign.name,
        segment=campaign.segment.key,
        template=campaign.template_id,
        template_version=send.template_version.version if send else None,
        purpose=campaign.purpose.key,
        channel=campaign.channel,
        status=queries.status(campaign),
        audience=AudienceOut(segment=campaign.segment.key),
        schedule=schedule_out(campaign),
        fallbacks=[row.template_id for row in sorted(campaign.fallbacks.all(), key=lambda row: row.position)],
        variants=_variants(campaign),
        series=campaign.series_id,
        **{name: getattr(campaign, name) for name in SETUP},
        created_at=campaign.created_at,
        send_at=send.send_at if send else None,
        completed_at=send.completed_at if send else None,
        results=results_out(results),
    )


def _variants(campaign: Campaign) -> list[VariantOut]:
    test = getattr(campaign, "test", None)
    return variants_out(test.variants.all()) if test is not None else []


def variants_out(rows: Iterable[CampaignVariant]) -> list[VariantOut]:
    return [
        VariantOut(
            template=row.template_id,
            subject=row.subject,
            preheader=row.preheader,
            sender_name=row.sender_name,
        )
        for row in sorted(rows, key=lambda row: row.pk)
    ]


def results_out(results: messaging.Results | None) -> ResultsOut:
    counted = results or messaging.Results()
    own = {name: getattr(counted, name) for name in ResultsOut.model_fields if name != "queued"}
    return ResultsOut(queued=counted.waiting, **own)
