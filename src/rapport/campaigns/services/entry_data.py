"""Which campaigns a person entered, and with what: handed out, forgotten, and moved when two become one."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.utils.translation import gettext_lazy

from rapport.campaigns.models import CampaignEntry
from rapport.core.observing import Retention
from rapport.core.registry import PersonalData
from rapport.people.services.moving import rows_follow

KEPT_DAYS = 90


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


def forget(before: dt.datetime, limit: int) -> int:
    """What events and calls brought goes; that somebody was here stays, so that they enter once."""
    over = CampaignEntry.objects.filter(state__in=["taken", "refused"]).exclude(data={})
    ids = list(over.filter(at__lt=before).values_list("pk", flat=True)[:limit])
    return CampaignEntry.objects.filter(pk__in=ids).update(data={})


HOLDER = PersonalData(
    "campaign entries",
    ("campaigns.CampaignEntry.person", "campaigns.CampaignEntry.data", "campaigns.CampaignEntry.key"),
    export,
    erase,
)
RETENTION = Retention(
    "campaign_entries", gettext_lazy("What campaigns were entered with"), lambda: KEPT_DAYS, forget
)
MERGEABLE = rows_follow("campaign entries", CampaignEntry)
