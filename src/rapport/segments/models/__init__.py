"""Segments: definitions, who is in them now, who is told; and what is computed of persons."""

from rapport.segments.models.computed import ComputedTrait, StaleValue
from rapport.segments.models.history import DefinitionVersion, ListEntry
from rapport.segments.models.lifecycle import Lifecycle, Stage, StageChange, StageDay
from rapport.segments.models.rechecks import Recheck, UnplannedRecheck
from rapport.segments.models.segments import LiveDecision, Membership, Segment
from rapport.segments.models.syncs import Sync, SyncedMember, SyncMessage, WebhookAttempt

__all__ = [
    "ComputedTrait",
    "DefinitionVersion",
    "Lifecycle",
    "ListEntry",
    "LiveDecision",
    "Membership",
    "Recheck",
    "Segment",
    "Stage",
    "StageChange",
    "StageDay",
    "StaleValue",
    "Sync",
    "SyncMessage",
    "SyncedMember",
    "UnplannedRecheck",
    "WebhookAttempt",
]
