"""Which campaigns a person entered, and with what: handed out, forgotten, and moved when two become one."""

from __future__ import annotations

import uuid
from typing import Any

from rapport.campaigns.models import CampaignEntry
from rapport.core.registry import PersonalData
from rapport.people.services.moving import rows_follow


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    rows = CampaignEntry.objects.filter(person__in=person_ids).select_related("campaign")
    return {
        "campaign_entries": [
            {"campaign": row.campaign.name, "at": row.at.isoformat(), "data": row.data, "state": row.state}
            for row in rows.order_by("at", "pk")
        ]
    }


def erase(person_ids: list[uuid.UUID]) -> dict[str, int]:
    return {"campaigns_campaignentry": CampaignEntry.objects.filter(person__in=person_ids).delete()[0]}


HOLDER = PersonalData(
    "campaign entries",
    ("campaigns.CampaignEntry.person", "campaigns.CampaignEntry.data", "campaigns.CampaignEntry.key"),
    export,
    erase,
)
MERGEABLE = rows_follow("campaign entries", CampaignEntry)
