"""What messages to endpoints hold about a person: handed out on request, and forgotten."""

from __future__ import annotations

import uuid
from typing import Any

from rapport.core.registry import PersonalData
from rapport.integrations.models import WebhookMessage

FIELDS = (
    "integrations.WebhookMessage.person_id",
    "integrations.WebhookMessage.properties",
    "integrations.WebhookMessage.message_id",
    "integrations.WebhookAttempt.response",
)


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    """Which programs were or will be told of which event, and when; the events themselves are the timeline's."""
    rows = WebhookMessage.objects.filter(person_id__in=person_ids).select_related("endpoint").order_by("pk")
    return {
        "webhooks": [
            {
                "endpoint": row.endpoint.name,
                "event": row.event,
                "at": row.at.isoformat(),
                "state": row.state,
                "settled_at": row.settled_at.isoformat() if row.settled_at else None,
            }
            for row in rows
        ]
    }


def erase(person_ids: list[uuid.UUID]) -> dict[str, int]:
    """Deletes the messages with their tries: what waits is not sent any more."""
    _total, by_model = WebhookMessage.objects.filter(person_id__in=person_ids).delete()
    return {
        "integrations_webhookmessage": by_model.get("integrations.WebhookMessage", 0),
        "integrations_webhookattempt": by_model.get("integrations.WebhookAttempt", 0),
    }


HOLDER = PersonalData("integrations", FIELDS, export, erase)
