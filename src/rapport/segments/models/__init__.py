"""Segments: definitions and who is in them now."""

from rapport.segments.models.segments import Membership, Segment, Touched

__all__ = ["Membership", "Segment", "Touched"]
