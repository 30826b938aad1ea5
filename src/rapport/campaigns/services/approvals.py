"""Four eyes before a large campaign goes out: asked for by one, decided by another, void after a change."""

from __future__ import annotations

import hashlib
import json
import uuid
from contextlib import suppress

from django.db import transaction
from django.utils.translation import gettext as _

from rapport.campaigns import queries
from rapport.campaigns.models import Campaign, CampaignApproval, CampaignPolicy
from rapport.campaigns.services import rules, testing
from rapport.campaigns.services.copying import RULE_NAMES
from rapport.campaigns.services.errors import CampaignError
from rapport.campaigns.services.four_eyes import HALF, audience_digest, is_needed
from rapport.content.models import Template
from rapport.content.services.expanding import Library
from rapport.content.services.liquid_source import TemplateError
from rapport.content.services.templates import WRITTEN
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.experiments.models import Variant

PERMISSION = "campaigns.approve"
LONGEST = 500
PACE = ("is_local", "per_hour", "window_from", "window_until")


@transaction.atomic
def set_policy(*, actor: Actor, approve_from: int | None, clock: Clock = SYSTEM) -> None:
    """From how many recipients on somebody else must agree; None: never. Raises PermissionDenied."""
    actor.require("settings.edit")
    CampaignPolicy.objects.update_or_create(pk=1, defaults={"approve_from": approve_from})
    audit.record(
        actor=actor, action="campaign_policy.set", object_type="campaign_policy", object_id=1,
        data={"approve_from": approve_from}, clock=clock,
    )  # fmt: skip


def last_of(campaign: Campaign) -> CampaignApproval | None:
    return CampaignApproval.objects.filter(campaign=campaign).order_by("-pk").first()


def is_granted(campaign: Campaign) -> bool:
    """For exactly what would be sent now."""
    last = last_of(campaign)
    return last is not None and bool(last.is_granted) and last.digest == digest(campaign)


def check(campaign: Campaign) -> None:
    """Raises CampaignError where approval is needed and was not given for what would be sent."""
    if is_needed(campaign) and not is_granted(campaign):
        raise CampaignError(_("Somebody else must approve it first, as it now reads."))


@transaction.atomic
def request(
    *, actor: Actor, campaign_id: uuid.UUID, note: str = "", clock: Clock = SYSTEM
) -> CampaignApproval:
    """Asks for approval of what is written now; replaces a question that is open. Raises Http404, CampaignError."""
    campaign = rules.draft(actor, campaign_id)
    if campaign.template is None:
        raise CampaignError(_("Choose a template first."), "template")
    CampaignApproval.objects.filter(campaign=campaign, decided_at=None).delete()
    row = CampaignApproval.objects.create(
        campaign=campaign, digest=digest(campaign), note=note.strip()[:LONGEST], requester=_name(actor),
        requested_by=actor.label, requested_at=clock.now(),
    )  # fmt: skip
    _audit(actor, "campaign.approval_requested", campaign, clock, note=row.note)
    return row


@transaction.atomic
def decide(
    *, actor: Actor, campaign_id: uuid.UUID, grant: bool, answer: str = "", clock: Clock = SYSTEM
) -> CampaignApproval:
    """Says yes or no to what somebody else asked for. Raises Http404, PermissionDenied, CampaignError."""
    actor.require(PERMISSION)
    campaign = queries.campaign_for(actor, campaign_id, lock=True)
    row = CampaignApproval.objects.filter(campaign=campaign, decided_at=None).first()
    if row is None:
        raise CampaignError(_("Nobody has asked for approval."))
    if row.requester == _name(actor):
        raise CampaignError(_("Somebody else must look at it: you have asked for it yourself."))
    if grant and row.digest != digest(campaign):
        raise CampaignError(_("It was changed after the question. Let it be asked for anew."))
    row.is_granted, row.answer, row.decided_by, row.decided_at = (
        grant, answer.strip()[:LONGEST], actor.label, clock.now(),
    )  # fmt: skip
    row.save()
    _audit(
        actor,
        "campaign.approved" if grant else "campaign.approval_refused",
        campaign,
        clock,
        answer=row.answer,
    )
    return row


def digest(campaign: Campaign) -> str:
    """Of all that decides who gets what, and how; the second half is that of the audience alone."""
    test, rule = testing.test_of(campaign), rules.rule_of(campaign)
    fallbacks = list(campaign.fallbacks.order_by("position", "pk").values_list("template_id", flat=True))
    words = ("template_id", "subject", "preheader", "sender_name")
    ways = list(test.variants.order_by("pk").values_list(*words)) if test else []
    variants = [way[0] for way in ways]
    templates = Template.objects.in_bulk([campaign.message.pk, *fallbacks, *variants])
    sent = [
        campaign.segment_id, campaign.purpose_id, campaign.channel,
        [getattr(campaign, name) for name in PACE],
        [(pk, _written(templates[pk])) for pk in (campaign.message.pk, *fallbacks, *variants)],
        [getattr(rule, name) for name in RULE_NAMES] if rule else None,
        [test.share, test.hours, test.experiment.event, _weights(test.experiment_id)] if test else None,
        [way[1:] for way in ways],
    ]  # fmt: skip
    half = hashlib.sha256(json.dumps(sent, default=str, sort_keys=True).encode()).hexdigest()[:HALF]
    return half + audience_digest(campaign)


def _written(template: Template) -> list[object]:
    return [*(getattr(template, name) for name in WRITTEN), _put_in(template)]


def _put_in(template: Template) -> dict[str, object]:
    """The blocks and the brand, which are put in when it is sent."""
    library = Library()
    with suppress(TemplateError):  # it cannot be sent as it is
        for language in ("", *sorted(template.translations)):
            library.expanded(template.written(language), language or template.language)
    return library.uses


def _weights(experiment_id: int) -> list[tuple[str, int]]:
    rows = Variant.objects.filter(experiment=experiment_id).order_by("pk")
    return list(rows.values_list("name", "weight"))


def is_own(actor: Actor, row: CampaignApproval | None) -> bool:
    """Whether they asked for it themselves."""
    return row is not None and row.requester == _name(actor)


def _name(actor: Actor) -> str:
    return f"{actor.kind}:{actor.id}"


def _audit(actor: Actor, action: str, campaign: Campaign, clock: Clock, **data: str) -> None:
    audit.record(
        actor=actor, action=action, object_type="campaign", object_id=campaign.pk, data=data, clock=clock
    )
