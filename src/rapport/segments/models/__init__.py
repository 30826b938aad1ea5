"""Segments: definitions and who is in them now; what is computed of persons."""

from rapport.segments.models.computed import ComputedTrait, Stale, Upkeep
from rapport.segments.models.lifecycle import Lifecycle, Stage, StageChange, StageDay
from rapport.segments.models.segments import Membership, Segment, Touched

__all__ = [
    "ComputedTrait",
    "Lifecycle",
    "Membership",
    "Segment",
    "Stage",
    "StageChange",
    "StageDay",
    "Stale",
    "Touched",
    "Upkeep",
]
