"""Segments over REST: /api/v1/segments."""

from ninja import Router

from rapport.segments.api import analysis, definitions, lists, segments, syncs

router = Router(tags=["segments"])
# Those with fixed names come first: a segment's key could be read into them otherwise.
for part in (analysis, definitions, lists, syncs, segments):
    router.add_router("", part.router)

__all__ = ["router"]
