"""What the list of calls holds about a person: handed out on request, and forgotten."""

from __future__ import annotations

import uuid
from typing import Any

from rapport.channels.phone.models import CallTask
from rapport.core.registry import PersonalData

FIELDS = (
    "channels.CallTask.person",
    "channels.CallTask.number",
    "channels.CallTask.title",
    "channels.CallTask.script",
    "channels.CallAttempt.notes",
)


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    """Every call to the person, with what was said of it."""
    tasks = (
        CallTask.objects.filter(person_id__in=person_ids)
        .prefetch_related("attempts")
        .order_by("created_at", "pk")
    )
    return {
        "calls": [
            {
                "title": task.title,
                "script": task.script,
                "number": task.number,
                "purpose": task.purpose,
                "created_at": task.created_at.isoformat(),
                "state": task.state,
                "outcome": task.outcome,
                "attempts": [
                    {"at": attempt.at.isoformat(), "outcome": attempt.outcome, "notes": attempt.notes}
                    for attempt in sorted(task.attempts.all(), key=lambda attempt: attempt.at)
                ],
            }
            for task in tasks
        ]
    }


def erase(person_ids: list[uuid.UUID]) -> dict[str, int]:
    """Calls to the person are gone, with their notes."""
    _count, kinds = CallTask.objects.filter(person_id__in=person_ids).delete()
    return {
        "channels_calltask": kinds.get("channels.CallTask", 0),
        "channels_callattempt": kinds.get("channels.CallAttempt", 0),
    }


HOLDER = PersonalData("calls", FIELDS, export, erase)
