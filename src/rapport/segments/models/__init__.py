"""Segments: definitions, who is in them now, and who is told."""

from rapport.segments.models.due import Due, Unplanned
from rapport.segments.models.history import DefinitionVersion, ListEntry
from rapport.segments.models.segments import Membership, Segment, Touched
from rapport.segments.models.syncs import Attempt, Delivery, Export, Sync, Told

__all__ = [
    "Attempt",
    "DefinitionVersion",
    "Delivery",
    "Due",
    "Export",
    "ListEntry",
    "Membership",
    "Segment",
    "Sync",
    "Told",
    "Touched",
    "Unplanned",
]
