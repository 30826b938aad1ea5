"""Segments over REST: /api/v1/segments. All parts add to one router.

Those with fixed names are imported first: they could be read as a segment's key otherwise.
"""

from rapport.segments.api import analysis, definitions, lists, segments, syncs
from rapport.segments.api.base import router

__all__ = ["analysis", "definitions", "lists", "router", "segments", "syncs"]
