"""Writes audit lines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from rapport.core import sql
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.models import AuditEntry

ADD = """
INSERT INTO core_auditentry (at, actor_kind, actor_id, actor_label, action, object_type, object_id, data)
VALUES (%b, %t, %t, %t, %t, %t, %t, %t::jsonb)
"""


def record(
    *,
    actor: Actor,
    action: str,
    object_type: str,
    object_id: object,
    data: dict[str, Any] | None = None,
    clock: Clock = SYSTEM,
) -> None:
    """Adds one line, in the caller's transaction. `action` is dotted: "segment.created"."""
    who = (str(actor.kind), str(actor.id), actor.label)
    line = json.dumps(data or {})
    sql.run(ADD, [clock.now(), *who, action, object_type, str(object_id), line], prepare=True)


def record_many(
    *,
    actor: Actor,
    action: str,
    object_type: str,
    lines: Iterable[tuple[object, dict[str, Any]]],
    clock: Clock = SYSTEM,
) -> None:
    """Adds a line for each (object id, data), as `record` would, in one statement."""
    now = clock.now()
    AuditEntry.objects.bulk_create(
        AuditEntry(
            at=now,
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_label=actor.label,
            action=action,
            object_type=object_type,
            object_id=str(object_id),
            data=data,
        )
        for object_id, data in lines
    )
