"""Campaigns as an origin of sends, and as users of segments."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.campaigns.models import Campaign
from rapport.messaging.registry import Description, SendOrigin
from rapport.segments.registry import Use


def _describe(ids: Sequence[str]) -> dict[str, Description]:
    names = Campaign.objects.filter(pk__in=ids).values_list("pk", "name")
    return {str(pk): Description(name, {"campaign_id": str(pk), "campaign_name": name}) for pk, name in names}


ORIGIN = SendOrigin("campaign", _("Campaign"), lambda pk: reverse("campaigns:campaign", args=[pk]), _describe)


def uses_of(segment_id: uuid.UUID) -> list[Use]:
    """The segment's campaigns, newest first; those that are not through yet keep it from being archived."""
    campaigns = Campaign.objects.filter(segment_id=segment_id, archived_at=None).select_related("send")
    return [
        Use(
            campaign.name,
            ORIGIN.url(str(campaign.pk)),
            "campaign",
            blocks=_is_to_come(campaign),
        )
        for campaign in campaigns.order_by("-created_at")
    ]


def _is_to_come(campaign: Campaign) -> bool:
    send = campaign.send
    return send is None or (send.completed_at is None and send.cancelled_at is None)
