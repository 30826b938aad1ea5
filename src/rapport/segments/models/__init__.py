"""Segments: definitions, who is in them now, who is told; and what is computed of persons."""

from rapport.segments.models.computed import ComputedTrait, Stale, Upkeep
from rapport.segments.models.due import Due, Unplanned
from rapport.segments.models.history import DefinitionVersion, ListEntry
from rapport.segments.models.lifecycle import Lifecycle, Stage, StageChange, StageDay
from rapport.segments.models.segments import Membership, Segment, Touched
from rapport.segments.models.syncs import Attempt, Delivery, Export, Sync, Told

__all__ = [
    "Attempt",
    "ComputedTrait",
    "DefinitionVersion",
    "Delivery",
    "Due",
    "Export",
    "Lifecycle",
    "ListEntry",
    "Membership",
    "Segment",
    "Stage",
    "StageChange",
    "StageDay",
    "Stale",
    "Sync",
    "Told",
    "Touched",
    "Unplanned",
    "Upkeep",
]
