"""Answers with scripts that other people's pages load: compressed, cacheable, readable from every origin."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags

from rapport.core.services.scripts import Encoded

# A day in any cache, and a week more while the cache asks for the new one: the address carries no version.
CACHE_CONTROL = "public, max-age=86400, stale-while-revalidate=604800"


def encoding_of(request: HttpRequest) -> str:
    """The best encoding that is accepted."""
    offers = {}
    for part in request.headers.get("Accept-Encoding", "").lower().split(","):
        name, _, weight = part.partition(";")
        offers[name.strip()] = weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return next((name for name in ("br", "gzip") if offers.get(name)), "identity")


def script_answer(request: HttpRequest, script: Encoded, cache_control: str = CACHE_CONTROL) -> HttpResponse:
    """The script, 304 when it is known already."""
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
    return from_anywhere(response, cache_control)


def from_anywhere(response: HttpResponse, cache_control: str) -> HttpResponse:
    """Lets pages of every origin load it."""
    response["Cache-Control"] = cache_control
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
