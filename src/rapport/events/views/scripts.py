"""Serves scripts to any website: /rapport.js, and Segment's client at the path its snippet asks for."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from rapport.core.views.scripts import encoding_of, from_anywhere, script_answer
from rapport.events import queries
from rapport.events.services import scripts

# Where the source can be switched off, and the script names an address that may be set anew.
SOURCE_CACHE_CONTROL = "public, max-age=3600, stale-while-revalidate=86400"
FOREVER = "public, max-age=31536000, immutable"


@require_safe
def tracker(request: HttpRequest) -> HttpResponse:
    """The tracker for any website."""
    return script_answer(request, scripts.tracker(encoding_of(request)))


@require_safe
def analytics_js(request: HttpRequest, key: str) -> HttpResponse:
    """Segment's client with this write key in it; 404 for one that nobody has."""
    if queries.source_of_key(key) is None:
        message = "There is no source with this write key, or it is switched off."
        answer: HttpResponse = JsonResponse({"code": "invalid_write_key", "message": message}, status=404)
        return from_anywhere(answer, "no-store")
    script = scripts.analytics_js(key, settings.PUBLIC_URL, encoding_of(request))
    return script_answer(request, script, SOURCE_CACHE_CONTROL)


@require_safe
def bundle(request: HttpRequest, name: str) -> HttpResponse:
    """A part of Segment's client that is loaded when a page needs it."""
    if name not in scripts.bundles():
        raise Http404
    return script_answer(request, scripts.bundle(name, encoding_of(request)), FOREVER)
