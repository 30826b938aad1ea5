"""How events hands out and forgets what it holds about a person outside the event store."""

from __future__ import annotations

import logging
import uuid
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError

from rapport.core import sql
from rapport.core.registry import PersonalData
from rapport.core.services import spool
from rapport.events.models import Activity, ActivityVersion, QuarantinedEvent
from rapport.people.models import Identifier

log = logging.getLogger("rapport.events")
LEAST = 6


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    quarantined = QuarantinedEvent.objects.filter(person_id__in=person_ids)
    return {
        "quarantined": [
            {
                "at": item.at.isoformat(),
                "reason": item.reason,
                "event": bytes(item.payload).decode("utf-8", "replace"),
            }
            for item in quarantined
        ],
        "activities": [
            {
                "kind": version.activity.kind,
                "version": version.number,
                "at": version.at.isoformat(),
                "direction": version.direction,
                "outcome": version.outcome,
                "minutes": version.minutes,
                "text": version.text,
                "removed": version.removed,
                "by": version.actor_label,
            }
            for version in ActivityVersion.objects.filter(activity__person_id__in=person_ids)
            .select_related("activity")
            .order_by("activity_id", "number")
        ],
    }


def erase(person_ids: list[uuid.UUID]) -> dict[str, int]:
    """The quarantine's rows; those of the event store are governance's to erase."""
    quarantined, _ = QuarantinedEvent.objects.filter(person_id__in=person_ids).delete()
    quarantined += _erase_nobodys(person_ids)
    _, activities = Activity.objects.filter(person_id__in=person_ids).delete()
    logged = {name: activities.get(name, 0) for name in ("events.Activity", "events.ActivityVersion")}
    return {"events.QuarantinedEvent": quarantined, **logged}


# Text of which only ASCII is sure to be legible; identifiers are hardly ever anything else.
_NOBODYS = """
    DELETE FROM events_quarantinedevent WHERE person_id IS NULL AND EXISTS (
        SELECT 1 FROM unnest(%b::text[]) AS said WHERE strpos(lower(encode(payload, 'escape')), lower(said)) > 0)
    RETURNING id
"""


def _erase_nobodys(person_ids: list[uuid.UUID]) -> int:
    """Events set aside before anybody knew whose they are, in which one of the identifiers stands."""
    identifiers = Identifier.objects.filter(person_id__in=person_ids).values_list("value", flat=True)
    # Short values stand in any payload by chance.
    values = [value for value in identifiers if len(value) >= LEAST]
    return len(sql.run(_NOBODYS, [values])) if values else 0


def arrive() -> None:
    """Stores blocks still on their way, so that the erasure in the event store finds them, while it answers."""
    try:
        while spool.flush():
            pass
    except (ClickHouseError, OSError):
        log.warning("the event store is away; the erasure's sweep will find what is still on its way")


HOLDER = PersonalData(
    app="events",
    fields=(
        "events.QuarantinedEvent.payload",
        "core.SpoolBlock.payload",
        "events.LogBatch.payload",
        "events.Activity.person",
        "events.ActivityVersion.outcome",
        "events.ActivityVersion.text",
    ),
    export=export,
    erase=erase,
    prepare=arrive,
)
