"""The preference page: reached by a signed link, changed by POST only."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from rapport.core.clock import clock_of
from rapport.core.crypto import BadSignature
from rapport.core.queries import workspace
from rapport.messaging.services import tokens
from rapport.portal.services import preferences


@csrf_exempt  # the signed link is the authority; no cookie is read or set
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, token: str) -> HttpResponse:
    try:
        person_id = tokens.read_id(tokens.PREFERENCES, token)
    except BadSignature as error:
        raise Http404 from error
    changed: int | None = None
    if request.method == "POST":
        changed = preferences.choose(
            person_id=person_id,
            wanted=set(request.POST.getlist("wanted")),
            nothing="nothing" in request.POST,
            clock=clock_of(request),
        )
    person = preferences.person_of(person_id)
    context = {
        "workspace": workspace(),
        "person": person,
        "topics": preferences.topics(person),
        "saved": changed is not None,
    }
    response = render(request, "portal/preferences.html", context)
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
