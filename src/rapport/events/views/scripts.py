"""Serves scripts to any website: /rapport.js, and Segment's client at the path its snippet asks for."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from rapport.events import queries
from rapport.events.services import scripts
from rapport.events.services.scripts import Encoded

# A day in any cache, and a week more while the cache asks for the new one: the address carries no version.
CACHE_CONTROL = "public, max-age=86400, stale-while-revalidate=604800"
# Where the source can be switched off, and the script names an address that may be set anew.
SOURCE_CACHE_CONTROL = "public, max-age=3600, stale-while-revalidate=86400"
FOREVER = "public, max-age=31536000, immutable"


@require_safe
def tracker(request: HttpRequest) -> HttpResponse:
    """The tracker for any website."""
    return _answer(request, scripts.tracker(_encoding(request)), CACHE_CONTROL)


@require_safe
def analytics_js(request: HttpRequest, key: str) -> HttpResponse:
    """Segment's client with this write key in it; 404 for one that nobody has."""
    if not queries.takes_events(key):
        message = "There is no source with this write key, or it is switched off."
        answer: HttpResponse = JsonResponse({"code": "invalid_write_key", "message": message}, status=404)
        return _from_anywhere(answer, "no-store")
    script = scripts.analytics_js(key, settings.PUBLIC_URL, _encoding(request))
    return _answer(request, script, SOURCE_CACHE_CONTROL)


@require_safe
def bundle(request: HttpRequest, name: str) -> HttpResponse:
    """A part of Segment's client that is loaded when a page needs it."""
    if name not in scripts.bundles():
        raise Http404
    return _answer(request, scripts.bundle(name, _encoding(request)), FOREVER)


def _encoding(request: HttpRequest) -> str:
    """The best encoding that is accepted."""
    offers = {}
    for part in request.headers.get("Accept-Encoding", "").lower().split(","):
        name, _, weight = part.partition(";")
        offers[name.strip()] = weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return next((name for name in ("br", "gzip") if offers.get(name)), "identity")


def _answer(request: HttpRequest, script: Encoded, cache_control: str) -> HttpResponse:
    """The script, cacheable, readable from every origin, 304 when it is known already."""
    etags = parse_etags(request.headers.get("If-None-Match", ""))
    response: HttpResponse
    if script.etag in etags or f"W/{script.etag}" in etags:
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(script.body, content_type="text/javascript; charset=utf-8")
        if script.encoding != "identity":
            response["Content-Encoding"] = script.encoding
    response["ETag"] = script.etag
    response["Vary"] = "Accept-Encoding"
    return _from_anywhere(response, cache_control)


def _from_anywhere(response: HttpResponse, cache_control: str) -> HttpResponse:
    response["Cache-Control"] = cache_control
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
