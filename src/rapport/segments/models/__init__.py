"""Segments: definitions, who is in them now, who is told; and what is computed of persons."""

from rapport.segments.models.computed import ComputedTrait, StaleValue, Upkeep
from rapport.segments.models.rechecks import Recheck, UnplannedRecheck
from rapport.segments.models.history import DefinitionVersion, ListEntry
from rapport.segments.models.lifecycle import Lifecycle, Stage, StageChange, StageDay
from rapport.segments.models.segments import Membership, Segment, LiveDecision
from rapport.segments.models.syncs import WebhookAttempt, SyncMessage, Export, Sync, SyncedMember

__all__ = [
    "WebhookAttempt",
    "ComputedTrait",
    "DefinitionVersion",
    "SyncMessage",
    "Recheck",
    "Export",
    "Lifecycle",
    "ListEntry",
    "Membership",
    "Segment",
    "Stage",
    "StageChange",
    "StageDay",
    "StaleValue",
    "Sync",
    "SyncedMember",
    "LiveDecision",
    "UnplannedRecheck",
    "Upkeep",
]
