"""How events hands out and forgets what it holds about a person outside the event store."""

from __future__ import annotations

import uuid
from typing import Any

from rapport.core.registry import PersonalData
from rapport.events.models import QuarantinedEvent
from rapport.events.services import spool


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    held = QuarantinedEvent.objects.filter(person_id__in=person_ids)
    return {
        "quarantined": [
            {
                "at": item.at.isoformat(),
                "reason": item.reason,
                "event": bytes(item.payload).decode("utf-8", "replace"),
            }
            for item in held
        ]
    }


def erase(person_ids: list[uuid.UUID]) -> dict[str, int]:
    """The quarantine's rows; blocks still on their way are stored first, so that the store's erasure finds them."""
    while spool.flush(join=False):
        pass
    quarantined, _ = QuarantinedEvent.objects.filter(person_id__in=person_ids).delete()
    return {"events.QuarantinedEvent": quarantined}


HOLDER = PersonalData(
    app="events",
    fields=("events.QuarantinedEvent.payload", "events.SpoolBlock.payload", "events.LogBatch.payload"),
    export=export,
    erase=erase,
)
