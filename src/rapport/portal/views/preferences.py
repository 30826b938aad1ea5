"""The preference centre: reached by a signed link, changed by POST only."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from rapport.core import access
from rapport.core.clock import clock_of
from rapport.core.crypto import BadSignature
from rapport.core.queries import workspace
from rapport.core.services import rates
from rapport.governance import queries
from rapport.governance.files import as_file
from rapport.governance.models import SubjectRequest
from rapport.governance.services import subject_requests
from rapport.messaging.services import tokens
from rapport.people.models import Person
from rapport.portal.services import links, preferences, rhythm

PER_MINUTE = 20


@csrf_exempt  # the signed link is the authority; no cookie is read or set
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, token: str) -> HttpResponse:
    """The choices of a person; POST takes those of one of the page's forms (`what`)."""
    try:
        person = preferences.person_of(tokens.read_preferences(token, clock_of(request).now()))
    except BadSignature as error:
        raise Http404 from error
    except tokens.Ended as ended:
        return _ended(request, ended.person_id)
    except preferences.Erased:
        return _private(render(request, "portal/erased.html", {"workspace": workspace()}, status=410))
    if request.method != "POST" and request.GET.get("receipt", "").isdecimal():
        line = int(request.GET["receipt"][:18])
        return _private(as_file(queries.receipt_of(person.pk, line), f"consent-receipt-{line}.json"))
    saved = ""
    if request.method == "POST":
        if rates.exceeded(
            "preferences", str(person.pk), limit=PER_MINUTE, seconds=60, now=clock_of(request).now()
        ):
            return _private(HttpResponse(_("Too many changes; wait a minute."), "text/plain", status=429))
        saved = _take(request, person)
    with translation.override(queries.contact_preference(person.pk).language or translation.get_language()):
        return _private(render(request, "portal/preferences.html", _context(request, person, saved)))


def _ended(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """Who holds an old link learns nothing; POST sends a new one to the address of whom it was for."""
    if is_asked := request.method == "POST":
        with suppress(preferences.Erased, Http404):
            links.send(preferences.person_of(person_id), translation.get_language(), clock_of(request))
    context = {"workspace": workspace(), "is_asked": is_asked}
    return _private(render(request, "portal/ended.html", context, status=200 if is_asked else 410))


def _take(request: HttpRequest, person: Person) -> str:
    """Does what one form asks for; returns which, or `overtaken`."""
    what, clock = request.POST.get("what", "topics"), clock_of(request)
    if what == "rhythm":
        rhythm.choose(person.pk, request.POST.dict(), clock)
    elif what in SubjectRequest.Kind.values:
        subject_requests.ask(
            actor=access.for_person(str(person.pk)),
            person_id=person.pk,
            kind=what,
            details=request.POST.get("details", "").replace("\0", "").strip(),
            clock=clock,
        )
    else:
        shown = {key: state == "on" for key, _, state in _partitioned(request.POST.getlist("shown"))}
        chosen = preferences.choose(
            person_id=person.pk,
            wanted=set(request.POST.getlist("wanted")),
            shown=shown,
            nothing="nothing" in request.POST,
            clock=clock,
        )
        return "overtaken" if chosen.overtaken else what
    return what


def _partitioned(values: list[str]) -> list[tuple[str, str, str]]:
    return [value.rpartition(":") for value in values]


def _context(request: HttpRequest, person: Person, saved: str) -> dict[str, Any]:
    return {
        "workspace": workspace(),
        "person": person,
        "topics": preferences.topics(person),
        "rhythm": rhythm.rhythm(person.pk, clock_of(request).now(), translation.get_language()),
        "receipts": queries.consents_of(person.pk),
        "requests": queries.open_requests(person.pk),
        "saved": saved,
    }


def _private(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
