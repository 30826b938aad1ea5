"""Finding a person or a company while typing, for the forms that need one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from rapport.core.access import actor_of
from rapport.core.views.pages import page
from rapport.people import queries
from rapport.people.queries import lists as list_queries

LIMIT = 8


@require_GET
@page("people.view")
def lookup(request: HttpRequest) -> HttpResponse:
    """Choices for `q`, as options that fill the form's field `field`; `what` is person or company."""
    actor, text = actor_of(request), (request.GET.get("find") or "").strip()
    options: list[tuple[str, str, str]] = []
    if len(text) >= 2 and request.GET.get("what") == "company":
        companies = list_queries.live_companies(actor)
        rows = list_queries.companies_searched(companies, text).order_by("name", "pk")[:LIMIT]
        options = [(str(row.pk), str(row), row.group_id) for row in rows]
    elif len(text) >= 2:
        people = list_queries.searched(queries.people(actor), text).order_by("-last_seen_at", "pk")[:LIMIT]
        options = [(str(row.pk), str(row), row.email) for row in people]
    context = {"options": options, "field": request.GET.get("field", "other"), "searched": len(text) >= 2}
    return render(request, "people/_lookup.html", context)
