"""Domains of their own for landing pages: what they show of this installation, and under which addresses."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# What pages need of the rest: their own addresses, forms, pictures, styles, the tracker and what it calls.
_OPEN = re.compile(
    r"/(?:p|f|static|v1|client/v1|i)/|/(?:rapport(?:-[a-z]+)?\.js|brand\.css|brand/logo|readyz)$"
)
_SLUG = re.compile(r"/([A-Za-z0-9_-]{1,64})/?")
NOWHERE = "/p/-/"


class PageHostMiddleware:
    """Under a name of RAPPORT_PAGE_HOSTS there are landing pages only: `/` is the page `home`, `/sale` is `sale`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.get_host().partition(":")[0].lower() in settings.PAGE_HOSTS:
            request.path_info = inner(request.path_info)
        return self.get_response(request)


def inner(path: str) -> str:
    """Where that is under Rapport's own name."""
    if path == "/":
        return "/p/home"
    if path in {"/sitemap.xml", "/robots.txt"}:
        return "/p/sitemap.xml" if path == "/sitemap.xml" else NOWHERE
    if _OPEN.match(path):
        return path
    slug = _SLUG.fullmatch(path)
    return f"/p/{slug[1]}" if slug else NOWHERE
