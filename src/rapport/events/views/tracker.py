"""Serves the browser tracker at /rapport.js, stripped and compressed once per process."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

import brotli  # type: ignore[import-untyped]
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

SOURCE = Path(__file__).resolve().parent.parent / "static" / "events" / "rapport.js"
# A day in any cache, and a week more while the cache asks for the new one: the address carries no version.
CACHE_CONTROL = "public, max-age=86400, stale-while-revalidate=604800"


class Encoded(NamedTuple):
    """One stored form of the script."""

    body: bytes
    etag: str


def strip(source: str) -> str:
    """The script without lines that hold only a `//` comment, empty lines and indentation.

    Line ends stay, so meaning stays, as long as the source keeps the rule that a test checks: no block
    comment, and no string or template that runs over a line end.
    """
    lines = (line.strip() for line in source.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


@cache
def encoded(encoding: str) -> Encoded:
    """The script as `br`, `gzip` or `identity`, with its strong entity tag."""
    plain = strip(SOURCE.read_text(encoding="utf-8")).encode()
    body: bytes = plain
    if encoding == "br":
        body = brotli.compress(plain, quality=11)
    elif encoding == "gzip":
        body = gzip.compress(plain, 9, mtime=0)
    digest = hashlib.blake2b(plain, digest_size=12).hexdigest()
    return Encoded(body, f'"{digest}-{encoding}"')


def _accepted(header: str) -> str:
    offers = {}
    for part in header.lower().split(","):
        name, _, weight = part.partition(";")
        offers[name.strip()] = weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return next((name for name in ("br", "gzip") if offers.get(name)), "identity")


@require_safe
def tracker(request: HttpRequest) -> HttpResponse:
    """The tracker for any website: cacheable, readable from every origin, 304 when it is known already."""
    encoding = _accepted(request.headers.get("Accept-Encoding", ""))
    script = encoded(encoding)
    etags = parse_etags(request.headers.get("If-None-Match", ""))
    response: HttpResponse
    if script.etag in etags or f"W/{script.etag}" in etags:
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(script.body, content_type="text/javascript; charset=utf-8")
        if encoding != "identity":
            response["Content-Encoding"] = encoding
    response["ETag"] = script.etag
    response["Cache-Control"] = CACHE_CONTROL
    response["Vary"] = "Accept-Encoding"
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
