"""Writes audit lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.models import AuditEntry


def record(
    *,
    actor: Actor,
    action: str,
    object_type: str,
    object_id: object,
    data: dict[str, Any] | None = None,
    clock: Clock = SYSTEM,
) -> AuditEntry:
    """Adds one line, in the caller's transaction. `action` is dotted: "segment.created"."""
    return AuditEntry.objects.create(
        at=clock.now(),
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        action=action,
        object_type=object_type,
        object_id=str(object_id),
        data=data or {},
    )


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
