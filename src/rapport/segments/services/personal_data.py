"""What segments hold about a person: handed out on request, and forgotten."""

from __future__ import annotations

import uuid
from typing import Any

from rapport.core.clock import SYSTEM, Clock
from rapport.core.registry import PersonalData
from rapport.segments.models import ListEntry, LiveDecision, Membership, StageChange, StaleValue
from rapport.segments.services import changes, store, syncs
from rapport.segments.services import scheduling as due

FIELDS = (
    "segments.Membership.person",
    "segments.Membership.entered_at",
    "segments.LiveDecision.person_id",
    "segments.Recheck.person_id",
    "segments.UnplannedRecheck.people",
    "segments.ListEntry.person_id",
    "segments.ListEntry.how",
    "segments.SyncedMember.person_id",
    "segments.SyncMessage.entered",
    "segments.SyncMessage.left",
    "segments.WebhookAttempt.response",
    "segments.StaleValue.person_id",
    "segments.StageChange.person",
    "segments.StageChange.stage",
    "segments.StageChange.previous",
    "segments.StageChange.since",
    "segments.StageChange.reason",
)


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    """The segments the person is in, and since when; the stages of the lifecycle they have been in."""
    memberships = (
        Membership.objects.filter(person_id__in=person_ids).select_related("segment").order_by("entered_at")
    )
    return {
        "segments": [
            {"key": row.segment.key, "name": row.segment.name, "since": row.entered_at.isoformat()}
            for row in memberships
        ],
        "lifecycle": [
            {"stage": change.stage, "previous": change.previous, "since": change.since.isoformat()}
            for change in StageChange.objects.filter(person_id__in=person_ids).order_by("since", "pk")
        ],
    }


def erase(person_ids: list[uuid.UUID], clock: Clock = SYSTEM) -> dict[str, int]:
    """Takes the person out of every segment, without an event that would tell of it."""
    now = clock.now()
    synced = syncs.forget(person_ids, now=now)
    listed, _ = ListEntry.objects.filter(person_id__in=person_ids).delete()
    memberships = Membership.objects.filter(person_id__in=person_ids)
    moved = [store.Change(*row, False, now) for row in memberships.values_list("segment_id", "person_id")]
    removed, _ = memberships.delete()
    touched, _ = LiveDecision.objects.filter(person_id__in=person_ids).delete()
    planned = due.forget(person_ids)
    stale, _ = StaleValue.objects.filter(person_id__in=person_ids).delete()
    stages, _ = StageChange.objects.filter(person_id__in=person_ids).delete()
    changes.settle(moved)
    return {"segments_membership": removed, "segments_livedecision": touched, "segments_due": planned} | {
        "segments_stalevalue": stale,
        "segments_stagechange": stages,
        "segments_syncedmember": synced,
        "segments_listed": listed,
    }


HOLDER = PersonalData("segments", FIELDS, export, erase, stores=(store.TABLE, store.HISTORY))
