"""Segments in the search of everything."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext

from rapport.core.access import Actor
from rapport.core.registry import SearchHit, SearchProvider
from rapport.segments.queries import segments as queries


def search(actor: Actor, text: str, limit: int) -> list[SearchHit]:
    """Segments whose name, key or description contains the text; larger ones first."""
    matching = Q(name__icontains=text) | Q(key__icontains=text) | Q(description__icontains=text)
    segments = queries.segments(actor).filter(matching).order_by("-size", "name")[:limit]
    return [
        SearchHit(
            segment.name,
            reverse("segments:segment", args=[segment.key]),
            "pie-chart",
            ngettext("%(n)d person", "%(n)d people", segment.size) % {"n": segment.size},
        )
        for segment in segments
    ]


PROVIDER = SearchProvider("segments", gettext_lazy("Segments"), "segments.view", search, 30)
