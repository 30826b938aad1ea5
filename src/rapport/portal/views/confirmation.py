"""The page of a double opt-in: shows what is confirmed, and confirms it by POST only."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from rapport.core.clock import clock_of
from rapport.core.crypto import BadSignature
from rapport.core.queries import workspace
from rapport.governance import queries
from rapport.governance.models import ConsentRequest, Purpose
from rapport.governance.services import double_opt_in
from rapport.messaging.services import tokens
from rapport.people.models import Person
from rapport.portal.services.languages import best


@csrf_exempt  # the signed link is the authority; no cookie is read or set
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """A scanner that opens the link confirms nothing."""
    clock = clock_of(request)
    try:
        if request.method == "POST":
            double_opt_in.confirm(token=token, clock=clock)
        row, person = double_opt_in.request_of(token, clock.now())
    except BadSignature as error:
        raise Http404 from error
    except double_opt_in.NotConfirmable as error:
        return _page(request, {"why_not": error.reason}, "", 410)
    return _page(request, _context(row, person), row.language, 200)


def _context(row: ConsentRequest, person: Person) -> dict[str, Any]:
    purposes = list(Purpose.objects.filter(key__in=row.purposes).order_by("position", "key"))
    is_confirmed = row.confirmed_at is not None
    if is_confirmed:  # what they have left since is not confirmed any more
        allowed = queries.allowed(person.pk, [row.channel])
        purposes = [purpose for purpose in purposes if (purpose.pk, row.channel) in allowed]
    return {
        "purposes": purposes,
        "is_confirmed": is_confirmed,
        "preferences_url": tokens.preferences_url(person.pk, row.confirmed_at or row.requested_at),
    }


def _page(request: HttpRequest, context: dict[str, Any], language: str, status: int) -> HttpResponse:
    with translation.override(best(language) if language else translation.get_language()):
        response = render(
            request, "portal/confirmation.html", {"workspace": workspace(), **context}, status=status
        )
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
