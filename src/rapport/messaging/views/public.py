"""The addresses inside messages: pixel, links, and the way out. No sign-in, no cookies, no session.

A token is the only authority. Reading (GET, HEAD) never changes consent: scanners read everything.
"""

from __future__ import annotations

import base64

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from rapport.core.clock import clock_of
from rapport.core.queries import workspace
from rapport.core.views.public import public
from rapport.messaging import queries
from rapport.messaging.services import tokens, tracking

GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def _seen(request: HttpRequest) -> tracking.Request:
    return tracking.Request(request.headers, str(request.META.get("REMOTE_ADDR") or ""))


@require_http_methods(["GET", "HEAD"])
@public
def open_pixel(request: HttpRequest, token: str) -> HttpResponse:
    delivery_id = tokens.read_id(tokens.OPEN, token)
    if request.method == "GET":
        tracking.record_open(delivery_id=delivery_id, request=_seen(request), clock=clock_of(request))
    return HttpResponse(GIF, content_type="image/gif")


@require_http_methods(["GET", "HEAD"])
@public
def click(request: HttpRequest, token: str) -> HttpResponse:
    delivery_id, position = tokens.read_click(token)
    if position == tokens.TRAP:
        if request.method == "GET":
            tracking.record_trap(delivery_id=delivery_id, request=_seen(request), clock=clock_of(request))
        return render(request, "messaging/public/hidden_link.html", {"workspace": workspace()})
    target = tracking.record_click(
        delivery_id=delivery_id,
        position=position,
        request=_seen(request),
        is_probe=request.method == "HEAD",
        clock=clock_of(request),
    )
    return HttpResponse(status=302, headers={"Location": target})


@csrf_exempt  # the signed token is the authority, and mail clients send no cookie
@require_http_methods(["GET", "HEAD", "POST"])
@public
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks; POST does it, both as a mail client's one click (RFC 8058) and as the page's button."""
    delivery_id = tokens.read_id(tokens.UNSUBSCRIBE, token)
    delivery = queries.addressed(delivery_id)
    one_click = request.method == "POST" and request.POST.get("List-Unsubscribe") == "One-Click"
    if request.method == "POST":
        source = "one-click" if one_click else "unsubscribe page"
        tracking.unsubscribe(
            delivery_id=delivery_id, source=source, request=_seen(request), clock=clock_of(request)
        )
        if one_click:
            return HttpResponse("Unsubscribed.\n", content_type="text/plain; charset=utf-8")
    elif request.method == "GET":
        tracking.record_leaving(delivery_id=delivery_id, request=_seen(request), clock=clock_of(request))
    person = delivery.person
    context = {
        "workspace": workspace(),
        "purpose": delivery.send.purpose,
        "done": request.method == "POST",
        # An old message leads to no newer link than its own.
        "preferences_url": tokens.preferences_url(person.pk, delivery.handed_over_at or delivery.queued_at)
        if person and not person.erased_at
        else "",
    }
    return render(request, "messaging/public/unsubscribe.html", context)
