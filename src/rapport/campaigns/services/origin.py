"""Campaigns as an origin of sends, and as users of segments."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rapport.campaigns.models import Campaign
from rapport.campaigns.queries.records import with_state
from rapport.core.links import RecordUse, UseFinder
from rapport.messaging.registry import Description, SendOrigin


def _describe(ids: Sequence[str]) -> dict[str, Description]:
    names = Campaign.objects.filter(pk__in=ids).values_list("pk", "name")
    return {str(pk): Description(name, {"campaign_id": str(pk), "campaign_name": name}) for pk, name in names}


ORIGIN = SendOrigin("campaign", _("Campaign"), lambda pk: reverse("campaigns:campaign", args=[pk]), _describe)


def _uses(segment_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[RecordUse]]:
    """The segments' campaigns, newest first; those that are not through yet keep one from being archived."""
    campaigns = with_state(Campaign.objects.filter(segment_id__in=segment_ids, archived_at=None))
    uses: dict[uuid.UUID, list[RecordUse]] = {}
    for campaign in campaigns.order_by("-created_at"):
        use = RecordUse("campaign", campaign.name, ORIGIN.url(str(campaign.pk)), _is_to_come(campaign))
        uses.setdefault(campaign.segment_id, []).append(use)
    return uses


FINDER = UseFinder("campaigns of segments", "segment", _uses)


def _is_to_come(campaign: Campaign) -> bool:
    return campaign.send_id is None or campaign.is_open  # type: ignore[attr-defined]
