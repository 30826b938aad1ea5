"""Which on-site messages a person saw."""

from __future__ import annotations

import uuid
from typing import Any

from rapport.content.onsite.models import OnSiteExposure

FIELDS = ("content.OnSiteExposure.person",)


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    rows = OnSiteExposure.objects.filter(person_id__in=person_ids).select_related("message").order_by("pk")
    return {
        "on_site_messages": [
            {
                "name": row.message.name,
                "shown": row.shown,
                "shown_at": row.shown_at.isoformat() if row.shown_at else None,
                "clicked_at": row.clicked_at.isoformat() if row.clicked_at else None,
                "dismissed_at": row.dismissed_at.isoformat() if row.dismissed_at else None,
            }
            for row in rows
        ]
    }


def erase(person_ids: list[uuid.UUID]) -> dict[str, int]:
    removed, _kinds = OnSiteExposure.objects.filter(person_id__in=person_ids).delete()
    return {"content_onsiteexposure": removed}
